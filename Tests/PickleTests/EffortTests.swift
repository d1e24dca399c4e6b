import PthBytes
import Testing

@testable import PthPickle

/// Pickles of a few bytes that take Python hours or all memory.
@Suite struct EffortTests {
  /// `callable(argument)`
  private static func call(_ module: String, _ name: String, _ argument: String) -> String {
    "c\(module)\n\(name)\n\(argument)\u{85}R"
  }

  private static let manyBytes = "I99999999999\n"
  private static let manyNumbers = call("builtins", "range", manyBytes)
  private static let manyDigits = call("decimal", "Decimal", "V1e999999999\n")
  /// A tuple of two that hold the same two, sixty times.
  private static let twins = ")" + String(repeating: "2\u{86}", count: 60)

  static let pickles: [String] =
    ["bytes", "bytearray"].map { call("builtins", $0, manyBytes) }
    + ["list", "tuple", "set", "frozenset", "bytes"].map { call("builtins", $0, manyNumbers) }
    + ["deque", "Counter", "OrderedDict"].map { call("collections", $0, manyNumbers) }
    + [
      call("builtins", "int", manyDigits), call("fractions", "Fraction", manyDigits),
      call("fractions", "Fraction", "V1e999999999\n"), call("numpy", "bytes_", manyBytes),
      call("numpy", "float64", manyNumbers), call("torch", "Size", manyNumbers),
      call("torch", "FloatTensor", manyBytes), call("builtins", "str", twins),
      "}\(twins)K\u{1}s", "(\(twins)K\u{1}d", "\u{8f}(\(twins)\u{90}", "(\(twins)\u{91}",
      call("builtins", "set", "]\(twins)a"), "ccollections\nOrderedDict\n)R\(twins)K\u{1}s",
    ]

  @Test(arguments: pickles)
  func isNotSafe(_ text: String) throws {
    #expect(try Self.verdict(text) == .unknown)
  }

  /// What real files hold of the same types.
  @Test(arguments: [
    call("builtins", "set", "](K\u{1}K\u{2}e"), call("builtins", "bytearray", "C\u{2}ab"),
    call("fractions", "Fraction", "V1/3\n"), call("decimal", "Decimal", "V1e5\n"),
    manyNumbers, call("torch", "Size", "K\u{2}K\u{3}\u{86}"),
    call("collections", "deque", "](K\u{1}e"),
    "]" + String(repeating: "K\u{1}K\u{2}\u{86}a", count: 10_000),
  ])
  func isSafe(_ text: String) throws {
    #expect(try Self.verdict(text) == .safe)
  }

  private static func verdict(_ text: String) throws -> AuditVerdict {
    let bytes = [0x80, 4] + text.unicodeScalars.map { UInt8($0.value) } + [0x2e]
    return PickleAudit(try PickleDocument(parsing: Bytes(bytes))).verdict
  }
}
