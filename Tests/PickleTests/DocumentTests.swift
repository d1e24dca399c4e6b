import PthBytes
import Foundation
import TestSupport
import Testing

@testable import PthPickle

/// What a truth file of `Fixtures/pickles` records.
struct PickleTruth: Decodable {
  let pickles: [Rendering]?
  let error: String?
}

@Suite struct DocumentTests {
  static let names = Fixtures.pickles(in: "pickles")

  @Test func fixturesUseEveryOpcode() throws {
    #expect(Self.names.count > 60)
    var used: Set<UInt8> = []
    for name in Self.names {
      let bytes = try Fixtures.bytes("pickles/\(name).pkl")
      let (document, error) = PickleDocument.parseAsFarAsPossible(bytes)
      if error == nil { used.formUnion(document.usedOpcodes) }
    }
    // Out-of-band buffers end in an error.
    let buffers: Set<UInt8> = [0x97, 0x98]
    let known = Set((0...255).filter { PickleOpcode(rawValue: $0) != nil })
    #expect(known.subtracting(used) == buffers)
  }

  /// Every pickle of every stream has the values that CPython's own unpickler makes of it.
  @Test(arguments: names)
  func readsWhatPythonReads(_ name: String) throws {
    let truth: PickleTruth = try Fixtures.json("pickles/\(name).pkl.json")
    let bytes = try Fixtures.bytes("pickles/\(name).pkl")
    if truth.error != nil {
      #expect(throws: PickleError.self) { try Self.stream(bytes) }
      return
    }
    let documents = try Self.stream(bytes)
    let expected = try #require(truth.pickles)
    #expect(documents.count == expected.count)
    for (document, expected) in zip(documents, expected) {
      #expect(try Renderer(document: document).render(document.root) == expected)
    }
  }

  /// The pickles that follow one another in `bytes`, to the end.
  private static func stream(_ bytes: Bytes) throws -> [PickleDocument] {
    var documents: [PickleDocument] = []
    var position = 0
    while position < bytes.count {
      let document = try PickleDocument(parsing: bytes, at: position)
      documents.append(document)
      position = document.range.upperBound
    }
    return documents
  }

  /// Integers and floats in text are read as Python's `int` and `float` read them.
  @Test(arguments: [
    ("I 42\n.", Rendering.scalar("int", "42")), ("I+7\n.", .scalar("int", "7")),
    ("L-8L\n.", .scalar("int", "-8")), ("L 9 \n.", .scalar("int", "9")),
    ("L-99999999999999999999L\n.", .scalar("int", "-99999999999999999999")),
    ("I0x1f\n.", .scalar("int", "31")), ("I-0b1_01\n.", .scalar("int", "-5")),
    ("I017\n.", .scalar("int", "15")), ("I1_000\n.", .scalar("int", "1000")),
    ("L0x1_00000000000000000L\n.", .scalar("int", "295147905179352825856")),
    ("I7\0junk\n.", .scalar("int", "7")), ("I+1\n.", .bool(true)), ("I001\n.", .scalar("int", "1")),
    ("F1_0.5\n.", .float(Rendering.bits(10.5))),
    ("F 1.5 \n.", .float(Rendering.bits(1.5))),
    ("F-Infinity\n.", .float(Rendering.bits(-.infinity))),
  ])
  func readsNumbersInText(_ text: String, _ expected: Rendering) throws {
    let document = try PickleDocument(parsing: Bytes(Array(text.utf8)))
    #expect(try Renderer(document: document).render(document.root) == expected)
  }

  /// Errors name the position of the opcode at fault.
  @Test(arguments: [
    ("NK", PickleError(.truncated, at: 1)), ("N0\u{1}", PickleError(.unknownOpcode(1), at: 2)),
    ("(N", PickleError(.noStop, at: 2)), ("(.", PickleError(.unbalanced, at: 1)),
    ("I09\n.", PickleError(.badText("integer"), at: 0)),
    ("I1__0\n.", PickleError(.badText("integer"), at: 0)),
    ("I0x\n.", PickleError(.badText("integer"), at: 0)),
    ("Nt.", PickleError(.noMark, at: 1)), ("Ng7\n.", PickleError(.noMemo(7), at: 1)),
    ("Np-1\n.", PickleError(.badText("memo index"), at: 1)),
  ])
  func namesTheOpcodeAtFault(_ text: String, _ expected: PickleError) {
    #expect(throws: expected) { try PickleDocument(parsing: Bytes(Array(text.utf8))) }
  }

  @Test func beginsAnywhereAndNowhereElse() throws {
    let bytes = Bytes(Array("junkK\u{5}.".utf8))
    let document = try PickleDocument(parsing: bytes, at: 4)
    #expect(document.int(document.root) == 5)
    #expect(document.range == 4..<7)
    for start in [-1, 7, 8, Int.max, Int.min] {
      #expect(throws: PickleError.self) { try PickleDocument(parsing: bytes, at: start) }
    }
  }

  /// The bytes of joblib's arrays stand between the opcodes: a file that breaks off inside of them, or
  /// in the padding before them, is read to its end and no further.
  @Test func nothingIsReadBehindArraysThatBreakOff() throws {
    let whole = [UInt8](try Fixtures.data("hostile/joblib-call-plain.joblib"))
    var ends: Set<Int> = []
    for arrays in [PickleArrays.padded, .unpadded] {
      for count in 1...whole.count {
        var bytes = Array(whole.prefix(count))
        // The last byte may be a padding of 255.
        bytes[count - 1] = count.isMultiple(of: 2) ? bytes[count - 1] : 255
        let (document, _) = PickleDocument.parseAsFarAsPossible(Bytes(bytes), arrays: arrays)
        #expect(document.range.upperBound <= count)
        ends.insert(document.range.upperBound)
      }
    }
    #expect(ends.count > whole.count / 4)
  }
}
