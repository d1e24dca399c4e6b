/// How much the entries of an archive may inflate to in total. The limit grows with the archive's own size, so that a
/// small file never takes much memory or time.
struct InflationBudget {
  /// Trained weights hardly compress, and only storages of zeros compress 1000:1; real archives stay far below this
  /// ratio.
  private static let ratio = 32
  private static let allowance = 64 << 20
  /// A pickle byte takes up to 90 bytes of memory when parsed, so pickles have a smaller budget.
  private static let pickleRatio = 2
  private static let largePickleRatio = 8
  private static let pickleAllowance = 1 << 20

  private var remaining: Int
  private var charged: Set<Int> = []

  init(archiveSize: Int) {
    remaining = Self.limit(archiveSize, ratio: Self.ratio, allowance: Self.allowance)
  }

  /// Charges `size` bytes for the entry at `index`, once per entry.
  ///
  /// - Returns: whether the budget allows them.
  mutating func charge(_ size: Int, for index: Int) -> Bool {
    if charged.contains(index) { return true }
    guard size <= remaining else { return false }
    charged.insert(index)
    remaining -= size
    return true
  }

  /// The size of the longest compressed pickle that is parsed.
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
