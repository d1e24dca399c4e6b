import Bytes

/// All the bytes of a file in their order, those of tensors still in the tensors: what every
/// format's writer makes, and what ``LayoutWriter`` writes.
struct FileLayout: Sendable {
  /// Data with what stands before and behind it.
  struct Record: Sendable {
    var head: [UInt8] = []
    var data: [OutputData] = []
    /// What follows the data, by their CRC-32; nil if nothing does and no CRC is wanted.
    var tail: Tail?

    var byteCount: Int { head.count + data.byteCount + (tail?.count ?? 0) }
  }

  struct Tail: Sendable {
    let count: Int
    let bytes: @Sendable (UInt32) -> [UInt8]
  }

  var records: [Record] = []
  /// What ends the file, by the CRC-32 of all records; its length does not depend on them.
  var closing: @Sendable ([UInt32]) -> [UInt8] = { _ in [] }

  var byteCount: Int {
    records.reduce(0) { $0 + $1.byteCount }
      + closing([UInt32](repeating: 0, count: records.count)).count
  }
}
