import PthBytes
import PthPickle
import Testing

@testable import PthCheckpoints

/// Entries that hold raw weights, as torch.export and torch.package write them, begin with any bytes.
@Suite struct RawWeightsTests {
  private func audit(_ body: [UInt8], name: String = "m/data/weights/weight_0") throws -> FileAudit
  {
    let archive = StoredZip.bytes([
      ("m/archive_format", Array("pt2".utf8)), (name, body),
    ])
    return try FileScanner.scan(Bytes(archive), path: "m.pt2")
  }

  /// The list of weights that torch.export writes; `flag` is the rest of each entry.
  private func list(_ names: [String], flag: String = "\"use_pickle\": false") -> [UInt8] {
    let entries = names.map { "\"\($0)\": {\"path_name\": \"\($0)\", \(flag)}" }
    return Array("{\"config\": {\(entries.joined(separator: ", "))}}".utf8)
  }

  /// Beginnings of all kinds, with different bytes behind them.
  @Test func anyBeginningIsSafe() throws {
    var random = FixedNumbers()
    // Every 64th beginning of two bytes, and all that begin as a pickle with a protocol does.
    for starts in [stride(from: 5, to: 65536, by: 64).map { $0 }, (0x8000...0x80ff).map { $0 }] {
      let weights = starts.map { start in
        (
          name: "weight_\(start)",
          body: [UInt8(start >> 8), UInt8(start & 255)]
            + (0..<62).map { _ in UInt8.random(in: 0...255, using: &random) }
        )
      }
      let export =
        weights.map { ("m/data/weights/" + $0.name, $0.body) }
        + [
          ("m/archive_format", Array("pt2".utf8)),
          ("m/data/weights/model_weights_config.json", list(weights.map(\.name))),
        ]
      let package =
        weights.enumerated().map { ("p/.data/\($0).storage", $1.body) }
        + [("p/.data/extern_modules", Array("torch\n".utf8))]
      for archive in [export, package] {
        let audit = try FileScanner.scan(Bytes(StoredZip.bytes(archive)), path: "m.pt2")
        for finding in audit.findings { Issue.record("\(finding.part ?? ""): \(finding.text)") }
        #expect(audit.verdict == .safe)
      }
    }
  }

  /// Only a list that can be read in one way makes its weights raw.
  @Test func listsOfWeights() throws {
    /// Refers to copyreg's registry, in an entry that is no pickle to the end.
    let body: [UInt8] = [0x80, 2, 0x82, 5, 0xff]
    let call = Array("cos\nsystem\n(S'echo pwned'\ntR.".utf8)
    func verdict(_ body: [UInt8], _ flag: String, also: [(String, [UInt8])] = []) throws
      -> AuditVerdict
    {
      let entries =
        [
          ("m/archive_format", Array("pt2".utf8)), ("m/data/weights/w", body),
          ("m/data/weights/model_weights_config.json", list(["w"], flag: flag)),
        ] + also
      return try FileScanner.scan(Bytes(StoredZip.bytes(entries)), path: "m.pt2").verdict
    }
    #expect(try verdict(body, "\"use_pickle\" : false") == .safe)
    for flag in [
      "\"use_pickle\": true", "\"use_pickle\": false, \"use_pickle\": true",
      "\"use_pickle\": true, \"use_pickle\": false", "\"is_param\": true",
      "\"use_pickle\": false, \"use\\u005fpickle\": true",
    ] {
      #expect(try verdict(body, flag) != .safe, "\(flag)")
    }
    let other = ("m/data/weights/b_weights_config.json", list(["w"], flag: "\"use_pickle\": true"))
    #expect(try verdict(body, "\"use_pickle\": false", also: [other]) != .safe)
    #expect(try verdict(call, "\"use_pickle\": false") == .dangerous)
  }

  /// The marks of all protocols, before bytes that are no pickle.
  @Test func marksOfPickles() throws {
    for version in UInt8.min...UInt8.max {
      for rest in [[0xff, 1, 2, 3], [0x30, 0x30], [0x58, 0xff, 0xff, 0xff, 0xff], []] as [[UInt8]] {
        #expect(try audit([0x80, version] + rest).verdict == .safe, "\(version)")
      }
    }
  }

  /// What a reader would run is found whatever follows it.
  @Test func picklesAreFound() throws {
    let call = Array("cos\nsystem\n(S'echo pwned'\ntR".utf8)
    for end in [[0x2e], [], [0xff], [0x80, 233]] as [[UInt8]] {
      #expect(try audit([0x80, 2] + call + end).verdict == .dangerous)
      #expect(try audit(call + end).verdict == .dangerous)
    }
    // An import alone, and one whose line has no end, which Python's own unpickler takes.
    #expect(try audit([0x80, 2] + Array("cos\nsystem\n".utf8) + [0xff]).verdict == .dangerous)
    #expect(try audit([0x80, 2] + Array("cevil_module".utf8)).verdict != .safe)
    #expect(try audit([0x80, 2, 0x82, 5, 0xff]).verdict != .safe)
    // What is unpickled because of its name must be a pickle.
    #expect(try audit([0x80, 233, 1, 2], name: "m/data.pkl").verdict != .safe)
    #expect(try audit([0x80, 2, 0xff, 2], name: "m/x.pt").verdict != .safe)
  }

  @Test func scriptsAreFound() throws {
    for line in ["#!/bin/sh\n", "#! /usr/bin/env python\nimport os", "#!/bin/sh", "#!bin/sh -x\n"] {
      #expect(try audit(Array(line.utf8)).verdict == .unknown, "\(line)")
    }
    #expect(try audit(Array("#!".utf8) + [0x2f, 0x01, 0x80, 0x0a]).verdict == .safe)
  }
}

/// SplitMix64: the same numbers in each run.
private struct FixedNumbers: RandomNumberGenerator {
  private var state: UInt64 = 1

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var value = (state ^ state >> 30) &* 0xbf58_476d_1ce4_e5b9
    value = (value ^ value >> 27) &* 0x94d0_49bb_1331_11eb
    return value ^ value >> 31
  }
}
