import Foundation
import PthBytes
import PthPickle
import TestSupport
import Testing

@testable import PthCheckpoints

/// Sparse tensors with right and wrong indices, and what `torch.load(weights_only=True)` makes of them
/// (`Fixtures/generate/sparse.py`).
@Suite struct SparseTests {
  struct File: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let isAccepted: Bool
    let bytes: Bytes
  }

  static let files: [File] = {
    guard let data = try? Fixtures.data("sparse.txt") else { return [] }
    return String(decoding: data, as: UTF8.self).split(separator: "\n").compactMap { line in
      let fields = line.split(separator: " ")
      guard fields.count == 3, let bytes = Data(base64Encoded: String(fields[2])) else {
        return nil
      }
      return File(
        testDescription: String(fields[0]), isAccepted: fields[1] == "accepted",
        bytes: CompressedStream.zlib.unpack(Bytes(bytes), limit: 1 << 16).contents)
    }
  }()

  @Test func filesAreThere() { #expect(Self.files.count > 20) }

  /// What is foretold comes true; of batches nothing is foretold.
  @Test(arguments: files)
  func foretellsWhatPyTorchDoes(_ file: File) throws {
    let audit = try FileScanner.scan(file.bytes, path: "x")
    #expect(audit.verdict == .safe)
    if file.testDescription.hasPrefix("batch") {
      #expect(audit.weightsOnly == .notApplicable)
    } else {
      #expect((audit.weightsOnly == .accepted) == file.isAccepted, "\(audit.weightsOnly)")
      #expect(audit.weightsOnly != .notApplicable)
    }
    let opened = try FileScanner.audit(
      try Checkpoint(file.bytes, path: "x", allowsIndex: false))
    #expect(opened.weightsOnly == audit.weightsOnly)
  }
}
