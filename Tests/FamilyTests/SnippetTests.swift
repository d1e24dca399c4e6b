import Foundation
import TestSupport
import Testing

/// The snippets of the guide are those that are compiled.
@Suite struct SnippetTests {
  private static let root = Fixtures.root.deletingLastPathComponent()

  private func lines(of path: String) throws -> [String] {
    try String(contentsOf: Self.root.appending(path: path), encoding: .utf8)
      .split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
  }

  @Test func theGuideIsCompiled() throws {
    var snippets: [String] = []
    var isCode = false
    for line in try lines(of: "docs/library.md") {
      if line.hasPrefix("```") {
        isCode = line == "```swift"
      } else if isCode, !line.hasPrefix("import ") {
        snippets.append(line)
      }
    }
    #expect(snippets.count > 30)
    let compiled = try lines(of: "Tests/FamilyTests/Snippets.swift")
    let start = try #require(compiled.firstIndex { $0.hasPrefix("func guide()") })
    #expect(
      Array(compiled[(start + 1)...].dropLast()) == snippets,
      "run scripts/snippets.py and commit the result")
  }
}
