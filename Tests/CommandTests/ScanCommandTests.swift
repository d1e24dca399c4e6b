import Foundation
import Testing

/// `scan`: 0 if everything is safe, 1 if anything is not, 2 if something cannot be read.
@Suite struct ScanCommandTests {
  @Test(arguments: Fixtures.names(in: "hostile"))
  func hostileFiles(_ name: String) throws {
    let truth: HostileTruth = try Fixtures.truth(name)
    guard let verdict = truth.scan else { return }
    let outcome = try Program.run("scan", name)
    #expect(outcome.exitCode == (verdict == "safe" ? 0 : 1), "\(truth.why): \(outcome.errors)")
    #expect(outcome.text.hasPrefix("\(name): \(verdict)\n"))
    #expect(!outcome.text.contains("pwned"))
  }

  @Test(arguments: Fixtures.names(in: "checkpoints"))
  func ordinaryFiles(_ name: String) throws {
    let truth: CheckpointTruth = try Fixtures.truth(name)
    guard truth.error == nil else { return }
    let outcome = try Program.run("scan", "--json", name)
    let output: ScanOutput = try outcome.json()
    #expect(output.file == name)
    #expect(output.safety == truth.scan)
    if let accepted = truth.weights_only {
      #expect(output.weights_only?.accepted == accepted)
    }
    #expect(outcome.exitCode == (truth.scan == "safe" ? 0 : 1))
  }

  @Test func jsonSaysWhy() throws {
    let output: ScanOutput = try Program.run("scan", "--json", "hostile/zip-call.pth").json()
    let call = try #require(output.globals.first { $0.verdict == "dangerous" })
    #expect((call.module, call.name) == ("os", "system"))
    #expect(call.reason?.isEmpty == false)
    #expect(output.weights_only?.accepted == false)
    let trick: ScanOutput =
      try Program.run("scan", "--json", "hostile/zip-duplicate-last.pth").json()
    #expect(trick.findings.contains { $0.verdict == "dangerous" && $0.part?.isEmpty == false })
  }

  @Test func standardInput() throws {
    let outcome = try Program.run(
      ["scan", "-"], input: try Fixtures.data("hostile/call-os-system.pkl"))
    #expect(outcome.exitCode == 1)
  }

  @Test func directoriesAreSearched() throws {
    let folder = try TemporaryFolder()
    let inner = folder.url.appending(path: "a/b")
    try FileManager.default.createDirectory(at: inner, withIntermediateDirectories: true)
    try folder.write("model.pth", try Fixtures.data("checkpoints/zip-tensor.pth"))
    try folder.write("notes.txt", Data("No checkpoint.".utf8))
    // A link up must not lead in circles.
    try FileManager.default.createSymbolicLink(
      at: inner.appending(path: "up"), withDestinationURL: folder.url)
    let safe = try Program.run("scan", folder.url.path)
    #expect(safe.exitCode == 0)
    #expect(safe.text.hasSuffix("1 safe (1 other files passed over)\n"))
    try folder.write("a/b/evil.pkl", try Fixtures.data("hostile/call-os-system.pkl"))
    let found = try Program.run("scan", folder.url.path)
    #expect(found.exitCode == 1)
    #expect(found.text.contains("a/b/evil.pkl: dangerous"))
    #expect(found.text.contains("1 safe, 1 dangerous"))
    let items: [ScanOutput] = try Program.run("scan", "--json", folder.url.path).json()
    #expect(items.map(\.safety) == ["dangerous", "safe"])
  }

  @Test func emptyDirectory() throws {
    let folder = try TemporaryFolder()
    let outcome = try Program.run("scan", folder.url.path)
    #expect(outcome.exitCode == 0)
    #expect(outcome.text == "no checkpoints found\n")
    #expect(try Program.run("scan", "--json", folder.url.path).text == "[]\n")
  }

  /// Danger outweighs a file that cannot be read; that one is an item with an error.
  @Test func severalFiles() throws {
    let safe = "checkpoints/zip-tensor.pth"
    let bad = "no-such.pth"
    #expect(try Program.run("scan", safe, bad).exitCode == 2)
    let outcome = try Program.run("scan", "--json", safe, bad, "hostile/zip-call.pth")
    #expect(outcome.exitCode == 1)
    let items = try #require(
      try JSONSerialization.jsonObject(with: outcome.standardOutput) as? [[String: Any]])
    #expect(items.map { $0["safety"] as? String } == ["safe", nil, "dangerous"])
    #expect((items[1]["error"] as? String)?.contains("no such file") == true)
  }
}
