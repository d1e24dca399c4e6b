import PthBytes
import PthPickle
import Testing

@testable import PthCheckpoints

/// Which names of entries are equal: PyTorch's zip library folds the case of ASCII letters and nothing else.
@Suite struct EntryNameTests {
  private func findings(_ first: String, _ second: String) throws -> [String] {
    let archive = StoredZip.bytes([(first, [1]), (second, [2])])
    return try FileScanner.scan(Bytes(archive), path: "x").findings.map(\.text)
  }

  @Test func onlyCapitalsOfASCIIAreFolded() throws {
    for (first, second) in [
      ("m/data/AÉ", "m/data/aé"), ("m/data/Σ", "m/data/σ"), ("m/A\u{e9}", "m/Ae\u{301}"),
      ("m/x\u{e9}", "m/xe\u{301}"), ("m/\u{130}", "m/i\u{307}"),
    ] {
      #expect(try findings(first, second) == [], "\(first)")
    }
    for (first, second) in [("m/A", "m/a"), ("m/a", "m/a"), ("m/AÉ", "m/aÉ"), ("M/é", "m/é")] {
      #expect(
        try findings(first, second).contains { $0.hasPrefix("occurs twice") }, "\(first)")
    }
  }

  /// Each of two names that Swift takes for equal leads to its own entry.
  @Test func formsOfLettersAreTwoNames() throws {
    let names = ["m/\u{e9}", "m/e\u{301}"]
    let archive = try ZipArchive(Bytes(StoredZip.bytes([(names[0], [1]), (names[1], [2])])))
    #expect(try archive.bytes(named: names[0]).bytes[0] == 1)
    #expect(try archive.bytes(named: names[1]).bytes[0] == 2)
    #expect(archive.directory.entry(named: "m/e") == nil)
  }

  /// torch.distributed.checkpoint's files: no reader takes the last archive for the whole file.
  @Test func archivesInARowAreNoCheckpoint() throws {
    let pickle: [UInt8] = [0x80, 2, 0x7d, 0x2e]
    let small = StoredZip.bytes([("archive/data.pkl", pickle), ("archive/data/0", [1, 2, 3, 4])])
    let large = StoredZip.bytes([
      ("archive/data.pkl", pickle), ("archive/data/0", [UInt8](repeating: 7, count: 99)),
    ])
    let bytes = Bytes(large + small + large)
    let error = #expect(throws: CheckpointError.self) {
      try Checkpoint(bytes, path: "__0_0.distcp", allowsIndex: true)
    }
    #expect(error?.reasonText.contains("3 archives in a row") == true)
    let audit = try FileScanner.scan(bytes, path: "__0_0.distcp")
    #expect(audit.verdict == .unknown)
    #expect(audit.weightsOnly == .notApplicable)
    #expect(audit.findings.first?.text.contains("3 archives in a row") == true)
  }
}
