/// Why keys cannot be mapped.
public enum KeyMappingError: Error, Hashable, CustomStringConvertible {
  /// A revision's pattern is no valid regular expression, or its replacement is invalid.
  case invalidRevision(String, reason: String)
  /// A pattern is no valid regular expression.
  case invalidPattern(String, reason: String)
  /// The checkpoint's architecture does not have the source flavor.
  case impossibleSource(String)

  public var description: String {
    switch self {
    case .invalidRevision(let text, let reason): "cannot use the key revision '\(text)': \(reason)"
    case .invalidPattern(let text, let reason): "cannot use the pattern '\(text)': \(reason)"
    case .impossibleSource(let reason): "the source cannot be described: \(reason)"
    }
  }
}
