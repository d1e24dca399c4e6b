import PthBytes
import Synchronization

/// How many bytes may be unpacked while one file is scanned, nested archives included. The limit grows with the file's
/// own size, so that no small file takes long.
final class ScanBudget: Sendable {
  private static let ratio = 64
  private static let allowance = 16 << 20

  private let remaining: Lock<Int>
  /// The size of the longest pickle that is parsed out of compressed data.
  let pickleLimit: Int

  init(fileSize: Int) {
    let (share, overflow) = fileSize.multipliedReportingOverflow(by: Self.ratio)
    let (sum, overflowSum) = share.addingReportingOverflow(Self.allowance)
    remaining = Lock(overflow || overflowSum ? .max : sum)
    pickleLimit = InflationBudget.pickleLimit(archiveSize: fileSize)
  }

  /// Takes the size of one part off the budget.
  ///
  /// - Returns: whether the budget sufficed; if not, nothing is left from then on.
  func spend(_ count: Int) -> Bool {
    remaining.withLock { remaining in
      guard count <= remaining else {
        remaining = 0
        return false
      }
      remaining -= count
      return true
    }
  }

  /// The number of bytes left.
  var available: Int { remaining.withLock { $0 } }
}
