/// How much the entries of an archive may inflate to: the archive's own size sets it, so that a small
/// file never takes much memory or time.
struct InflationBudget {
  /// Weights hardly compress, and a storage of zeros compresses a thousand times; real archives stay
  /// far below.
  private static let ratio = 32
  private static let allowance = 64 << 20
  /// A byte of a pickle takes up to 90 bytes of memory when it is parsed, so pickles have a smaller
  /// budget.
  private static let pickleRatio = 2
  private static let largePickleRatio = 8
  private static let pickleAllowance = 1 << 20

  private var remaining: Int
  private var charged: Set<Int> = []

  init(archiveSize: Int) {
    remaining = Self.limit(archiveSize, ratio: Self.ratio, allowance: Self.allowance)
  }

  /// Takes `size` bytes off for the entry at `index`, once.
  ///
  /// - Returns: whether they are still allowed.
  mutating func charge(_ size: Int, for index: Int) -> Bool {
    if charged.contains(index) { return true }
    guard size <= remaining else { return false }
    charged.insert(index)
    remaining -= size
    return true
  }

  /// The longest pickle that is parsed out of a compressed entry.
  static func pickleLimit(archiveSize: Int) -> Int {
    let small = min(archiveSize, 1 << 20)
    return limit(
      archiveSize - small, ratio: largePickleRatio, allowance: pickleAllowance + small * pickleRatio
    )
  }

  private static func limit(_ size: Int, ratio: Int, allowance: Int) -> Int {
    let (share, overflow) = size.multipliedReportingOverflow(by: ratio)
    let (sum, overflowSum) = share.addingReportingOverflow(allowance)
    return overflow || overflowSum ? .max : sum
  }
}
