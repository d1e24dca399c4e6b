import Foundation
import PthBytes
import PthPickle
import Testing

@testable import PthCheckpoints

/// What lies in files, and files that are two things at once, beyond the fixtures.
@Suite struct NestedTests {
  /// `os.system` by opcodes of protocol 0 alone.
  private static let call = Array("cos\nsystem\n(S'echo pwned'\ntR.".utf8)

  private func audit(_ bytes: [UInt8]) throws -> FileAudit {
    try FileScanner.scan(Bytes(bytes), path: "x")
  }

  /// Behind any number of pickles, the last one counts.
  @Test func streamsHaveNoEnd() throws {
    var bytes: [UInt8] = []
    for _ in 0..<110_000 { bytes += Array("N.".utf8) }
    #expect(try audit(bytes + Self.call).verdict == .dangerous)
  }

  /// The header's length begins as the opcode of a short text, texts lead through the header, and the
  /// first tensor's bytes go on as opcodes.
  @Test func safetensorsThatIsAPickle() throws {
    func file(_ data: [UInt8]) -> [UInt8] {
      let length = 0x2055
      var header = Array("{\"__metadata__\":{\"a\":\"----".utf8)
      let block = Array("Ud".utf8) + [UInt8](repeating: UInt8(ascii: "-"), count: 100)
      for _ in 0..<80 { header += block }
      let offsets = "\"shape\":[\(data.count)],\"data_offsets\":[0,\(data.count)]"
      let end = Array("\"},\"w\":{\"dtype\":\"U8\",\(offsets)}}".utf8)
      let rest = length - header.count - 2
      header += [UInt8(ascii: "U"), UInt8(rest)]
      header += [UInt8](repeating: UInt8(ascii: "-"), count: rest - end.count) + end
      return withUnsafeBytes(of: UInt64(length).littleEndian) { Array($0) } + header + data
    }
    #expect(try audit(file([1, 2, 3])).verdict == .safe)
    let call = try audit(file(Array("0".utf8) + Self.call))
    #expect(call.verdict == .dangerous)
    #expect(call.globals.first?.global.description == "os.system")
  }

  /// `np.save` into one file twice, `np.load` twice.
  @Test func arraysBehindArrays() throws {
    func array(_ descriptor: String, _ data: [UInt8]) -> [UInt8] {
      let header = "{'descr': '\(descriptor)', 'fortran_order': False, 'shape': (1,), }\n"
      return NpyContainer.magic + [1, 0, UInt8(header.utf8.count), 0] + Array(header.utf8) + data
    }
    let numbers = array("<f4", [0, 0, 0, 0])
    #expect(try audit(numbers + numbers).verdict == .safe)
    #expect(try audit(numbers + array("|O", Self.call)).verdict == .dangerous)
    #expect(try audit(array("<U1", [65, 0, 0, 0]) + array("|O", Self.call)).verdict == .dangerous)
    #expect(try audit(numbers + Self.call).verdict == .dangerous)
  }

  /// A thousand complaints do not hide the one that counts.
  @Test func theWorstFindingIsKept() {
    var audit = FileAudit(path: "x")
    for index in 0..<2000 { audit.add(.unknown, "\(index)") }
    audit.add(.dangerous, "last")
    #expect(audit.findings.count == 1001)
    #expect(audit.verdict == .dangerous)
  }

  @Test func textIsNoPickle() throws {
    for text in [
      "cython==0.29\nnumpy\n", "Please read\nthis\n", "(a list)\n", "# notes\n", "{\"a\": 1}",
    ] {
      let error = #expect(throws: CheckpointError.self, "\(text)") { try audit(Array(text.utf8)) }
      #expect(error?.isForeignFormat == true, "\(text)")
    }
    #expect(try audit(Array("I1\n.".utf8)).verdict == .safe)
    #expect(try audit(Self.call.dropLast()).verdict == .dangerous)
  }

  @Test func expressionsOfSizes() {
    for text in [
      "s0", "2*s0 + 1", "Max(1, u12)", "s0**2 + 1", "s0 != 3", "Pow(Symbol('s0', integer=True), 2)",
      "Mod(s0, 8)", "1.5", "Eq(s0, 3)",
      "Add(Integer(1), Symbol('s77', positive=True, integer=True))",
    ] {
      #expect(ExportedProgram.isPlainExpression(text), "\(text)")
    }
    for text in [
      "s0.real", "exec(s0)", "'a'", "[s0]", "s", "__import__", "lambda: s0", "s0;s1", "é",
      "Symbol('s0", "Symbol('os')", "Symbol('s0 + 1')", "99999999999!", "999**999**99", "9**9**9",
      "(9**9)**9", "s0**99", "9 ** (9999)", "Pow(9, Pow(9, 9))", "1 << 99",
    ] {
      #expect(!ExportedProgram.isPlainExpression(text), "\(text)")
    }
  }

  /// `json.loads` and PyYAML decode UTF-16 and UTF-32 by themselves.
  /// Each reason has a sentence of its own.
  @Test func descriptionsOfArguments() {
    func nested(_ text: String, _ depth: Int) -> String {
      (0..<depth).reduce(text) { inner, _ in
        let escaped = inner.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
        return "{\"context\": \"\(escaped)\"}"
      }
    }
    for (text, obstacle) in [
      (#"[1, {"type": "builtins.tuple", "context": "null"}]"#, nil),
      (#"{"default_factory_module": "builtins", "default_factory_name": "int"}"#, nil),
      (#"{"default_factory_module": "os", "default_factory_name": "int"}"#, .imports("os")),
      (#"{"fqn": "a.B"}"#, .imports("a.B")),
      (nested(#"{"fqn": "a.B"}"#, 3), .imports("a.B")),
      (#"{"__enum__": true}"#, .enumeration),
      (nested("{}", 4), .tooDeep),
      (#"{"a"#, .unparsable),
    ] as [(String, TreeSpecification.Obstacle?)] {
      #expect(TreeSpecification.obstacle(in: text) == obstacle, "\(text)")
    }
  }

  @Test(arguments: [String.Encoding.utf16, .utf16LittleEndian, .utf16BigEndian, .utf32])
  func textInOtherEncodings(_ encoding: String.Encoding) throws {
    let text = #"{"class_name": "Lambda", "config": {}}"#
    let bytes = Bytes(Array(try #require(text.data(using: encoding))))
    for role in [ArchivedCode.Role.json, .exportedProgram, .serving, .yaml] {
      #expect(role.findings(bytes).map(\.verdict) == [.unknown])
    }
  }

  @Test func guards() {
    for text in ["L['x'].size()[0] > 3", "(2*L['d']['a'][0].size()[1]) == L['y'].size()[0]"] {
      #expect(ExportedProgram.isPlainGuard(text), "\(text)")
    }
    for text in [
      "L['x'].save('f')", "exec('1')", "L.__class__", "__import__('os')", "f\"{L}\"", "1 << 9",
      "9**9**9**9", "9999**9999", "L['x').size()] + print", "lambda: 1",
    ] {
      #expect(!ExportedProgram.isPlainGuard(text), "\(text)")
    }
  }

  @Test func textsOfJSON() {
    var found: [[String?]] = []
    let json = #"{"a": "1", "a": ["2", {"b" : "\u0033\n"}], "c": "x"}"#
    #expect(JSONStrings.forEach(in: Bytes(json.utf8)) { found.append([$0, $1]) })
    #expect(found == [["a", "1"], ["a", "2"], ["b", "3\n"], ["c", "x"]])
    #expect(!JSONStrings.forEach(in: Bytes("{\"a\": \"b".utf8)) { _, _ in })
  }

  @Test func wordsOfTorchScript() {
    let code = "def f(x):  # torch.save\n  return torch . add(x, 'it\\'s', \"\"\"a\n\"b\"\"\")"
    let tokens = TorchScriptToken.tokens(of: Bytes(code.utf8))
    #expect(tokens?.contains(.text("it\\'s")) == true)
    #expect(tokens?.contains(.text("a\n\"b")) == true)
    #expect(tokens?.contains(.word("save")) == false)
    #expect(TorchScriptToken.tokens(of: Bytes("'open".utf8)) == nil)
    #expect(TorchScriptToken.tokens(of: Bytes("é".utf8)) == nil)
  }

  @Test func operatorsThatOnlyCompute() {
    #expect(TorchOperators.allows("aten", "add_") && TorchOperators.allows("torchvision", "nms"))
    for name in ["save", "from_file", "dist_backward", "no_such_operator"] {
      #expect(!TorchOperators.allows("aten", name))
    }
    #expect(!TorchOperators.allows("image", "write_file"))
  }

  /// Numbers of tar headers as Python's `int` takes them.
  @Test func numbersOfTarHeaders() {
    func size(_ field: String) -> Int? {
      var block = [UInt8](repeating: 0, count: 512)
      block[0] = UInt8(ascii: "a")
      for (index, byte) in field.utf8.enumerated() { block[124 + index] = byte }
      for index in 148..<156 { block[index] = 0x20 }
      let sum = String(block.reduce(0) { $0 + Int($1) }, radix: 8)
      for (index, byte) in sum.utf8.enumerated() { block[148 + index] = byte }
      return TarHeader(Bytes(block))?.size
    }
    let numbers: [(String, Int?)] = [
      ("17", 15), (" 17 ", 15), ("0o17", 15), ("1_7", 15), ("+17", 15), ("", 0), ("-1", -1),
      ("8", nil), ("1__7", nil), ("_1", nil), ("x", nil), ("777777777777", 68_719_476_735),
    ]
    for (field, expected) in numbers { #expect(size(field) == expected, "\(field)") }
  }
}
