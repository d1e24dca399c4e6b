/// Maximum values of hyper-parameters: far above those of any real network, and small enough that products
/// do not overflow.
enum Limit {
  static let channels = 1 << 24
  static let window = 1 << 12
}

/// A kernel that slides along one axis.
struct Window {
  var kernel: Int
  var stride: Int
  var padding: Int
  var dilation = 1
  var ceilMode = false

  /// Number of positions of the kernel over `length` elements; nil if it does not fit.
  ///
  /// PyTorch's rule (`pooling_output_shape`): ⌊(length + 2·padding − dilation·(kernel − 1) − 1) /
  /// stride⌋ + 1, or ⌈ ⌉ in ceil mode, in which the last position is dropped if it would start in
  /// the padding behind the end.
  func positions(over length: Int) -> Int? {
    let (reach, reachOverflow) = dilation.multipliedReportingOverflow(by: kernel - 1)
    let (padded, paddedOverflow) = length.addingReportingOverflow(2 &* padding)
    guard !reachOverflow, !paddedOverflow else { return nil }
    // In ceil mode the input may be shorter than the kernel, by less than the stride.
    let span = padded - reach - 1 + (ceilMode ? stride - 1 : 0)
    guard span >= 0 else { return nil }
    let positions = span / stride + 1
    let startsInPadding = ceilMode && (positions - 1) * stride >= length + padding
    return startsInPadding ? positions - 1 : positions
  }
}
