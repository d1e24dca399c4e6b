import Glibc

/// Operations that look at one element, or at one of each input, at a time.
enum ReferenceElementwise {
  /// `max(x, 0)`; NaN stays NaN.
  static func relu(_ input: Activation, into output: Activation, threads: Int) {
    map(input, into: output, threads: threads) { $0 < 0 ? 0 : $0 }
  }

  /// `1 / (1 + e⁻ˣ)`.
  static func sigmoid(_ input: Activation, into output: Activation, threads: Int) {
    map(input, into: output, threads: threads) { 1 / (1 + exp(-$0)) }
  }

  static func add(
    _ left: Activation, _ right: Activation, into output: Activation, threads: Int
  ) {
    Parallel.forEach(output.planes, threads: threads) { index in
      let (a, b, target) = (left.plane(index), right.plane(index), output.plane(index))
      for pixel in target.indices { target[pixel] = a[pixel] + b[pixel] }
    }
  }

  @inline(__always)
  private static func map(
    _ input: Activation, into output: Activation, threads: Int, _ body: (Double) -> Double
  ) {
    Parallel.forEach(output.planes, threads: threads) { index in
      let (source, target) = (input.plane(index), output.plane(index))
      for pixel in target.indices { target[pixel] = body(source[pixel]) }
    }
  }
}
