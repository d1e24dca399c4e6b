/// Why keys cannot be mapped.
public enum KeyMappingError: Error, Hashable, CustomStringConvertible {
  /// A revision's pattern is no regular expression, or its replacement cannot be read.
  case invalidRevision(String, reason: String)
  /// A pattern is no regular expression.
  case invalidPattern(String, reason: String)
  /// A flavor that the checkpoint's architecture does not have.
  case impossibleSource(String)

  public var description: String {
    switch self {
    case .invalidRevision(let text, let reason): "cannot use the key revision '\(text)': \(reason)"
    case .invalidPattern(let text, let reason): "cannot use the pattern '\(text)': \(reason)"
    case .impossibleSource(let reason): "the source cannot be described: \(reason)"
    }
  }
}
