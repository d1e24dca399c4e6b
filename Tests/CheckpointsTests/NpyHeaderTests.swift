import PthBytes
import Testing

@testable import PthCheckpoints

/// Headers of `.npy` files as numpy reads them: a Python literal, of which the last of equal keys
/// counts.
@Suite struct NpyHeaderTests {
  private static func file(_ header: String, version: UInt8 = 1) -> Bytes {
    let text = Array(header.utf8)
    let length = withUnsafeBytes(of: UInt16(text.count).littleEndian) { Array($0) }
    return Bytes([0x93] + Array("NUMPY".utf8) + [version, 0] + length + text)
  }

  private static func header(_ descriptor: String) -> String {
    "{'descr': \(descriptor), 'fortran_order': False, 'shape': (1,), }\n"
  }

  @Test(arguments: [
    ("'<f4'", NpyHeader.Items.values), ("'|O'", .objects), ("'|O8'", .objects), ("'O'", .objects),
    ("'object'", .objects), ("'\\x4f'", .objects), ("'|' 'O'", .objects), ("u'|O'", .objects),
    ("'<M8[ns]'", .values), ("'<U12'", .values), ("'i4,O'", .unknown),
    ("'numpy.object_'", .unknown),
    ("[('a', '<i4'), ('b', '<f8', (2, 2))]", .values), ("[('a', '<i4'), ('b', '|O')]", .objects),
    ("[(('t', 'a'), [('b', '|O8')])]", .objects), ("('|O', (2,))", .objects),
    ("[('a', 'i4,O')]", .unknown), ("None", .unknown), ("[('a',)]", .unknown),
  ])
  func knowsObjects(_ descriptor: String, _ expected: NpyHeader.Items) throws {
    #expect(try NpyHeader(Self.file(Self.header(descriptor))).items == expected)
  }

  @Test(arguments: [
    "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'descr': '|O'}",
    "{'descr': '<f4', # 'descr': '<f4'\n 'fortran_order': False, 'shape': (1,), 'descr': '|O'}",
    "{'d\\x65scr': '|O', 'fortran_order': False, 'shape': (1,)}",
  ])
  func takesTheLastOfEqualKeys(_ header: String) throws {
    #expect(try NpyHeader(Self.file(header)).items == .objects)
  }

  @Test(arguments: [
    "{'descr': '<f4', 'fortran_order': False}", "{'descr': '<f4', 'fortran_order': 0, 'shape': ()}",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (1)}", "", "[]", "{", "{'descr'",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'more': 1}",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (1,)} + 1",
    "{'descr': '\\N{LATIN CAPITAL LETTER O}', 'fortran_order': False, 'shape': (1,)}",
    "{'descr': dict(), 'fortran_order': False, 'shape': (1,)}",
  ])
  func refusesTheRest(_ header: String) {
    #expect(throws: CheckpointError.self) { try NpyHeader(Self.file(header)) }
  }

  @Test func readsWhatNumpyWrites() throws {
    let header = try NpyHeader(
      Self.file("{'descr': '<f4', 'fortran_order': True, 'shape': (3L, 4), }   \n"))
    #expect(header.shape == [3, 4] && header.isFortran && header.descriptor == "<f4")
  }
}
