/// Finds the base width from the widths of blocks.
///
/// A block is `floor(planes · base_width / 64)` wide, so that one block fits a range of base widths
/// and all stages together usually only one.
struct BaseWidthSearch {
  private(set) var possible: ClosedRange<Int>

  /// The base widths that make a block of `planes` channels `width` wide; nil if none does.
  init?(width: Int, planes: Int) {
    let first = (width * 64 + planes - 1) / planes
    let last = ((width + 1) * 64 + planes - 1) / planes - 1
    guard first <= last else { return nil }
    possible = first...last
  }

  /// Leaves those that also fit another block. One that fits none of them was changed since, and
  /// says nothing.
  mutating func narrow(width: Int, planes: Int) {
    guard let other = BaseWidthSearch(width: width, planes: planes),
      possible.overlaps(other.possible)
    else { return }
    possible = possible.clamped(to: other.possible)
  }

  /// A width that was published, if it fits, else the smallest.
  var likeliest: Int { Self.published.first(where: possible.contains) ?? possible.lowerBound }

  /// Of Res2Net, ResNeXt and wide ResNets.
  private static let published = [26, 14, 48, 18, 4, 8, 32, 64, 128]
}
