/// How one implementation names a part of a backbone, and what this project's canonical name for it
/// is (nearly always timm's).
///
/// Keys of two implementations mean the same parameter if their canonical names are equal. A rule
/// works on whole components: the words between the dots.
public struct RenamingRule: Sendable, Hashable {
  /// Where the components must stand in a key.
  public enum Place: Sendable, Hashable {
    /// At its beginning.
    case start
    /// Anywhere.
    case anywhere
  }

  /// The table that the rule is from, as reports name it (`mmdet-stem`).
  public let table: String
  public let place: Place
  public let from: [Substring]
  public let to: [Substring]
  /// Keys that must all be there for the rule to apply.
  public let requiredKeys: [String]

  /// - Parameters:
  ///   - from: components separated by dots, `*` for one of any name.
  ///   - to: what they become; the first `*` stands for what the first one matched, and so on.
  public init(
    _ table: String, _ from: String, _ to: String, at place: Place = .start,
    ifPresent requiredKeys: [String] = []
  ) {
    self.table = table
    self.place = place
    self.from = from.split(separator: ".")
    self.to = to.split(separator: ".")
    self.requiredKeys = requiredKeys
  }

  /// The components renamed; nil if the rule does not match.
  func apply(to components: [Substring]) -> [Substring]? {
    let places = place == .start ? components.startIndex..<1 : components.indices
    for start in places where start + from.count <= components.count {
      let end = start + from.count
      guard let caught = Self.match(from, components[start..<end]) else { continue }
      var rest = caught[...]
      let renamed = to.map { $0 == "*" ? rest.popFirst() ?? $0 : $0 }
      return components[..<start] + renamed + components[end...]
    }
    return nil
  }

  /// What the pattern's `*` stand for; nil if it does not match.
  private static func match(_ pattern: [Substring], _ components: ArraySlice<Substring>)
    -> [Substring]?
  {
    var caught: [Substring] = []
    for (wanted, component) in zip(pattern, components) where wanted != component {
      guard wanted == "*" else { return nil }
      caught.append(component)
    }
    return caught
  }
}
