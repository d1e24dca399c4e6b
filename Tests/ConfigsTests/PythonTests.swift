import Foundation
import OrderedCollections
import PthConfigs
import TestSupport
import Testing

/// Python's own rules: indentation, texts, numbers. Every expectation is what CPython 3.11 gives.
@Suite struct PythonTests {
  private static func config(_ text: String) throws -> Config {
    let folder = try TemporaryFolder()
    return try Config.read(try folder.write("a.py", Data(text.utf8)).path)
  }

  @Test(arguments: [
    "x = [1]\nfor a in x:\n    if a:\n        b = 2\nc = 3\n",
    "if 1:\n a = 1\n if a:\n   if a:\n      b = 2\n a = 3\nc = 3", "if 1:\n\ta = 1\n\tb = 2\nc = 3",
    "if 1:\n  if 1:\n\n    # here\n  # there\n    a = 1\nc = 3",
  ])
  func blocksEndTogether(_ text: String) throws {
    #expect(try Self.config(text)["c"]?.int == 3)
  }

  @Test(arguments: [
    ("if 1:\n    a = 1\n  b = 2", 3, "fits no line above"),
    ("if 1:\n  if 1:\n      a = 1\n    b = 2", 4, "fits no line above"),
    ("if 1:\n\ta = 1\n        b = 2", 3, "mixes tabs and spaces"),
    ("if 1:\n        a = 1\n\tb = 2", 3, "mixes tabs and spaces"),
  ])
  func indentationThatPythonRefuses(_ text: String, _ line: Int, _ reason: String) throws {
    let error = try #require(throws: ConfigError.self) { try Self.config(text) }
    #expect(error.line == line && error.reason.contains(reason), "\(error)")
  }

  /// Texts are compared by code points, as they are written; é is one or two of them.
  @Test func textsAreCodePoints() throws {
    let config = try Self.config(
      #"""
      a = 'e' in 'e\u0301'
      b = 'e\u0301'.startswith('e')
      c = 'e\u0301'.replace('e', 'a') == 'a\u0301'
      d = len({'\u00e9': 1, 'e\u0301': 2}) == 2
      e = '\u00e9' != 'e\u0301'
      f = 'x,\u0301y'.split(',') == ['x', '\u0301y']
      g = '%s\u0301' % 5 == '5\u0301'
      h = '{}\u0301'.format(5) == '5\u0301'
      i = '\n' in 'a\r\nb'
      j = sorted(['\u00e9', 'e\u0301'])[0] == 'e\u0301'
      k = 'aaab'.replace('aab', '-') == 'a-'
      l = '\x1fx\u0301 '.strip() == 'x\u0301'
      """#)
    for (name, entry) in config.values.entries {
      #expect(entry.value.bool == true, "\(name)")
    }
    // Swift's strings take the two keys for one.
    let keys = try Self.config(#"x = {'\u00e9': 1, 'e\u0301': 2}"#)["x"]?.content
    guard case .opaque? = keys else {
      Issue.record("\(String(describing: keys)) is not opaque")
      return
    }
  }

  @Test func integersAndFloatsAreComparedExactly() throws {
    let config = try Self.config(
      """
      a = 9007199254740993 != 9007199254740992.0
      b = 9007199254740993 > 9007199254740992.0
      c = sorted([9007199254740993, 9007199254740992.0])[1] == 9007199254740993
      d = 10**18 == 1e18
      e = -1 < -0.5 and 2**62 < 2.0**63 and 1 < float('inf')
      f = not float('nan') == 1
      """)
    for (name, entry) in config.values.entries {
      #expect(entry.value.bool == true, "\(name)")
    }
  }

  @Test func escapes() throws {
    let config = try Self.config(
      #"""
      y = 5
      a = f"\{y}"
      b = f"{{{y}}}\t"
      c = f"\N{BULLET} {y}"
      d = "\N{BULLET}"
      """#)
    #expect(config["a"]?.string == "\\5" && config["b"]?.string == "{5}\t")
    for name in ["c", "d"] {
      guard case .opaque? = config[name]?.content else {
        Issue.record("\(name) is not opaque")
        continue
      }
    }
    for text in [#"x = "\x1""#, #"x = f"\u12 {1}""#, #"x = "\UFFFFFFFF""#] {
      let error = try #require(throws: ConfigError.self) { try Self.config(text) }
      #expect(error.reason.contains("escape"))
    }
  }

  @Test(arguments: [
    ("x = list(range(9223372036854775800, 9223372036854775807, 3))", 3),
    ("x = list(range(0, -9223372036854775807, -9223372036854775807))", 1),
    ("x = list(range(5, 0, -2))", 3), ("x = list(range(3, 0))", 0),
  ])
  func ranges(_ text: String, _ count: Int) throws {
    #expect(try Self.config(text)["x"]?.elements?.count == count)
  }

  /// What ends the run is an error, not a value.
  @Test(arguments: ["raise ValueError('x')", "x = [1]\nassert not x"])
  func theFileStops(_ text: String) throws {
    let error = try #require(throws: ConfigError.self) { try Self.config(text) }
    #expect(error.reason.contains("the file stops here"))
  }
}
