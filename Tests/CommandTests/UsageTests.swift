import Foundation
import TestSupport
import Testing

/// Help, version, exit codes, and how output looks away from a terminal.
@Suite struct UsageTests {
  @Test func helpNamesEveryCommandAndExitCode() throws {
    let outcome = try Program.run("--help")
    #expect(outcome.exitCode == 0)
    #expect(outcome.errors.isEmpty)
    for word in ["inspect", "scan", "EXIT CODES", "64"] { #expect(outcome.text.contains(word)) }
  }

  @Test(arguments: ["inspect", "scan", "verify"])
  func everyCommandHasHelpWithExamples(_ command: String) throws {
    for arguments in [[command, "--help"], ["help", command]] {
      let outcome = try Program.run(arguments)
      #expect(outcome.exitCode == 0)
      #expect(outcome.text.contains("USAGE: pthconv \(command)"))
      #expect(outcome.text.contains("EXAMPLES"))
    }
  }

  /// Usage lines are ArgumentParser's; everything that this project words fits a terminal.
  @Test(arguments: [["--help"], ["inspect", "--help"], ["scan", "--help"], ["verify", "--help"]])
  func helpFitsEightyColumns(_ arguments: [String]) throws {
    for line in try Program.run(arguments).text.split(separator: "\n")
    where !line.hasPrefix("USAGE:") {
      #expect(line.count <= 80, "\(line)")
    }
  }

  @Test func versionIsThreeNumbers() throws {
    let outcome = try Program.run("--version")
    #expect(outcome.exitCode == 0)
    #expect(outcome.text.wholeMatch(of: /\d+\.\d+\.\d+\n/) != nil)
  }

  @Test(arguments: [
    ["frobnicate"], ["inspect"], ["scan"], ["inspect", "--frobnicate", "x"],
    ["inspect", "--filter", "(", "checkpoints/zip-tensor.pth"], ["inspect", "-", "-"],
    ["inspect", "--key"], ["inspect", "--tree", "--flat", "checkpoints/zip-tensor.pth"],
  ])
  func wrongUsageIs64(_ arguments: [String]) throws {
    let outcome = try Program.run(arguments)
    #expect(outcome.exitCode == 64)
    #expect(outcome.text.isEmpty)
    #expect(outcome.errors.hasPrefix("Error: "))
  }

  @Test(arguments: ["bash", "zsh", "fish"])
  func completionScripts(_ shell: String) throws {
    let outcome = try Program.run("--generate-completion-script", shell)
    #expect(outcome.exitCode == 0)
    #expect(outcome.text.contains("inspect"))
  }

  /// What the scripts ask the program for when somebody presses the tab key.
  @Test(arguments: [
    ("--backbone", "res2net50_26w_6s"), ("--flavor", "mmdet"), ("--source-flavor", "official"),
  ])
  func completionsAreAskedFor(_ option: String, _ offered: String) throws {
    let outcome = try Program.run(
      "---completion", "map", "--", option, "4", "0", "pthconv", "map", "x.pth", option, "")
    #expect(outcome.exitCode == 0)
    #expect(outcome.text.split(separator: "\n").contains { $0 == offered })
  }

  /// Work that takes long shows a bar with rate and time left on a terminal, and nowhere else.
  @Test func longWorkShowsProgressOnATerminal() throws {
    let folder = try TemporaryFolder()
    // 2 GB of zeros that take no room on the disk; no machine has their SHA-256 in 0.3 seconds.
    let size = 2_000_000_000
    let header = #"{"a":{"dtype":"U8","shape":[\#(size)],"data_offsets":[0,\#(size)]}}"#
    let start = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Data($0) }
    let file = try folder.write("zeros.safetensors", start + Data(header.utf8))
    #expect(truncate(file.path, start.count + header.utf8.count + size) == 0)
    let piped = try Program.run("inspect", "--checksum", file.path)
    #expect(piped.exitCode == 0 && piped.errors.isEmpty)
    // `script` gives its command a terminal.
    let script = Process()
    script.executableURL = URL(filePath: "/usr/bin/script")
    script.arguments = [
      "-qec", "'\(Program.url.path)' inspect --checksum '\(file.path)'", "/dev/null",
    ]
    let output = Pipe()
    script.standardOutput = output
    script.standardInput = FileHandle.nullDevice
    try script.run()
    let text = String(
      decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    script.waitUntilExit()
    #expect(script.terminationStatus == 0)
    let bar = /\rSHA-256 [█░]{30} \d+ %  [\d.]+ [kMG]B\/s  [\d:]+( s)? left/
    #expect(text.contains(bar), "\(text)")
    // The bar goes away before the report comes.
    let last = text.ranges(of: bar).last?.upperBound ?? text.startIndex
    #expect(text[last...].contains("\r\u{1b}[K"))
  }

  /// A library that is not there is no verdict about the file. The loader takes an empty file for a
  /// broken library, and looks no further.
  @Test(arguments: [
    (["scan", "demo/res2net-small.pth"], "libzip.so.", "libzip4"),
    (["inspect", "--checksum", "demo/res2net-small.pth"], "libzip.so.", "libzip4"),
    (["verify", "demo/res2net-small.pth", "--backbone", "Res2Net"], "libdnnl.so.", "libdnnl2"),
    (
      ["verify", "demo/res2net-small.pth", "--backbone", "Res2Net", "--input", "images/alpha.png"],
      "libpng16.so.", "libpng16-16"
    ),
  ]) func missingLibrariesAre2(_ arguments: [String], _ library: String, _ package: String) throws {
    let folder = try TemporaryFolder()
    for version in [2, 3, 4, 5, 16] {
      try Data().write(to: folder.url.appending(path: "\(library)\(version)"))
    }
    let outcome = try Program.run(
      arguments, environment: ["LD_LIBRARY_PATH": folder.url.path])
    #expect(outcome.exitCode == 2)
    #expect(outcome.text.isEmpty)
    #expect(outcome.errors.contains(package), "\(outcome.errors)")
  }

  /// A pipe gets plain text, whatever the environment says of the terminal.
  @Test(arguments: [[:], ["NO_COLOR": "1"], ["TERM": "xterm-256color", "CLICOLOR_FORCE": "1"]])
  func pipesGetNoEscapeCodes(_ environment: [String: String]) throws {
    for arguments in [
      ["inspect", "checkpoints/train-mmcv.pth"],
      ["inspect", "--stats", "--checksum", "checkpoints/zip-views.pth"],
      ["scan", "hostile/zip-call.pth"],
    ] {
      let outcome = try Program.run(arguments, environment: environment)
      #expect(!outcome.standardOutput.isEmpty)
      #expect(!outcome.standardOutput.contains(0x1b))
      #expect(!outcome.errors.utf8.contains(0x1b))
    }
  }

  /// What the program prints on a terminal of 80 columns and 24 lines.
  private func onTerminal(_ arguments: [String]) throws -> [Substring] {
    let script = Process()
    script.executableURL = URL(filePath: "/usr/bin/script")
    let command = ([Program.url.path] + arguments).map { "'\($0)'" }.joined(separator: " ")
    script.arguments = ["-qec", "stty rows 24 cols 80; NO_COLOR=1 \(command)", "/dev/null"]
    script.currentDirectoryURL = Fixtures.root
    let output = Pipe()
    script.standardOutput = output
    script.standardInput = FileHandle.nullDevice
    try script.run()
    let data = try output.fileHandleForReading.readToEnd() ?? Data()
    script.waitUntilExit()
    return String(decoding: data, as: UTF8.self).replacing("\r\n", with: "\n").split(
      separator: "\n")
  }

  /// On a terminal names are cut and sentences wrapped.
  @Test(arguments: ["zip-res2net.pth", "train-mmcv.pth", "zip-views.pth", "zip-mmengine.pth"])
  func reportsFitEightyColumns(_ name: String) throws {
    for options in [[], ["--flat"], ["--stats"]] {
      let lines = try onTerminal(["inspect"] + options + ["checkpoints/\(name)"])
      #expect(lines.count > 5)
      for line in lines { #expect(line.count <= 80, "\(line)") }
    }
  }

  /// The tree gives way to the summary, which a screen would lose otherwise.
  @Test func theSummaryStaysOnTheScreen() throws {
    let file = "demo/res2net-small.pth"
    let lines = try onTerminal(["inspect", file])
    #expect(lines.count < 24)
    #expect(lines.contains { $0.contains("--depth") })
    #expect(try onTerminal(["inspect", "--depth", "9", file]).count > 24)
    let piped = try Program.run("inspect", file).text
    #expect(!piped.contains("--depth"))
    #expect(try Program.run("inspect", "--depth", "1", file).text.contains("--depth 2 shows more"))
  }

  /// In a pipe names are whole, so that they can be searched for.
  @Test(arguments: ["--flat", "--stats"])
  func pipesGetWholeNames(_ option: String) throws {
    let text = try Program.run("inspect", option, "checkpoints/zip-res2net.pth").text
    #expect(text.contains("layer1.0.bns.0.num_batches_tracked"))
    let filtered = try Program.run("inspect", "--filter", "bn1", "demo/res2net-small.pth").text
    #expect(filtered.contains("25 of 152 tensors match"))
  }

  @Test func theVersionHasAShortOption() throws {
    let version = try Program.run("--version").text
    let short = try Program.run("-V").text
    #expect(!version.isEmpty && short == version)
  }

  /// Names in a table of parameters stay whole in a pipe; everything else fits a narrow terminal.
  @Test(arguments: [
    ["inspect", "--help"], ["diff", "--help"], ["verify", "--help"], ["map", "--help"],
    ["convert", "--help"], ["backbones"], ["inspect", "demo/res2net-small.pth"],
    ["inspect", "--flat", "demo/res2net-small.pth"],
    ["map", "demo/res2net-small-mutilated.pth", "--backbone", "Res2Net"],
  ])
  func textFitsInto80Columns(_ arguments: [String]) throws {
    let text = try Program.run(arguments).text
    #expect(!text.isEmpty)
    for line in text.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
  }
}
