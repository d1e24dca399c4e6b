import PthBytes
import Synchronization

/// How much may be unpacked of one file while it is scanned, archives in archives included. The
/// file's own size sets it: no small file takes long.
final class ScanBudget: Sendable {
  private static let ratio = 64
  private static let allowance = 16 << 20

  private let remaining: Lock<Int>
  /// The longest pickle that is parsed out of something compressed.
  let pickleLimit: Int

  init(fileSize: Int) {
    let (share, overflow) = fileSize.multipliedReportingOverflow(by: Self.ratio)
    let (sum, overflowSum) = share.addingReportingOverflow(Self.allowance)
    remaining = Lock(overflow || overflowSum ? .max : sum)
    pickleLimit = InflationBudget.pickleLimit(archiveSize: fileSize)
  }

  /// Takes off what one part holds.
  ///
  /// - Returns: whether there was as much left; if not, nothing is from now on.
  func spend(_ count: Int) -> Bool {
    remaining.withLock { remaining in
      guard count <= remaining else {
        remaining = 0
        return false
      }
      // A part costs something even if it is empty.
      remaining -= count
      return true
    }
  }

  /// How many bytes are left.
  var available: Int { remaining.withLock { $0 } }
}
