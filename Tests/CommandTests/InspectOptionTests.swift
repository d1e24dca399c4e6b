import Foundation
import TestSupport
import Testing

import PthBytes
@testable import PthCheckpoints

/// What the options of `inspect` change.
@Suite struct InspectOptionTests {
  @Test func standardInputIsReadFromAPipe() throws {
    for name in ["zip-res2net.pth", "legacy-res2net.pth", "safetensors-dtypes.safetensors"] {
      let data = try Fixtures.data("checkpoints/\(name)")
      let piped = try Program.run(["inspect", "--json", "-"], input: data)
      #expect(piped.exitCode == 0, "\(piped.errors)")
      let output: InspectOutput = try piped.json()
      let direct: InspectOutput =
        try Program.run("inspect", "--json", "checkpoints/\(name)").json()
      #expect(output.file == "-")
      #expect(output.bytes == data.count)
      #expect(output.tensors.map(\.name) == direct.tensors.map(\.name))
      #expect(output.tensors.map(\.byte_offset) == direct.tensors.map(\.byte_offset))
    }
    let text = try Program.run(
      ["inspect", "-"], input: try Fixtures.data("checkpoints/zip-tensor.pth"))
    #expect(text.text.hasPrefix("standard input\n"))
  }

  @Test func emptyInputIsNoCheckpoint() throws {
    let outcome = try Program.run(["inspect", "-"], input: Data())
    #expect(outcome.exitCode == 2)
    #expect(outcome.errors.contains("empty"))
  }

  @Test func keyChoosesAnotherStateDict() throws {
    let file = "checkpoints/train-ema.pth"
    let byDefault: InspectOutput = try Program.run("inspect", "--json", file).json()
    let other = try #require(
      byDefault.candidates.first { $0.key != byDefault.state_dict_key && $0.tensors > 1 })
    let chosen: InspectOutput =
      try Program.run("inspect", "--json", "--key", other.key, file).json()
    #expect(chosen.state_dict_key == other.key)
    #expect(chosen.tensors.count == other.tensors)
    let text = try Program.run("inspect", file).text
    #expect(text.contains("state dict: \(byDefault.state_dict_key)"))
    #expect(text.contains(other.key))
  }

  @Test func wrongKeyIsAnsweredWithTheKeysThereAre() throws {
    let outcome = try Program.run("inspect", "--key", "nope", "checkpoints/train-mmcv.pth")
    #expect(outcome.exitCode == 2)
    #expect(outcome.errors.contains("'nope'"))
    #expect(outcome.errors.contains("state_dict"))
  }

  @Test func filterKeepsMatchingNames() throws {
    let file = "checkpoints/zip-res2net.pth"
    let all: InspectOutput = try Program.run("inspect", "--json", file).json()
    let some: InspectOutput =
      try Program.run("inspect", "--json", "--filter", #"^layer1.*bns\.\d\.weight$"#, file).json()
    let expected = all.tensors.map(\.name).filter {
      $0.wholeMatch(of: /layer1.*bns\.\d\.weight/) != nil
    }
    #expect(expected.count == 3)
    #expect(some.tensors.map(\.name) == expected)
    #expect(some.parameters == some.tensors.reduce(0) { $0 + $1.shape.reduce(1, *) })
    let none = try Program.run("inspect", "--filter", "nothing is called so", file)
    #expect(none.exitCode == 0)
    #expect(none.text.contains("no tensors"))
  }

  @Test func flatHasALineForEveryTensor() throws {
    let file = "checkpoints/legacy-res2net.pth"
    let output: InspectOutput = try Program.run("inspect", "--json", file).json()
    let lines = try Program.run("inspect", "--flat", file).text.split(separator: "\n")
    for tensor in output.tensors {
      let line = lines.first { $0.hasPrefix("\(tensor.name) ") }
      #expect(line?.contains(tensor.dtype) == true, "\(tensor.name)")
      let shape = "[\(tensor.shape.map(String.init).joined(separator: ", "))]"
      #expect(line?.contains(shape) == true, "\(tensor.name)")
    }
  }

  @Test func treeAddsUpParameters() throws {
    let text = try Program.run("inspect", "checkpoints/zip-res2net.pth").text
    // conv1's own 64·3·7·7, and bn1's four vectors of 64 with its counter.
    #expect(text.contains(/conv1 +9,408  weight \[64, 3, 7, 7\]/))
    #expect(text.contains(/bn1 +257  batch norm \[64\]/))
  }

  @Test func checksumIsTheFilesSHA256() throws {
    let name = "checkpoints/zip-res2net.pth"
    let outcome = try Program.run("inspect", "--json", "--checksum", name)
    let checksum = try #require(try outcome.json(InspectOutput.self).checksum)
    #expect(checksum.sha256 == (try Hash.ofFixture(name)))
    #expect(checksum.hub_hash == nil)
    #expect(checksum.hub_matches == nil)
    #expect(checksum.crc_mismatches.isEmpty)
    #expect((checksum.entries ?? 0) > 100)
  }

  /// PyTorch hub's convention: the eight digits before `.pth` begin the file's SHA-256.
  @Test func hubNamesAreChecked() throws {
    let folder = try TemporaryFolder()
    let data = try Fixtures.data("checkpoints/legacy-res2net.pth")
    let digest = try Hash.ofFixture("checkpoints/legacy-res2net.pth")
    let right = try folder.write("res2net-\(digest.prefix(8)).pth", data)
    let wrong = try folder.write("res2net-00000000.pth", data)
    for (file, matches) in [(right, true), (wrong, false)] {
      let outcome = try Program.run("inspect", "--json", "--checksum", file.path)
      #expect(outcome.exitCode == 0)
      let checksum = try outcome.json(InspectOutput.self).checksum
      #expect(checksum?.hub_matches == matches)
      #expect(checksum?.entries == nil)
      let text = try Program.run("inspect", "--checksum", file.path).text
      #expect(text.contains(digest))
      #expect(text.contains(matches ? "matches" : "damaged"))
    }
  }

  @Test func wrongCRCsAreNamed() throws {
    let outcome = try Program.run(
      "inspect", "--json", "--checksum", "hostile/zip-wrong-crc-storage.pth")
    let checksum = try outcome.json(InspectOutput.self).checksum
    #expect(checksum?.crc_mismatches.count == 1)
    let allWrong = try Program.run(
      "inspect", "--json", "--checksum", "checkpoints/zip-no-crc.pth")
    let unwritten = try #require(try allWrong.json(InspectOutput.self).checksum)
    #expect(unwritten.crc_mismatches.count == unwritten.entries)
  }
}

enum Hash {
  static func ofFixture(_ name: String) throws -> String {
    try SHA256.hexDigest(of: Bytes(Array(try Fixtures.data(name))))
  }
}
