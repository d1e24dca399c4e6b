import Foundation
import PthConfigs
import TestSupport
import Testing

/// Edits in the text of a configuration.
@Suite struct EditorTests {
  private func edited(_ text: String, _ edit: (inout ConfigEditor) throws -> Void) throws -> String
  {
    let folder = try TemporaryFolder()
    var editor = try ConfigEditor(path: try folder.write("a.py", Data(text.utf8)).path)
    try edit(&editor)
    return String(decoding: editor.edited, as: UTF8.self)
  }

  @Test func valuesAreReplacedInTheirPlaces() throws {
    let text = "a = dict(b=dict(c=1,  # kept\n            d={'e': (2)}))  # and this\r\nx=3"
    #expect(try edited(text) { _ in } == text)
    #expect(
      try edited(text) { $0.set(["a", "b", "c"], to: .text("9")) }
        == text.replacing("c=1", with: "c=9"))
    #expect(
      try edited(text) { $0.set(["a", "b", "d", "e"], to: .text("9")) }
        == text.replacing("(2)", with: "(9)"))
    #expect(
      try edited(text) { $0.set(["x"], to: .text("9")) } == text.replacing("x=3", with: "x=9"))
    #expect(
      try edited(text) { $0.set(["a", "b", "d", "f"], to: .text("9")) }
        == text.replacing("(2)}", with: "(2), 'f': 9}"))
    #expect(
      try edited(text) { $0.set(["a", "n", "m"], to: .text("9")) }
        .contains(", n=dict(m=9))  # and this"))
  }

  @Test func whatIsNotThereIsAdded() throws {
    #expect(try edited("") { $0.set(["a", "b"], to: .text("1")) } == "a = dict(b=1)\n")
    let text = try edited("x = 1") { editor in
      editor.set(["a", "b"], to: .text("1"))
      editor.set(["a", "c", "d"], to: .text("2"))
    }
    #expect(text == "x = 1\na = dict(b=1, c=dict(d=2))\n")
    #expect(
      try edited("a = f()\n") { $0.set(["a", "b"], to: .text("1")) } == "a = f()\na['b'] = 1\n")
    #expect(try edited("a = dict()\n") { $0.set(["a", "b"], to: .text("1")) } == "a = dict(b=1)\n")
    #expect(
      try edited("from .x import y\n") { $0.set(["a", "b"], to: .text("1")) }
        == "from .x import y\na['b'] = 1\n")
  }

  @Test(arguments: [
    ("a = dict(t=1, x=2, y=3)", ["x"], "a = dict(t=1, y=3)"),
    ("a = dict(t=1, x=2, y=3)", ["y"], "a = dict(t=1, x=2)"),
    ("a = dict(t=1, x=2, y=3,)", ["x", "y"], "a = dict(t=1,)"),
    ("a = dict(x=2, t=1)", ["x"], "a = dict(t=1)"),
    ("a = dict(\n  t=1,\n  x=2,  # gone\n  y=3)", ["x"], "a = dict(\n  t=1,\n  y=3)"),
    ("a = dict(x=1, t=1, y=2, z=3)", ["x", "y"], "a = dict(t=1, z=3)"),
  ])
  func entriesGoWithTheirCommas(_ text: String, _ removed: [String], _ expected: String) throws {
    #expect(
      try edited(text) { $0.adjust(["a"], removing: Set(removed), setting: []) } == expected)
  }

  @Test func longDictionariesAreLaidOut() throws {
    let value = PythonLiteral.dictionary([
      ("type", .text("'\(String(repeating: "x", count: 60))'")),
      ("inner", .dictionary([("key", .text("1"))])),
    ])
    let text = try edited("") { $0.set(["model", "backbone"], to: value) }
    #expect(
      text == """
        model = dict(
            backbone=dict(
                type='\(String(repeating: "x", count: 60))',
                inner=dict(key=1)))

        """)
  }

  @Test func whatIsTheSameKeepsItsQuotesAndLineEnds() throws {
    let text = "a = dict(\r\n  t=\"x\",\r\n  y=1)\r\n"
    let new = try edited(text) {
      $0.adjust(["a"], removing: [], setting: [("t", .text("'x'")), ("z", .text("2"))])
      $0.set(["b"], to: .text("3"))
    }
    #expect(new == "a = dict(\r\n  t=\"x\",\r\n  z=2,\r\n  y=1)\r\nb = 3\r\n")
  }

  @Test func basesMove() throws {
    let text = "_base_ = ['a.py', \"b.py\"]  # two\n"
    #expect(
      try edited(text) { try $0.moveBases { "../" + $0 } }
        == "_base_ = ['../a.py', '../b.py']  # two\n")
    #expect(throws: ConfigError.self) {
      try edited("_base_ = 'a' + '.py'\n") { try $0.moveBases { $0 } }
    }
  }
}
