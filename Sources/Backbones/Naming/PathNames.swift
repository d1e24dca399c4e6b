/// Names of frameworks that put `/` or `:` between a module and its parameter, where PyTorch has a
/// dot: `layer1/0/bn1/moving_mean:0`.
package enum PathNames {
  /// The names with dots; unchanged if they have dots already, or if two would become one.
  ///
  /// - Complexity: O(characters).
  package static func dotted(_ names: [String]) -> [String] {
    for separator in [UInt8(ascii: "/"), UInt8(ascii: ":")] {
      // A file of PyTorch's has a slash here and there; one of those frameworks has them everywhere.
      let count = names.count { name in
        name.utf8.contains(separator) && !name.utf8.contains(UInt8(ascii: "."))
      }
      guard count > 0, count * 10 >= names.count * 9 else { continue }
      let dotted = names.map { withoutOutputNumber($0, separator) }
      return Set(dotted).count == names.count ? dotted : names
    }
    return names
  }

  /// The name with dots, and without the `:0` that TensorFlow ends it with.
  private static func withoutOutputNumber(_ name: String, _ separator: UInt8) -> String {
    var bytes = Array(name.utf8)
    if separator == UInt8(ascii: "/"), bytes.suffix(2) == Array(":0".utf8)[...] {
      bytes.removeLast(2)
    }
    return String(decoding: bytes.map { $0 == separator ? UInt8(ascii: ".") : $0 }, as: UTF8.self)
  }
}
