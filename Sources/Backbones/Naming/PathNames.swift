/// Names of frameworks that put `/` or `:` where PyTorch has a dot: `layer1/0/bn1/moving_mean:0`.
package enum PathNames {
  /// The names with dots; unchanged if they have dots already, or if two names would become equal.
  ///
  /// - Complexity: O(characters).
  package static func dotted(_ names: [String]) -> [String] {
    for separator in [UInt8(ascii: "/"), UInt8(ascii: ":")] {
      guard areSeparated(names, separator) else { continue }
      let dotted = names.map { withoutOutputNumber($0, separator) }
      return Set(dotted).count == names.count ? dotted : names
    }
    return names
  }

  /// Whether at least 90 % of the names have the separator and no dot. A PyTorch file may have a slash in a few
  /// names; the other frameworks have one in nearly all.
  private static func areSeparated(_ names: [String], _ separator: UInt8) -> Bool {
    var others = 0
    for name in names {
      let isSeparated = name.utf8.contains(separator) && !name.utf8.contains(UInt8(ascii: "."))
      if isSeparated { continue }
      others += 1
      if others * 10 > names.count { return false }
    }
    return !names.isEmpty
  }

  /// The name with dots, and without TensorFlow's `:0` at the end.
  private static func withoutOutputNumber(_ name: String, _ separator: UInt8) -> String {
    var bytes = Array(name.utf8)
    if separator == UInt8(ascii: "/"), bytes.suffix(2) == Array(":0".utf8)[...] {
      bytes.removeLast(2)
    }
    return String(decoding: bytes.map { $0 == separator ? UInt8(ascii: ".") : $0 }, as: UTF8.self)
  }
}
