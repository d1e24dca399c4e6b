import PthBytes
import PthCheckpoints
import PthPickle

/// The report of `--checksum`.
package struct ChecksumReport {
  package let sha256: String
  /// The hexadecimal digits before the extension of a PyTorch hub file name; nil for other names.
  package let hubHash: String?
  /// The number of zip entries whose CRC was checked; nil for other formats. ``mismatches`` names the wrong ones.
  package let entryCount: Int?
  package let mismatches: [String]

  /// - Parameter progress: Called after each window with its number of bytes.
  package init(_ checkpoint: Checkpoint, progress: (Int) -> Void = { _ in }) throws {
    let crc = try checkpoint.verifyEntries()
    entryCount = crc?.entryCount
    mismatches = crc?.mismatches ?? []
    sha256 = try Self.sha256(of: checkpoint, progress: progress)
    hubHash = Self.hubHash(in: checkpoint.fileName)
  }

  /// The SHA-256 of the file, in hexadecimal digits.
  ///
  /// - Parameter progress: Called after each window with its number of bytes.
  package static func sha256(
    of checkpoint: Checkpoint, progress: (Int) -> Void = { _ in }
  ) throws -> String {
    let hash = try SHA256()
    let window = 1 << 22
    var position = 0
    while position < checkpoint.byteCount {
      let slice = try checkpoint.bytes.slice(
        at: position, count: min(window, checkpoint.byteCount - position))
      hash.update(slice)
      position += slice.count
      progress(slice.count)
    }
    return hash.finish()
  }

  package var hubMatches: Bool? { hubHash.map { sha256.hasPrefix($0) } }

  /// The hash in a name of PyTorch hub's form `name-HASH.ext`: 8 to 64 hexadecimal digits, the start of the SHA-256.
  package static func hubHash(in name: String) -> String? {
    guard let match = name.firstMatch(of: /-([0-9a-f]{8,64})\.[^.]*$/) else { return nil }
    return String(match.1)
  }
}
