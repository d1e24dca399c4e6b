/// Finds the base width from the widths of blocks.
///
/// A block's inner width is `floor(planes · base_width / 64)` channels, so one block fits a range of base
/// widths; the blocks of all stages together usually fit only one.
struct BaseWidthSearch {
  private(set) var possible: ClosedRange<Int>

  /// The base widths with which a block of `planes` channels is `width` wide; nil if there is none.
  init?(width: Int, planes: Int) {
    let first = (width * 64 + planes - 1) / planes
    let last = ((width + 1) * 64 + planes - 1) / planes - 1
    guard first <= last else { return nil }
    possible = first...last
  }

  /// Keeps the base widths that also fit another block. A block that fits none of them is ignored: it was
  /// probably pruned.
  mutating func narrow(width: Int, planes: Int) {
    guard let other = BaseWidthSearch(width: width, planes: planes),
      possible.overlaps(other.possible)
    else { return }
    possible = possible.clamped(to: other.possible)
  }

  /// A published base width if any fits, else the smallest that fits.
  var likeliest: Int { Self.published.first(where: possible.contains) ?? possible.lowerBound }

  /// The base widths of published Res2Nets, ResNeXts and wide ResNets.
  private static let published = [26, 14, 48, 18, 4, 8, 32, 64, 128]
}
