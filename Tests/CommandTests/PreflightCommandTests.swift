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
    #expect(html.contains("<title>errors found: preflight/frozen.py"))
    #expect(html.contains("frozen_stages=-1") && html.contains("frozen.py:8"))
    #expect(try Program.run("preflight", "preflight/frozen.py", "--html", "x.py").exitCode == 64)
  }

  @Test func json() throws {
    let outcome = try Program.run("preflight", "preflight/frozen.py", "--json")
    #expect(outcome.exitCode == 1)
    let report = try #require(
      try JSONSerialization.jsonObject(with: Data(outcome.text.utf8)) as? [String: Any])
    #expect(report["errors"] as? Int == 1)
    #expect(report["looked_at"] is [String] && report["not_looked_at"] is [String])
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

  /// The file's own statistics, in text, JSON and on the page.
  @Test func photographs() throws {
    let folder = try TemporaryFolder()
    let text = """
      model = dict(
          type='X',
          data_preprocessor=dict(mean=[103.53, 116.28, 123.675], std=[1, 1, 1], bgr_to_rgb=False),
          backbone=dict(
              type='ResNet', depth=50, base_channels=16, num_stages=2, strides=(1, 2),
              dilations=(1, 1), out_indices=(0, 1),
              init_cfg=dict(type='Pretrained', checkpoint='witness/resnet.pth')))

      """
    let config = try folder.write("config.py", Data(text.utf8)).path
    let page = folder.path("page.html")
    let outcome = try Program.run(
      "preflight", config, "--images", "witness/images", "--html", page)
    #expect(outcome.exitCode == 1, "\(outcome.errors)")
    let flat = outcome.text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    #expect(flat.contains("config.py:3: error: preparation"))
    #expect(flat.contains("on 24 images of 64×64"))
    let html = try String(contentsOfFile: page, encoding: .utf8)
    #expect(html.contains("resnet.pth was trained with") && html.contains("differs"))
    let few = try Program.run("preflight", config, "--images", "witness/images/00.jpg")
    #expect(few.exitCode == 2 && few.errors.contains("at least 8"))
  }

  @Test func aNameInPlaceOfAConfiguration() throws {
    let outcome = try Program.run("preflight", "resnet50", "--checkpoint", "witness/resnet.pth")
    #expect(outcome.exitCode == 1 && outcome.text.hasPrefix("the file does not fit the name"))
    #expect(try Program.run("preflight", "resnet50").exitCode == 0)
    #expect(try Program.run("preflight", "resnet50", "--gpus", "2").exitCode == 2)
    #expect(try Program.run("preflight", "resnet5O").errors.contains("did you mean 'resnet50'"))
  }
}
