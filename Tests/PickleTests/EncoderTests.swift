import PthBytes
import Foundation
import TestSupport
import Testing

@testable import PthPickle

@Suite struct EncoderTests {
  private static func encoded(_ document: PickleDocument) throws -> [UInt8] {
    var encoder = PickleEncoder()
    try encoder.value(of: document)
    return encoder.finish()
  }

  /// What CPython's C pickler and torch.save wrote comes out byte for byte.
  @Test(arguments: ["values", "batches", "memo", "state-dict"])
  func reproducesPython(_ name: String) throws {
    let original = try Fixtures.data("encoder/\(name).pkl")
    let document = try PickleDocument(parsing: Bytes(original))
    #expect(Data(try Self.encoded(document)) == original)
  }

  /// A value that was put in another's place is recalled wherever that one was shared.
  @Test func substitutesOnce() throws {
    // [t, t, 2] with t = (1,)
    let bytes: [UInt8] = [
      0x80, 2, 0x5d, 0x71, 0, 0x28, 0x4b, 1, 0x85, 0x71, 1, 0x68, 1, 0x4b, 2, 0x65, 0x2e,
    ]
    let document = try PickleDocument(parsing: Bytes(bytes))
    var encoder = PickleEncoder()
    var asked = 0
    try encoder.value(of: document) { encoder, handle in
      guard document.kind(handle) == .tuple else { return false }
      asked += 1
      encoder.string("here")
      return true
    }
    let written = try PickleDocument(parsing: Bytes(encoder.finish()))
    let members = written.elements(written.root)
    #expect(asked == 1)
    #expect(members.map { written.string($0) } == ["here", "here", nil])
    #expect(members[0] == members[1])
  }

  /// Every readable fixture, of all protocols, means the same after a round trip; what protocol 2
  /// lacks is said.
  @Test(arguments: Fixtures.pickles(in: "pickles"))
  func keepsMeaning(_ name: String) throws {
    let (document, error) = PickleDocument.parseAsFarAsPossible(
      try Fixtures.bytes("pickles/\(name).pkl"))
    guard error == nil else { return }
    let needsKeywords = document.handles.contains { document.call($0)?.form == .newObjectEx }
    if needsKeywords {
      #expect(throws: PickleEncodingError.self) { try Self.encoded(document) }
      return
    }
    let copy = try PickleDocument(parsing: Bytes(try Self.encoded(document)))
    let isAlike = document.handles.allSatisfy {
      ![.bytes, .byteArray, .set, .frozenSet].contains(document.kind($0))
    }
    // Bytes and sets become calls in protocol 2, which a second round trip must keep.
    let expected =
      isAlike ? document : try PickleDocument(parsing: Bytes(try Self.encoded(copy)))
    #expect(
      try Renderer(document: copy).render(copy.root)
        == Renderer(document: expected).render(expected.root))
  }

  /// A state dict written by hand is what torch.save wrote for the same module.
  @Test func writesAStateDict() throws {
    struct Entry {
      let name: String
      let type: String
      let shape: [Int]
      var count: Int { shape.reduce(1, *) }
    }
    let entries = [
      Entry(name: "conv.weight", type: "FloatStorage", shape: [2, 1, 3, 3]),
      Entry(name: "bn.weight", type: "FloatStorage", shape: [2]),
      Entry(name: "bn.bias", type: "FloatStorage", shape: [2]),
      Entry(name: "bn.running_mean", type: "FloatStorage", shape: [2]),
      Entry(name: "bn.running_var", type: "FloatStorage", shape: [2]),
      Entry(name: "bn.num_batches_tracked", type: "LongStorage", shape: []),
    ]
    let orderedDict = GlobalName(module: "collections", name: "OrderedDict")
    func ints(_ values: [Int], _ pickle: inout PickleEncoder) {
      pickle.tuple(values.count) { pickle in for value in values { pickle.int(value) } }
    }
    var pickle = PickleEncoder()
    pickle.reduce(orderedDict) { $0.tuple(0) { _ in } }
    pickle.setItems(Array(entries.enumerated())) { pickle, numbered in
      let (index, entry) = numbered
      pickle.string(entry.name)
      pickle.reduce(GlobalName(module: "torch._utils", name: "_rebuild_tensor_v2")) { pickle in
        pickle.tuple(6) { pickle in
          pickle.persistentID { pickle in
            pickle.tuple(5) { pickle in
              pickle.string("storage")
              pickle.global(GlobalName(module: "torch", name: entry.type))
              pickle.string(String(index))
              pickle.string("cpu")
              pickle.int(entry.count)
            }
          }
          pickle.int(0)
          ints(entry.shape, &pickle)
          ints(entry.shape.indices.map { entry.shape[($0 + 1)...].reduce(1, *) }, &pickle)
          pickle.bool(false)
          pickle.reduce(orderedDict) { $0.tuple(0) { _ in } }
        }
      }
    }
    pickle.build { pickle in
      pickle.dict(["_metadata"]) { pickle, key in
        pickle.string(key)
        pickle.reduce(orderedDict) { $0.tuple(0) { _ in } }
        pickle.setItems([("", 1), ("conv", 1), ("bn", 2)]) { pickle, module in
          pickle.string(module.0)
          pickle.dict([module.1]) { pickle, version in
            pickle.string("version")
            pickle.int(version)
          }
        }
      }
    }
    #expect(Data(pickle.finish()) == (try Fixtures.data("encoder/state-dict.pkl")))
  }

  /// The builder and the walk over a document agree on containers around the size of a batch.
  @Test(arguments: [0, 1, 2, 3, 4, 999, 1000, 1001, 2000, 2001])
  func writesBatches(_ count: Int) throws {
    var pickle = PickleEncoder()
    pickle.tuple(3) { pickle in
      pickle.list(0..<count) { $0.int($1) }
      pickle.dict(0..<count) { pickle, index in
        pickle.string("key \(index % 7)\(index)")
        pickle.float(Double(index))
      }
      pickle.tuple(count) { pickle in for index in 0..<count { pickle.int(index * 70_000) } }
    }
    let bytes = pickle.finish()
    let document = try PickleDocument(parsing: Bytes(bytes))
    let parts = document.elements(document.root)
    #expect(document.elements(parts[0]).compactMap(document.int) == Array(0..<count))
    #expect(
      document.entries(parts[1]).compactMap { document.float($0.value) }
        == (0..<count).map(Double.init))
    #expect(document.elements(parts[2]).compactMap(document.int) == (0..<count).map { $0 * 70_000 })
    #expect(try Self.encoded(document) == bytes)
  }

  @Test func depthCostsNothing() throws {
    let deep = [UInt8](repeating: UInt8(ascii: "]"), count: 300_001)
    let ends = [UInt8](repeating: UInt8(ascii: "a"), count: 300_000)
    let document = try PickleDocument(parsing: Bytes(deep + ends + [0x2e]))
    let copy = try PickleDocument(parsing: Bytes(try Self.encoded(document)))
    #expect(copy.count == document.count)
  }

  /// A call with a list of itself among its arguments has no end.
  @Test func refusesEndlessCalls() throws {
    let bytes =
      Array("]q\u{0}cm\nf\nh\u{0}".utf8) + [
        0x85, 0x52, 0x71, 1, 0x30, 0x68, 1, 0x61, 0x68, 1, 0x2e,
      ]
    let document = try PickleDocument(parsing: Bytes(bytes))
    #expect(throws: PickleEncodingError.endlessCall) { try Self.encoded(document) }
  }
}
