import PthBytes
import TestSupport
import Testing

@testable import PthCheckpoints

/// The table of formats: what is not in it cannot be found.
@Suite struct FormatTableTests {
  @Test(arguments: CheckpointFormat.allCases)
  func everyFormatHasOneRow(_ format: CheckpointFormat) {
    let rows = FileFormat.all.filter { $0.kinds.contains { $0.format == format } }
    #expect(rows.count == 1)
    #expect(FileFormat.reading(format) == rows.first)
    #expect(FormatKind.all[format]?.title.isEmpty == false)
  }

  @Test func rowsAreTold() {
    #expect(Set(FileFormat.all.map(\.name)).count == FileFormat.all.count)
    let ranks = OutputFormat.all.map(\.rank)
    #expect(Set(ranks).count == ranks.count)
    #expect(OutputFormat.all.map(\.name) == ["torch", "torch-legacy", "safetensors", "npz"])
    let endings = OutputFormat.all.flatMap(\.extensions)
    #expect(Set(endings).count == endings.count)
  }

  /// Unmarked formats begin like anything: they must not take what a mark tells.
  @Test func marksOutrankGuesses() throws {
    var read = 0
    for name in Fixtures.names(in: "checkpoints") {
      // Some sets lack a shard.
      guard let checkpoint = try? Checkpoint.open(Fixtures.path(name)) else { continue }
      #expect(
        try FileFormat(of: checkpoint.bytes) == FileFormat.reading(checkpoint.format), "\(name)")
      read += 1
    }
    #expect(read > 120)
    for magic: [UInt8] in [
      Array("GGUF....".utf8), Array("%PDF-1.7".utf8), Array("#!/bin/sh".utf8),
      [0x89] + Array("PNG\r\n".utf8), Array("<!doctype html>".utf8),
    ] {
      #expect(throws: CheckpointError.self) { try FileFormat(of: Bytes(magic)) }
    }
  }
}
