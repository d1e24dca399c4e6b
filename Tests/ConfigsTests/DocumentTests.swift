import Foundation
import OrderedCollections
import PthConfigs
import TestSupport
import Testing

/// Configurations in YAML and JSON: places, detectron2's bases, and files that want too much.
@Suite struct DocumentTests {
  private static func repeated(_ text: String, _ count: Int) -> String {
    String(repeating: text, count: count)
  }

  private func read(_ text: String, as name: String = "a.yaml") throws -> Config {
    let folder = try TemporaryFolder()
    return try Config.read(try folder.write(name, Data(text.utf8)).path)
  }

  static let texts: [(name: String, text: String, reason: String)] = [
    ("a.yaml", "a: " + repeated("[", 1_000_000), "nested more than 100 deep"),
    ("a.yaml", (0..<200).map { repeated(" ", $0) + "a:\n" }.joined(), "nested more than 100 deep"),
    (
      "a.yaml",
      "a0: &a0 [1]\n" + (1..<60).map { "a\($0): &a\($0) [*a\($0 - 1), *a\($0 - 1)]\n" }.joined(),
      "s"
    ),
    (
      "a.yaml",
      "a0: &a0 {x: 1, y: 1}\n"
        + (1..<60).map { "a\($0): &a\($0) {x: *a\($0 - 1), y: *a\($0 - 1)}\n" }.joined(), "s"
    ),
    (
      "a.yaml",
      "A0: &a0 {x: 1, y: 1}\n"
        + (1..<60).map { "A\($0): &a\($0) {x: *a\($0 - 1), y: *a\($0 - 1)}\n" }.joined(), "values"
    ),
    (
      "a.yaml",
      "a: &a {" + (0..<1000).map { "k\($0): 1" }.joined(separator: ", ") + "}\n"
        + (0..<300).map {
          "b\($0): {<<: [" + repeated("*a, ", 100) + "*a]}\n"
        }.joined(), "values"
    ),
    ("a.yaml", "a: &a [*a]", "refers to a value that contains it"),
    ("a.yaml", "a: *b", "names nothing"),
    ("a.yaml", "a: =", "'=' is a value only in quotes"),
    ("a.yaml", "a: [<<]", "'<<' is a value only in quotes"),
    ("a.yaml", "a: 1\n---\na: 2", "second document"),
    ("a.yaml", "[1, 2]", "is a mapping"),
    ("a.yaml", "", "empty"),
    ("a.yaml", "a: 'b", "is no YAML"),
    ("a.yaml", "a: b: c", "is no YAML"),
    ("a.yaml", "a: \u{1}", "control character"),
    ("a.yaml", "? [a]\n: b", "a key of a mapping"),
    ("a.yaml", "<<: 1", "takes a mapping"),
    ("a.yaml", "1: a", "is no name"),
    ("a.yaml", "_base_: 1", "a base is named by its path"),
    ("a.yaml", "_base_: b.yaml", "leads to no file"),
    ("a.yaml", "_BASE_: a.yaml", "lead back to itself"),
    ("a.yaml", "_BASE_: https://example.org/a.yaml", "is remote"),
    ("a.json", repeated("[", 1_000_000), "nested more than 100 deep"),
    ("a.json", repeated("{\"a\":", 1_000_000), "nested more than 100 deep"),
    ("a.json", "[1]", "is a mapping"),
    ("a.json", "", "a value is expected"),
    ("a.json", "{\"a\": 1,}", "a key in double quotes"),
    ("a.json", "{\"a\": 01}", "a value"),
    ("a.json", "{\"a\": \"b\n\"}", "control character"),
    ("a.json", "{\"a\": \"b", "does not end"),
    ("a.json", "{\"a\": \"\\x\"}", "backslash"),
    ("a.json", "{} {}", "behind the end"),
    ("a.json", "{'a': 1}", "a key in double quotes"),
  ]

  @Test(arguments: texts.indices)
  func whatCannotBeReadIsAnError(_ index: Int) throws {
    let (name, text, reason) = Self.texts[index]
    let error = try #require(throws: ConfigError.self) { try read(text, as: name) }
    #expect(error.reason.contains(reason), "\(error)")
  }

  @Test(arguments: [
    "\"x\": 99999999999999999999", "\"x\": -99999999999999999999", "\"x\": \"\\ud800\"",
  ])
  func whatSwiftHasNoValueForIsNotKnown(_ entry: String) throws {
    let value = try #require(try read("{\(entry)}", as: "a.json")["x"])
    guard case .opaque = value.content else {
      Issue.record("\(value)")
      return
    }
  }

  @Test(arguments: [
    "2026-01-31", "2026-1-3 12:00:00", "99999999999999999999", "!!binary aGk=", "!mine {a: 1}",
    "!!python/object/apply:os.system ['true']", "!!int x", "!!set {a, b}",
  ])
  func whatOnlyPythonMakesIsNotKnown(_ text: String) throws {
    let config = try read("x: \(text)\ny: 1")
    let value = try #require(config["x"])
    guard case .opaque = value.content else {
      Issue.record("\(value)")
      return
    }
    #expect(config["y"]?.int == 1)
  }

  @Test func valuesKeepTheirPlaces() throws {
    let folder = try TemporaryFolder()
    let text = "größe: 1\r\nmodel:\r\n  ümlaut: {b: [1, zwölf]}\r\n  c: &x\r\n    d: 5\r\n"
    let path = try folder.write("a.yml", Data(text.utf8)).path
    let model = try #require(try Config.read(path)["model"])
    let inner = try #require(model["ümlaut"])
    #expect(inner.location.line == 3)
    let bytes = Array(text.utf8)
    func written(_ place: ConfigLocation) -> String {
      String(decoding: bytes[place.bytes], as: UTF8.self)
    }
    #expect(written(inner.location) == "{b: [1, zwölf]}")
    #expect(inner["b"]?.elements.map { written($0[1].location) } == "zwölf")
    #expect(model["c"]?.dictionary?.entries["d"]?.location.line == 5)
    #expect(model["c"]?.dictionary?.entries["d"].map { written($0.location) } == "d: 5")
  }

  @Test func basesOfDetectron2() throws {
    let folder = try TemporaryFolder()
    _ = try folder.write(
      "base.yaml",
      Data(
        """
        MODEL:
          WEIGHTS: "detectron2://x.pkl"
          RESNETS: {DEPTH: 50, OUT_FEATURES: ["res2", "res3"]}
        SOLVER:
          STEPS: (60000, 80000)
          BASE_LR: 2e-2
        INPUT: {MIN_SIZE_TRAIN: "(640, 672,)", FORMAT: "BGR", NAME: "None", ODD: "(a, b)"}
        """.utf8))
    let path = try folder.write(
      "a.yaml", Data("_BASE_: ./base.yaml\nMODEL: {RESNETS: {DEPTH: 101}}\n".utf8)
    ).path
    let config = try Config.read(path)
    #expect(config.origin == .detectron2 && config.files.count == 2 && config["_BASE_"] == nil)
    let resnets = try #require(config["MODEL"]?["RESNETS"])
    #expect(resnets["DEPTH"]?.int == 101 && resnets["OUT_FEATURES"]?.elements?.count == 2)
    #expect(resnets["DEPTH"]?.location.path == path)
    #expect(config["SOLVER"]?["BASE_LR"]?.double == 0.02)
    guard case .tuple(let steps)? = config["SOLVER"]?["STEPS"]?.content,
      case .tuple? = config["INPUT"]?["MIN_SIZE_TRAIN"]?.content,
      case ConfigValue.Content.none? = config["INPUT"]?["NAME"]?.content
    else {
      Issue.record("\(config.values)")
      return
    }
    #expect(steps.map(\.int) == [60000, 80000])
    #expect(config["INPUT"]?["ODD"]?.string == "(a, b)")
    #expect(config["INPUT"]?["FORMAT"]?.string == "BGR")
  }
}
