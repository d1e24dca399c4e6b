/// How one implementation names a part of a backbone, and what this project's canonical name for it
/// is (nearly always timm's).
///
/// Keys of two implementations mean the same parameter if their canonical names are equal. A rule
/// works on whole components: the words between the dots.
public struct RenamingRule: Sendable {
  let from: [Substring]
  let to: [Substring]
  /// - Parameters:
  ///   - from: components separated by dots, after the first `*` for one of any name.
  ///   - to: the components in their place; the first `*` is replaced by what the first one of
  ///     `from` matched, and so on.
  public init(_ from: String, _ to: String) {
    self.from = from.keyComponents
    self.to = to.keyComponents
  }

  /// The components renamed that the rule matches from `start` on.
  func apply(to components: [Substring], at start: Int) -> [Substring] {
    let end = start + from.count
    var caught = zip(from, components[start..<end]).filter { $0.0 == "*" }.map(\.1)[...]
    let renamed = to.map { $0 == "*" ? caught.popFirst() ?? $0 : $0 }
    return components[..<start] + renamed + components[end...]
  }
}
