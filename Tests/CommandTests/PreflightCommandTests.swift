import Foundation
import TestSupport
import Testing

/// What `preflight` prints, and its exit codes.
@Suite struct PreflightCommandTests {
  @Test func anErrorExitsWith1AndNamesTheLine() throws {
    let outcome = try Program.run("preflight", "preflight/frozen.py")
    #expect(outcome.exitCode == 1)
    #expect(outcome.text.hasPrefix("the run would not do what it says: 1 error"))
    #expect(outcome.text.contains("frozen.py:8: error: frozen-but-random"))
    for line in outcome.text.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
  }

  @Test func thePageSaysItToo() throws {
    let folder = try TemporaryFolder()
    let page = folder.path("page.html")
    #expect(try Program.run("preflight", "preflight/frozen.py", "--html", page).exitCode == 1)
    let html = try String(contentsOfFile: page, encoding: .utf8)
    #expect(html.contains("<title>not as it says: preflight/frozen.py"))
    #expect(html.contains("frozen_stages=-1") && html.contains("frozen.py:8"))
    #expect(try Program.run("preflight", "preflight/frozen.py", "--html", "x.py").exitCode == 64)
  }

  @Test func json() throws {
    let outcome = try Program.run("preflight", "preflight/frozen.py", "--json")
    #expect(outcome.exitCode == 1)
    let report = try #require(
      try JSONSerialization.jsonObject(with: Data(outcome.text.utf8)) as? [String: Any])
    #expect(report["errors"] as? Int == 1)
    let backbone = try #require((report["backbones"] as? [[String: Any]])?.first)
    #expect(backbone["channels"] as? [Int] == [256, 512, 1024, 2048])
    #expect(backbone["coverage"] as? Double == 0)
  }

  @Test func withoutAnErrorItExitsWith0() throws {
    let folder = try TemporaryFolder()
    let config = try folder.write(
      "config.py", Data("model = dict(type='X', backbone=dict(type='Swin'))\n".utf8))
    let outcome = try Program.run("preflight", config.path)
    #expect(outcome.exitCode == 0)
    #expect(outcome.text.contains("no error was found"))
  }

  @Test(arguments: [
    ["no such file.py"], ["preflight/frozen.py", "--checkpoint", "no such file.pth"],
    ["checkpoints/zip-tensor.pth"],
  ])
  func whatCannotBeReadIs2(_ arguments: [String]) throws {
    let outcome = try Program.run(["preflight"] + arguments)
    #expect(outcome.exitCode == 2)
    #expect(outcome.text.isEmpty && outcome.errors.hasPrefix("pthconv: "))
  }

  @Test(arguments: [
    [], ["preflight/frozen.py", "--gpus", "0"], ["preflight/frozen.py", "--images-per-gpu", "2"],
  ])
  func wrongUsageIs64(_ arguments: [String]) throws {
    #expect(try Program.run(["preflight"] + arguments).exitCode == 64)
  }

  @Test func helpHasExamplesAndFits() throws {
    let outcome = try Program.run("preflight", "--help")
    #expect(outcome.text.contains("EXAMPLES"))
    for line in outcome.text.split(separator: "\n") where !line.hasPrefix("USAGE:") {
      #expect(line.count <= 80, "\(line)")
    }
  }
}
