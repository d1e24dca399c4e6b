import PthBytes
import PthEngines
import PthImages

/// A column in the tables of `verify`.
package struct VerifyColumn: Sendable {
  package let title: String
  package var needsComparison = false
  package let cell: @Sendable (StageReport) -> String

  package static let all = [
    VerifyColumn(title: "stage") { Format.printable($0.name) },
    VerifyColumn(title: "shape") { $0.shape.map(String.init).joined(separator: "×") },
    VerifyColumn(title: "mean") { figure($0.mean) },
    VerifyColumn(title: "std") { figure($0.std) },
    VerifyColumn(title: "min") { figure($0.min) },
    VerifyColumn(title: "max") { figure($0.max) },
    VerifyColumn(title: "max err", needsComparison: true) { figure($0.comparison?.maxAbsError) },
    VerifyColumn(title: "rel L2", needsComparison: true) { figure($0.comparison?.relativeL2) },
    VerifyColumn(title: "cosine", needsComparison: true) {
      $0.comparison.map { Format.fixed($0.cosine, digits: 5) } ?? "-"
    },
    VerifyColumn(title: "") { stage in
      stage.passes ? (stage.comparison == nil ? "" : "pass") : "FAIL"
    },
  ]

  /// The columns that a table with long names leaves out, in this order; the JSON has them.
  package static let expendable = ["cosine", "std", "min", "max"]

  /// A figure with two or three significant digits: `0.0481`, `1.2e-6`; `-` for nil.
  static func figure(_ value: Double?) -> String {
    guard let value else { return "-" }
    if value.isNaN { return "nan" }
    let magnitude = abs(value)
    if value == 0 || (magnitude >= 0.001 && magnitude < 1000) {
      return Format.significant(value, digits: 3)
    }
    return Format.scientific(value, digits: 1)
      .replacing("e-0", with: "e-").replacing("e+0", with: "e+")
  }
}
