import PthBytes

/// All bytes of a file in order, where a tensor's bytes are still in the tensor.
///
/// The writer of each format makes a layout, and ``LayoutWriter`` writes the layout to a file.
package struct FileLayout: Sendable {
  /// Data with the bytes before and after it.
  package struct Record: Sendable {
    var head: [UInt8]
    var data: [OutputData]
    /// The bytes after the data, made from the data's CRC-32; nil if there are none.
    var tail: Tail?

    package init(head: [UInt8] = [], data: [OutputData] = [], tail: Tail? = nil) {
      self.head = head
      self.data = data
      self.tail = tail
    }

    package var byteCount: Int { head.count + data.byteCount + (tail?.count ?? 0) }
  }

  /// Bytes of known length that depend on the CRC-32 of the data before them.
  package struct Tail: Sendable {
    let count: Int
    let bytes: @Sendable (UInt32) -> [UInt8]

    package init(count: Int, bytes: @escaping @Sendable (UInt32) -> [UInt8]) {
      self.count = count
      self.bytes = bytes
    }
  }

  let records: [Record]
  /// The end of the file, made from the CRC-32 of all records; the length must not depend on them.
  let closing: @Sendable ([UInt32]) -> [UInt8]
  package let byteCount: Int

  package init(
    records: [Record] = [], closing: @escaping @Sendable ([UInt32]) -> [UInt8] = { _ in [] }
  ) {
    self.records = records
    self.closing = closing
    byteCount =
      records.reduce(0) { $0 + $1.byteCount }
      + closing([UInt32](repeating: 0, count: records.count)).count
  }
}
