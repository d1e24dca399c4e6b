import PthBytes
import Testing

@testable import PthPickle

/// Pickles that no pickler writes: deep, cyclic, exploding, endless.
@Suite struct StressTests {
  private static let million = 1_000_000

  /// Bytes of the arena for every byte of the pickle: a one-byte opcode makes at most a value
  /// (16), a child (4) and a segment (16).
  private func expectSmall(_ document: PickleDocument) {
    let arena =
      document.nodes.count * MemoryLayout<PickleNode>.stride
      + document.children.count * MemoryLayout<UInt32>.stride
      + document.segments.count * MemoryLayout<PickleSegment>.stride
    #expect(arena <= 36 * document.range.count + 64)
  }

  private func parse(_ bytes: [UInt8]) throws -> PickleDocument {
    let document = try PickleDocument(parsing: Bytes(bytes))
    expectSmall(document)
    return document
  }

  /// How many steps `next` leads down from the root.
  private func depth(
    _ document: PickleDocument, _ next: (PickleHandle) -> PickleHandle?
  ) -> Int {
    var (handle, depth) = (document.root, 0)
    while let inner = next(handle), depth < 2 * Self.million {
      (handle, depth) = (inner, depth + 1)
    }
    return depth
  }

  @Test func millionNestedTuples() throws {
    let document = try parse(
      [UInt8(ascii: ")")] + Array(repeating: 0x85, count: Self.million) + [0x2e])
    #expect(depth(document) { document.elements($0).first } == Self.million)
    #expect(PickleAudit(document).verdict == .safe)
    #expect(WeightsOnlyCheck.obstacle(in: document) == nil)
  }

  @Test func millionNestedLists() throws {
    let document = try parse(
      Array(repeating: UInt8(ascii: "]"), count: Self.million + 1)
        + Array(repeating: UInt8(ascii: "a"), count: Self.million) + [0x2e])
    #expect(depth(document) { document.elements($0).first } == Self.million)
    #expect(PickleAudit(document).verdict == .safe)
  }

  @Test func millionNestedDicts() throws {
    var bytes: [UInt8] = []
    for _ in 0..<Self.million { bytes += Array("}K\u{1}".utf8) }
    bytes += Array("}".utf8) + Array(repeating: UInt8(ascii: "s"), count: Self.million) + [0x2e]
    let document = try parse(bytes)
    #expect(depth(document) { document.entries($0).first?.value } == Self.million)
  }

  @Test func millionNestedCallsAndStates() throws {
    var writer = PickleWriter()
    writer.global("m", "f")
    writer.ops("q\u{0}N")
    for _ in 0..<Self.million { writer.bytes += [0x85, 0x68, 0, 0x29, 0x52, 0x4e, 0x62, 0x86] }
    writer.op(".")
    let document = try parse(writer.bytes)
    #expect(PickleAudit(document).verdict == .unknown)
    #expect(document.count > 3 * Self.million)
  }

  /// A million values in one list that grows by single APPENDs, two lists in turn.
  @Test func interleavedAppends() throws {
    var bytes = Array("]q\u{0}]q\u{1}".utf8)
    for _ in 0..<Self.million / 2 {
      bytes += [0x68, 0, 0x4e, 0x61, 0x30, 0x68, 1, 0x4e, 0x61, 0x30]
    }
    let document = try parse(bytes + [0x2e])
    #expect(document.elements(document.root).count == Self.million / 2)
  }

  @Test func cycles() throws {
    // A dict in itself; a tuple that holds a list that holds the tuple.
    let dict = try parse(Array("}q\u{0}Nh\u{0}s.".utf8))
    #expect(dict.entries(dict.root).map(\.value) == [dict.root])
    let tuple = try parse([0x5d, 0x71, 0, 0x68, 0, 0x85, 0x71, 1, 0x61, 0x30, 0x68, 1, 0x2e])
    let list = try #require(tuple.elements(tuple.root).first)
    #expect(tuple.elements(list) == [tuple.root])
    let document = try parse(Array("]q\u{0}h\u{0}a.".utf8))
    #expect(document.elements(document.root) == [document.root])
  }

  /// Ten references to each list in the next one, sixty times: 10⁶⁰ leaves.
  @Test func doubling() throws {
    var bytes = Array("]q\u{0}".utf8)
    for level in UInt8(0)..<60 {
      bytes += Array("](".utf8)
      for _ in 0..<10 { bytes += [0x68, level] }
      bytes += [0x65, 0x71, level + 1]
    }
    let document = try parse(bytes + [0x2e])
    #expect(document.count < 100)
    #expect(PickleAudit(document).verdict == .safe)
  }

  /// Memo indices far out of sequence do not claim memory for those between.
  @Test func hugeMemoIndices() throws {
    var writer = PickleWriter()
    writer.op("N")
    for index in stride(from: UInt32.max, to: UInt32.max - 1000, by: -1) {
      writer.op("r")
      writer.little(index)
    }
    writer.ops("p\(Int.max)\np4611686018427387904\n0g\(Int.max)\n.")
    let growth = try Memory.growth {
      let document = try parse(writer.bytes)
      #expect(document.kind(document.root) == .none)
    }
    #expect(growth < 200 << 20)
    let tooLarge = Bytes(Array("Np9223372036854775808\n.".utf8))
    #expect(throws: PickleError(.badText("memo index"), at: 1)) {
      try PickleDocument(parsing: tooLarge)
    }
  }

  /// Each index twice as far out as the last dense one allows.
  @Test func memoThatLeaps() throws {
    var memo = PickleMemo()
    var index = 0
    for step in 0..<100_000 {
      memo[index] = UInt32(step)
      index += 1025 + step
    }
    #expect(memo.slotCount < 1_000_000)
    #expect(memo[0] == 0 && memo[1025] == 1 && memo[1024] == nil)
  }

  @Test func neverStops() {
    let bytes = Bytes(Array("K\u{1}".utf8))
    #expect(throws: PickleError(.noStop, at: 2)) { try PickleDocument(parsing: bytes) }
    #expect(throws: PickleError(.noStop, at: 0)) { try PickleDocument(parsing: .empty) }
  }

  @Test(arguments: [UInt8(ascii: "("), UInt8(ascii: "]"), UInt8(ascii: "N"), UInt8(ascii: ")")])
  func tenMillionOfOneOpcode(_ opcode: UInt8) throws {
    let bytes = Bytes([UInt8](repeating: opcode, count: 10_000_000))
    let growth = try Memory.growth {
      #expect(throws: PickleError(.noStop, at: 10_000_000)) { try PickleDocument(parsing: bytes) }
    }
    #expect(growth < 1 << 30)
  }

  /// A name of ten million bytes that is used as often as there are opcodes.
  @Test func longNamesUsedOften() throws {
    var writer = PickleWriter(bytes: [0x80, 4])
    writer.text(String(repeating: "m", count: 1_000_000))
    writer.ops("q\u{0}0")
    for _ in 0..<200_000 { writer.bytes += [0x68, 0, 0x68, 0, 0x93, 0x30] }
    writer.ops("N.")
    #expect(PickleAudit(try parse(writer.bytes)).verdict == .dangerous)
  }

  /// One run of arguments a million long, shared by a hundred thousand calls.
  @Test func argumentsSharedByManyCalls() throws {
    var writer = PickleWriter(bytes: [0x80, 2])
    writer.global("_codecs", "encode")
    writer.ops("q\u{0}0(")
    writer.bytes += [UInt8](repeating: UInt8(ascii: "N"), count: Self.million)
    writer.ops("tq\u{1}0")
    for _ in 0..<100_000 { writer.bytes += [0x68, 0, 0x68, 1, 0x52, 0x30] }
    writer.ops("N.")
    #expect(PickleAudit(try parse(writer.bytes)).verdict == .dangerous)
  }

  /// The same nested pickle loaded a hundred thousand times is judged once.
  @Test func nestedPickleLoadedOften() throws {
    let inner = [UInt8](repeating: UInt8(ascii: "]"), count: Self.million) + [0x2e]
    var writer = PickleWriter(bytes: [0x80, 3])
    writer.global("torch.storage", "_load_from_bytes")
    writer.ops("q\u{0}0B")
    writer.little(UInt32(inner.count))
    writer.bytes += inner + [0x85, 0x71, 1, 0x30]
    for _ in 0..<100_000 { writer.bytes += [0x68, 0, 0x68, 1, 0x52, 0x30] }
    writer.ops("N.")
    let audit = PickleAudit(try parse(writer.bytes))
    #expect(audit.verdict == .safe)
    #expect(audit.nestedContents.map(\.count) == [inner.count])
  }
}
