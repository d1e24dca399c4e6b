import PthBackbones
import PthPickle
import PthTensors

/// Chooses one notation for all elements of a tensor by the rules of `torch._tensor_str._Formatter`: whole
/// numbers with a trailing point if all are whole, scientific notation if the magnitudes are far apart.
package struct NumberFormatter {
  package let precision: Int
  private(set) var width = 1
  private var isWhole = true
  private var isScientific = false

  package init(precision: Int) { self.precision = precision }

  package mutating func fit(_ values: [ElementValue]) {
    let numbers = values.compactMap { value -> Double? in
      switch value {
      case .real(let number), .complex(let number, _): number
      default: nil
      }
    }.filter { $0.isFinite && $0 != 0 }
    let finite = numbers.map(\.magnitude)
    isWhole = finite.allSatisfy { $0 == $0.rounded(.up) }
    if let largest = finite.max(), let smallest = finite.min() {
      let ratio = largest / smallest
      isScientific = ratio > 1000 || largest > 1e8 || (!isWhole && smallest < 1e-4)
    }
    // Zeros, NaN and infinities do not widen a column of real numbers.
    let isReal = values.contains { value in
      switch value {
      case .real, .complex: true
      default: false
      }
    }
    let texts = isReal ? numbers.map(real) : values.map(plain)
    width = texts.map(\.count).max() ?? 1
  }

  package func text(_ value: ElementValue) -> String {
    Format.column(plain(value), width, right: true)
  }

  private func plain(_ value: ElementValue) -> String {
    switch value {
    case .bool(let flag): flag ? "True" : "False"
    case .int(let number): "\(number)"
    case .unsigned(let number): "\(number)"
    case .real(let number), .complex(let number, _): real(number)
    }
  }

  private func real(_ number: Double) -> String {
    if number.isNaN { return "nan" }
    if number.isInfinite { return number < 0 ? "-inf" : "inf" }
    if isScientific { return Format.scientific(number, digits: precision) }
    return isWhole ? Format.fixed(number, digits: 0) + "." : Format.fixed(number, digits: precision)
  }
}
