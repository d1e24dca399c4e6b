import Foundation
import TestSupport
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

  /// What a loader would take is found whatever it is called and whatever it begins with.
  @Test func nothingIsPassedOverThatALoaderTakes() throws {
    let folder = try TemporaryFolder()
    let call = Array("cos\nsystem\n(S'echo pwned'\ntR.".utf8)
    try folder.write("a", Data(call))
    try folder.write("b.gguf", Data(Array("GGUF".utf8) + [0, 0, 0, 0, 0] + call))
    try folder.write("c.bin", Data([0x8a, 1, 5] + call))
    try folder.write("requirements.txt", Data("cython\nnumpy==1.26\n".utf8))
    try folder.write("readme.md", Data("(See the paper.)\n".utf8))
    let outcome = try Program.run("scan", folder.url.path)
    #expect(outcome.exitCode == 1)
    #expect(outcome.text.hasSuffix("3 dangerous (2 other files passed over)\n"))
  }

  @Test func hiddenFoldersOnDemand() throws {
    let folder = try TemporaryFolder()
    try FileManager.default.createDirectory(
      at: folder.url.appending(path: ".git"), withIntermediateDirectories: true)
    try folder.write(".git/evil.pkl", try Fixtures.data("hostile/call-os-system.pkl"))
    try folder.write(".metadata", try Fixtures.data("checkpoints/zip-tensor.pth"))
    let usual = try Program.run("scan", folder.url.path)
    #expect(usual.exitCode == 0)
    #expect(usual.text.contains("1 safe\nnot looked into: 1 hidden folder"))
    #expect(try Program.run("scan", "--hidden", folder.url.path).exitCode == 1)
  }

  /// Links lead to files of the folder and of the cache of Hugging Face, not elsewhere.
  @Test func linksAreFollowedWithCare() throws {
    let folder = try TemporaryFolder()
    let manager = FileManager.default
    let snapshot = folder.url.appending(path: "snapshots/abc")
    try manager.createDirectory(at: snapshot, withIntermediateDirectories: true)
    try manager.createDirectory(
      at: folder.url.appending(path: "blobs"), withIntermediateDirectories: true)
    try folder.write("blobs/0123", try Fixtures.data("hostile/call-os-system.pkl"))
    try folder.write("other", try Fixtures.data("hostile/call-os-system.pkl"))
    try manager.createSymbolicLink(
      atPath: snapshot.appending(path: "model.bin").path, withDestinationPath: "../../blobs/0123")
    try manager.createSymbolicLink(
      atPath: snapshot.appending(path: "stray.bin").path, withDestinationPath: "../../other")
    let outcome = try Program.run("scan", snapshot.path)
    #expect(outcome.exitCode == 1)
    #expect(outcome.text.contains("model.bin: dangerous"))
    #expect(outcome.errors.contains("stray.bin: is a link to a file outside of the folder"))
    // What a loader would follow is not passed over, and the JSON says so.
    try manager.removeItem(at: snapshot.appending(path: "model.bin"))
    #expect(try Program.run("scan", snapshot.path).exitCode == 2)
    let json = try Program.run("scan", snapshot.path, "--json")
    #expect(json.exitCode == 2 && json.text.contains("\"error\""))
  }

  /// A shard called `-` is a file, and a link out of the folder is no shard.
  @Test func shardsAreFilesOfTheFolder() throws {
    let folder = try TemporaryFolder()
    try folder.write("x.index.json", Data(#"{"weight_map": {"w": "-"}}"#.utf8))
    try folder.write("-", try Fixtures.data("hostile/call-os-system.pkl"))
    let outcome = try Program.run(
      ["scan", folder.url.appending(path: "x.index.json").path],
      input: try Fixtures.data("checkpoints/zip-tensor.pth"))
    #expect(outcome.exitCode == 1)
    try FileManager.default.removeItem(at: folder.url.appending(path: "-"))
    try FileManager.default.createSymbolicLink(
      atPath: folder.url.appending(path: "-").path, withDestinationPath: "/dev/zero")
    let link = try Program.run("scan", folder.url.appending(path: "x.index.json").path)
    #expect(link.exitCode == 2)
    #expect(link.errors.contains("leads out of its folder"))
  }

  @Test func policies() throws {
    let folder = try TemporaryFolder()
    let file = "hostile/disguise-user-class.pkl"
    let before: ScanOutput = try Program.run("scan", "--json", file).json()
    #expect(before.safety == "unknown")
    let unknown = try #require(before.globals.first { $0.verdict == "unknown" })
    func scan(_ policy: String, _ file: String) throws -> Program.Outcome {
      let path = try folder.write("policy.json", Data(policy.utf8)).path
      return try Program.run("scan", "--json", "--policy", path, file)
    }
    let allowed = try scan(#"{"allow": ["\#(unknown.module).*"]}"#, file)
    #expect(allowed.exitCode == 0)
    #expect(try (allowed.json() as ScanOutput).safety == "safe")
    #expect(try scan(#"{"fail_on": "dangerous"}"#, file).exitCode == 0)
    let denied = try scan(#"{"deny": ["torch.*"]}"#, "checkpoints/zip-tensor.pth")
    #expect(denied.exitCode == 1)
    // What is dangerous cannot be allowed.
    #expect(
      try scan(#"{"allow": ["os.system"]}"#, "hostile/call-os-system.pkl").exitCode == 1)
    for wrong in [#"{"alow": []}"#, #"{"allow": ["x"]}"#, #"{"fail_on": "safe"}"#, "[]"] {
      #expect(try scan(wrong, file).exitCode == 64, "\(wrong)")
    }
  }

  @Test func sarif() throws {
    let outcome = try Program.run(
      "scan", "--sarif", "hostile/call-os-system.pkl", "checkpoints/zip-tensor.pth", "no such")
    #expect(outcome.exitCode == 1)
    let log = try #require(
      try JSONSerialization.jsonObject(with: outcome.standardOutput) as? [String: Any])
    #expect(log["version"] as? String == "2.1.0")
    let run = try #require((log["runs"] as? [[String: Any]])?.first)
    let results = try #require(run["results"] as? [[String: Any]])
    #expect(results.map { $0["ruleId"] as? String } == ["dangerous", "unreadable"])
    #expect(results.map { $0["level"] as? String } == ["error", "warning"])
    #expect("\(results[1])".contains("no%20such"))
    #expect(try Program.run("scan", "--sarif", "--json", "x").exitCode == 64)
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
