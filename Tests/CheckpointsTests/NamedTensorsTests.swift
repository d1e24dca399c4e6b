import OrderedCollections
import PthBytes
import PthPickle
import PthTensors
import Testing

@testable import PthCheckpoints

/// Names for keys that Python tells apart and texts do not.
@Suite struct NamedTensorsTests {
  private func text(_ text: String) -> [UInt8] {
    [0x58] + withUnsafeBytes(of: UInt32(text.utf8.count).littleEndian) { Array($0) }
      + Array(text.utf8)
  }

  private func integer(_ value: UInt8) -> [UInt8] { [0x4b, value] }

  /// The names that a dict with these keys gives to its tensors, with the last value of each.
  private func names(_ keys: [[UInt8]]) throws -> [String: Float] {
    let items: [UInt8] = keys.flatMap { $0 + [0x4e, 0x73] }
    let pickle: [UInt8] = [0x80, 2, 0x7d] + items + [0x2e]
    let document = try PickleDocument(parsing: Bytes(pickle))
    var tensors = NamedTensors(of: document)
    for (index, entry) in document.entries(document.root).enumerated() {
      tensors.add(
        try Tensor([Float(index)], shape: [1]), document.keyText(entry.key), key: entry.key)
    }
    return try Dictionary(
      uniqueKeysWithValues: tensors.byName().map { ($0, try $1.array(of: Float.self)[0]) })
  }

  @Test func keysWithEqualTexts() throws {
    #expect(
      try names([text("1"), integer(1), text("1#2")]) == ["1": 0, "1#3": 1, "1#2": 2])
    #expect(
      try names([integer(1), text("1#2"), text("1"), text("1#3")])
        == ["1": 0, "1#2": 1, "1#3": 3, "1#4": 2])
    #expect(try names([text("\u{e9}"), text("e\u{301}")]).count == 2)
    let long = String(repeating: "x", count: PickleDocument.maximumKeyLength)
    #expect(try names([text(long + "a"), text(long + "b"), text(long)]).count == 3)
    // Two keys that are not equal to themselves.
    let nan: [UInt8] = [0x47, 0x7f, 0xf8, 0, 0, 0, 0, 0, 0]
    #expect(try names([nan, nan]).count == 2)
  }

  /// A key that is set twice has its last value.
  @Test func keysThatAreSetAgain() throws {
    #expect(try names([text("a"), text("b"), text("a")]) == ["a": 2, "b": 1])
    #expect(try names([text("1"), integer(1), text("1"), integer(1)]) == ["1": 2, "1#2": 3])
  }

  /// A tensor whose name a component has is not lost.
  @Test func components() throws {
    let document = try PickleDocument(
      parsing: Bytes(
        [0x80, 2, 0x7d] + text("w") + [0x4e, 0x73] + text("w.indices") + [0x4e, 0x73, 0x2e]))
    let keys = document.entries(document.root).map(\.key)
    var tensors = NamedTensors(of: document)
    for (number, name) in ["w.indices", "w.values"].enumerated() {
      tensors.add(
        try Tensor([Float(number)], shape: [1]), name, key: keys[0], component: number)
    }
    tensors.add(try Tensor([Float(9)], shape: [1]), "w.indices", key: keys[1])
    let named = tensors.byName()
    #expect(Array(named.keys) == ["w.indices", "w.values", "w.indices#2"])
    #expect(try named["w.indices#2"]?.array(of: Float.self) == [9])
  }
}
