import Foundation
import TestSupport
import Testing

/// Files that cannot be read: exit code 2, one sentence, and nothing on standard output.
@Suite struct BadInputTests {
  private func expectRefusal(_ outcome: Program.Outcome, _ parts: String...) {
    #expect(outcome.exitCode == 2)
    #expect(outcome.text.isEmpty)
    #expect(outcome.errors.hasPrefix("pthconv: "))
    #expect(outcome.errors.hasSuffix("\n"))
    #expect(outcome.errors.count { $0 == "\n" } == 1, "\(outcome.errors)")
    for part in parts { #expect(outcome.errors.contains(part), "\(outcome.errors)") }
  }

  @Test(arguments: ["inspect", "scan"])
  func missingFile(_ command: String) throws {
    expectRefusal(try Program.run(command, "no-such.pth"), "no-such.pth", "no such file")
  }

  @Test func directory() throws {
    expectRefusal(try Program.run("inspect", "checkpoints"), "checkpoints", "directory")
  }

  /// Root may read everything, so there it cannot be tried.
  @Test(.enabled(if: getuid() != 0)) func withoutPermission() throws {
    let folder = try TemporaryFolder()
    let file = try folder.write("secret.pth", try Fixtures.data("checkpoints/zip-tensor.pth"))
    try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: file.path)
    expectRefusal(try Program.run("inspect", file.path), "Permission denied")
  }

  /// A socket is there and cannot be opened, for root neither.
  @Test func unreadable() throws {
    expectRefusal(try Program.run("inspect", "/proc/self/mem"), "/proc/self/mem")
  }

  @Test(arguments: ["zip-res2net.pth", "legacy-res2net.pth", "safetensors-dtypes.safetensors"])
  func truncatedAnywhere(_ name: String) throws {
    let folder = try TemporaryFolder()
    let data = try Fixtures.data("checkpoints/\(name)")
    for share in [0.001, 0.1, 0.5, 0.9, 0.999] {
      let length = Int(Double(data.count) * share)
      let file = try folder.write("cut.pth", data.prefix(length))
      expectRefusal(try Program.run("inspect", file.path), file.path)
      expectRefusal(try Program.run(["inspect", "-"], input: data.prefix(length)))
    }
  }

  @Test(arguments: Fixtures.names(in: "hostile"))
  func hostileFiles(_ name: String) throws {
    let truth: HostileTruth = try Fixtures.truth(name)
    guard let expected = truth.inspect_exit else { return }
    let outcome = try Program.run("inspect", name)
    #expect(outcome.exitCode == expected, "\(truth.why): \(outcome.errors)")
    if expected == 2 {
      expectRefusal(outcome, "\(name.split(separator: "/").last ?? "")")
      if let part = truth.errors_contain { #expect(outcome.errors.contains(part)) }
    }
  }

  @Test func oneBadFileDoesNotHideTheOthers() throws {
    let outcome = try Program.run(
      "inspect", "checkpoints/zip-tensor.pth", "no-such.pth", "checkpoints/legacy-tensor.pth")
    #expect(outcome.exitCode == 2)
    #expect(outcome.text.contains("checkpoints/zip-tensor.pth\n"))
    #expect(outcome.text.contains("checkpoints/legacy-tensor.pth\n"))
    #expect(outcome.errors.contains("no-such.pth"))
  }

  /// A name in a file must not move the cursor, whichever report it appears in.
  @Test func controlCharactersAreEscaped() throws {
    let folder = try TemporaryFolder()
    let name = "red\u{1b}[31m"
    // As JSON writes it: the reader gets the escape character itself.
    let header = #"{"red\u001b[31m":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#
    var data = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Data($0) }
    data += Data(header.utf8) + Data([0, 0, 128, 63])
    let file = try folder.write("names.safetensors", data)
    for options in [[], ["--flat"], ["--stats"], ["--tensor", name], ["--tensor", "m\u{1b}"]] {
      let outcome = try Program.run(["inspect"] + options + [file.path])
      #expect(!outcome.standardOutput.contains(0x1b))
      #expect(!outcome.errors.utf8.contains(0x1b))
      if options.last != "m\u{1b}" { #expect(outcome.text.contains(#"red\u{1b}[31m"#)) }
    }
    let json = try Program.run("inspect", "--json", file.path)
    #expect(!json.standardOutput.contains(0x1b))
    #expect(try json.json(InspectOutput.self).tensors.map(\.name) == [name])
    let missing = try Program.run("inspect", "no\u{1b}[2Jsuch")
    #expect(!missing.errors.utf8.contains(0x1b))
  }
}
