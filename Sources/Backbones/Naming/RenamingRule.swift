/// Renames a part of a backbone from one implementation's name to the canonical name (nearly always timm's).
///
/// Keys of two implementations are the same parameter if their canonical names are equal. A rule matches whole
/// components: the words between the dots.
public struct RenamingRule: Sendable {
  let from: [Substring]
  let to: [Substring]
  /// - Parameters:
  ///   - from: components separated by dots; all but the first may be `*`, which matches any one component.
  ///   - to: the components that replace them; the first `*` is replaced by the component that the first `*` of
  ///     `from` matched, and so on.
  public init(_ from: String, _ to: String) {
    self.from = from.keyComponents
    self.to = to.keyComponents
  }

  /// The components, with those from `start` on, which must match the rule, replaced.
  func apply(to components: [Substring], at start: Int) -> [Substring] {
    let end = start + from.count
    var caught = zip(from, components[start..<end]).filter { $0.0 == "*" }.map(\.1)[...]
    let renamed = to.map { $0 == "*" ? caught.popFirst() ?? $0 : $0 }
    return components[..<start] + renamed + components[end...]
  }
}
