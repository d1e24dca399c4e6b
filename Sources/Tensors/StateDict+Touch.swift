import OrderedCollections
import PthBytes

extension StateDict {
  /// Brings the pages of small tensors into the process while another thread computes: each lies on
  /// pages of its own, and the first touch of a page takes longer than the look at its values.
  ///
  /// - Parameter limit: In bytes; larger tensors are left alone, and what has to be inflated first.
  package func touchSmallTensors(limit: Int = 1 << 14) {
    let page = 4096
    var sum: UInt8 = 0
    for tensor in tensors.values where tensor.storage.byteCount <= limit {
      tensor.storage.bytesAtHand?.withUnsafeBytes { bytes in
        for offset in stride(from: 0, to: bytes.count, by: page) { sum &+= bytes[offset] }
      }
    }
    // Without a use of the sum the compiler would take the loop away.
    withExtendedLifetime(sum) {}
  }
}
