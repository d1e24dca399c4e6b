/// The keys of a state dict under one prefix, by name.
package struct KeyIndex: Sendable {
  /// Names without the prefix, in the order of the file.
  package let keys: [KeyShape]
  private let shapes: [String: [Int]]

  /// The keys that start with `prefix` (ending in a dot, or empty), with the prefix taken off.
  ///
  /// - Complexity: O(keys).
  package init(_ all: [KeyShape], prefix: String = "") {
    keys =
      prefix.isEmpty
      ? all
      : all.compactMap { entry in
        entry.key.hasPrefix(prefix)
          ? KeyShape(String(entry.key.dropFirst(prefix.count)), entry.shape) : nil
      }
    shapes = Dictionary(keys.map { ($0.key, $0.shape) }, uniquingKeysWith: { first, _ in first })
  }

  /// The shape of the tensor called `key`.
  ///
  /// - Complexity: O(1).
  package subscript(key: String) -> [Int]? { shapes[key] }

  /// The shape of a convolution's weight: four dimensions, none of them 0 or beyond all
  /// measure.
  package func convolution(_ key: String) -> [Int]? {
    guard let shape = shapes[key], shape.count == 4, shape.allSatisfy((1...Limit.channels).contains)
    else {
      return nil
    }
    return shape
  }

  /// Whether there is a key called `key`.
  package func contains(_ key: String) -> Bool { shapes[key] != nil }
}
