import Foundation
import OrderedCollections
import PthConfigs
import TestSupport
import Testing

/// Files that want too much end with a sentence, soon.
@Suite struct HostileTests {
  private static func repeated(_ text: String, _ count: Int) -> String {
    String(repeating: text, count: count)
  }

  static let texts: [(name: String, text: String, reason: String)] = [
    ("brackets", "a = " + repeated("[", 1_000_000), "brackets are nested more than 100 deep"),
    ("signs", "a = " + repeated("-", 100_000) + "1", "nested more than"),
    ("powers", "a = " + repeated("2**", 100_000) + "1", "nested more than"),
    ("choices", "a = " + repeated("1 if 1 else ", 100_000) + "1", "nested more than"),
    (
      "blocks", (0..<200).map { repeated(" ", $0) + "if 1:\n" }.joined(),
      "blocks are nested more than 100 deep"
    ),
    ("number", "a = 10**10**10", "the number is too large"),
    ("shift", "a = 1 << 10**9", "the number is too large"),
    ("text", "a = 'a' * 10**12", "MB of text"),
    ("list", "a = [0] * 10**9", "values"),
    ("range", "a = range(10**12)", "values"),
    ("longest range", "a = range(9223372036854775807)", "values"),
    ("range over all", "a = range(-9223372036854775807 - 1, 9223372036854775807)", "values"),
    ("range down", "a = range(0, -9223372036854775807 - 1, -1)", "values"),
    (
      "dots",
      "from mmengine.config import read_base\nwith read_base():\n  from " + repeated(".", 300_000)
        + "b import a", "300000 dots before its name"
    ),
    ("doubled list", "a = [0]\n" + repeated("a = a + a\n", 60), "values"),
    ("doubled text", "a = 'x' * 1000\n" + repeated("a = a + a\n", 60), "MB of text"),
    ("shared", "a = [0]\n" + repeated("a = [a, a]\n", 60), "steps"),
    ("loops", "a = [0 for i in range(5000) for j in range(5000)]", "values"),
    ("nested", "a = []\n" + repeated("a = [a]\n", 50_000), "nested more than 200 deep"),
    ("itself", "a = []\na.append(a)", "or contain themselves"),
    (
      "chain",
      "l = [[] for i in range(50000)]\nfor i in range(49999):\n  l[i].append(l[i + 1])\n",
      "nested more than 200 deep"
    ),
    ("tokens", repeated("a=1\n", 700_000), "too many words"),
  ]

  @Test(arguments: texts.indices)
  func excessIsAnError(_ index: Int) throws {
    let (_, text, reason) = Self.texts[index]
    let folder = try TemporaryFolder()
    let path = try folder.write("a.py", Data(text.utf8)).path
    let error = try #require(throws: ConfigError.self) { try Config.read(path) }
    #expect(error.reason.contains(reason), "\(error)")
    #expect(error.line != nil)
  }

  @Test func longButFlatFilesAreRead() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("a.py", Data(("a = " + Self.repeated("1 + ", 100_000) + "1").utf8))
      .path
    #expect(try Config.read(path)["a"]?.int == 100_001)
    let brackets = Self.repeated("(", 90) + "1" + Self.repeated(")", 90)
    let other = try folder.write("b.py", Data("b = \(brackets)".utf8)).path
    #expect(try Config.read(other)["b"]?.int == 1)
  }

  @Test(
    arguments: [
      ([0xEF, 0xBB, 0xBF, 0x61], 1, "byte order mark"),
      ([0x61, 0x3D, 0x31, 0x0A, 0], 2, "zero byte"),
      ([0x61, 0x0A, 0x22, 0xE9, 0x22], 2, "not UTF-8"),
    ] as [([UInt8], Int, String)])
  func whatIsNoTextIsAnError(_ bytes: [UInt8], _ line: Int, _ reason: String) throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("a.py", Data(bytes)).path
    let error = try #require(throws: ConfigError.self) { try Config.read(path) }
    #expect(error.line == line && error.reason.contains(reason), "\(error)")
  }

  @Test func largeFilesFoldersAndPipesAreErrors() throws {
    let folder = try TemporaryFolder()
    let large = folder.url.appending(path: "large.py").path
    _ = FileManager.default.createFile(atPath: large, contents: nil)
    try #require(truncate(large, 100 << 20) == 0)
    let pipe = folder.url.appending(path: "pipe.py").path
    try #require(mkfifo(pipe, 0o600) == 0)
    let inner = folder.url.appending(path: "folder.py")
    try FileManager.default.createDirectory(at: inner, withIntermediateDirectories: false)
    for (path, reason) in [(large, "larger than"), (pipe, "no"), (inner.path, "is a directory")] {
      let error = try #require(throws: ConfigError.self) { try Config.read(path) }
      #expect(error.reason.contains(reason))
    }
  }

  @Test func basesThatMultiplyAreAnError() throws {
    let folder = try TemporaryFolder()
    for index in 0..<20 {
      _ = try folder.write(
        "\(index).py", Data("_base_ = ['\(index + 1).py', '\(index + 1).py']".utf8))
    }
    let last = try folder.write("20.py", Data()).path
    #expect(try Config.read(last).values.entries.isEmpty)
    let first = folder.url.appending(path: "0.py").path
    let error = try #require(throws: ConfigError.self) { try Config.read(first) }
    #expect(error.reason.contains("more than 256 files"))
  }
}
