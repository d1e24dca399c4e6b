import Foundation
import TestSupport
import Testing

/// The snippets of the guide and of the articles are those that are compiled.
@Suite struct SnippetTests {
  private static let root = Fixtures.root.deletingLastPathComponent()
  private static let articles = "Sources/PthConvKit/PthConvKit.docc"

  private func lines(of path: String) throws -> [String] {
    try String(contentsOf: Self.root.appending(path: path), encoding: .utf8)
      .split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
  }

  private func snippets(of path: String) throws -> [String] {
    var snippets: [String] = []
    var isCode = false
    for line in try lines(of: path) {
      if line.hasPrefix("```") {
        isCode = line == "```swift"
      } else if isCode, !line.hasPrefix("import ") {
        snippets.append(line)
      }
    }
    return snippets
  }

  @Test func theGuideIsCompiled() throws {
    let articles = try FileManager.default.contentsOfDirectory(
      atPath: Self.root.appending(path: Self.articles).path
    ).filter { $0.hasSuffix(".md") }.sorted().map { "\(Self.articles)/\($0)" }
    var expected: [String] = []
    for page in ["docs/library.md"] + articles {
      let snippets = try snippets(of: page)
      guard !snippets.isEmpty else { continue }
      let name = URL(filePath: page).deletingPathExtension().lastPathComponent
      expected += [
        "// \(name).md", "func \(name.prefix(1).lowercased() + name.dropFirst())() throws {",
      ]
      expected += snippets + ["}"]
    }
    #expect(expected.count > 70)
    let compiled = try lines(of: "Tests/FamilyTests/Snippets.swift")
    let start = try #require(compiled.firstIndex { $0 == expected.first })
    #expect(
      Array(compiled[start...]) == expected, "run scripts/snippets.py and commit the result")
  }
}
