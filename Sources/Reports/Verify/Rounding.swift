import PthKeyMapping
import PthTensors

/// What a checkpoint's own precision leaves of the original's outputs.
enum Rounding {
  /// Without rounding: float32 arithmetic in another order.
  private static let plain = 1e-4

  /// The relative error of one rounding (2⁻¹¹ and 2⁻⁸), coarsest first.
  private static let units: [(dtype: DType, unit: Double)] = [
    (.bfloat16, 3.9e-3), (.float16, 4.9e-4),
  ]

  /// A network of rounded weights adds up as many errors as it has layers, which cancel in part:
  /// residual networks of 18 to 152 layers stay below four units.
  private static let growth = 4.0

  /// The coarsest type that the file's weights or the original's outputs are saved in; nil if none
  /// is half precision.
  static func coarsest(of report: LoadReport, and expected: StateDict?) -> DType? {
    let types = Set(
      report.loaded.compactMap(\.convertedFrom)
        + (expected?.tensors.values.map(\.dtype.rawValue) ?? []))
    return units.first { types.contains($0.dtype.rawValue) }?.dtype
  }

  static func tolerance(for dtype: DType?) -> Double {
    units.first { $0.dtype == dtype }.map { $0.unit * growth } ?? plain
  }
}
