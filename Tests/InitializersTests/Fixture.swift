import PthBackbones
import Foundation
import PthInitializers
import TestSupport

/// A file of Fixtures/initializers.
struct Fixture<Case: Decodable>: Decodable {
  let cases: [Case]

  static func load(_ name: String) throws -> [Case] {
    try Fixtures.json("initializers/\(name).json", as: Fixture.self).cases
  }
}

/// Values that PyTorch made: a few of them, and a checksum of all.
struct Recorded: Decodable {
  let checksum: String
  let at: [Int]
  let values: [Double]

  /// The largest difference at the recorded places.
  func largestError(of values: [Double]) -> Double {
    zip(at, self.values).map { abs(values[$0] - $1) }.max() ?? 0
  }
}

/// Σ word[i] · (2i + 1) modulo 2⁶⁴ over the bit patterns.
func checksum(_ words: some Sequence<UInt64>) -> String {
  var sum: UInt64 = 0
  var weight: UInt64 = 1
  for word in words {
    sum &+= word &* weight
    weight &+= 2
  }
  let digits = String(sum, radix: 16)
  return String(repeating: "0", count: 16 - digits.count) + digits
}

func checksum(_ values: [Float]) -> String { checksum(values.lazy.map { UInt64($0.bitPattern) }) }
func checksum(_ values: [Double]) -> String { checksum(values.lazy.map(\.bitPattern)) }
func checksum(_ values: [Int64]) -> String { checksum(values.lazy.map { UInt64(bitPattern: $0) }) }

extension Array where Element: FloatingPoint {
  /// An array that `fill` writes.
  init(count: Int, fill: (UnsafeMutableBufferPointer<Element>) throws -> Void) rethrows {
    self = Array(repeating: 0, count: count)
    try withUnsafeMutableBufferPointer { try fill($0) }
  }
}
