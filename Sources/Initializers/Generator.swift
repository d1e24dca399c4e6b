/// PyTorch's CPU random number generator: the same seed gives the same numbers.
///
/// `Generator(seed: 0)` stands where `torch.manual_seed(0)` has just run. Integers, uniforms and
/// float32 normals agree with PyTorch 2.15 on a processor with AVX2 bit for bit; float64 normals as
/// far as the C library's `log`, `cos` and `sin` do. (PyTorch's own kernels for older processors
/// differ from those by up to 2.5e-6 standard deviations.)
package struct Generator: RandomNumberGenerator, Sendable, Hashable {
  /// The seed that `torch.Generator.initial_seed()` returns.
  package let initialSeed: UInt64
  var engine: MersenneTwister
  /// The second value of the last pair that the path for fewer than 16 normals made:
  /// `next_double_normal_sample` in PyTorch, used by float32 and float64 alike.
  var cachedNormal: Double?

  /// As after `torch.manual_seed(seed)`. Only the low 32 bits count.
  package init(seed: UInt64) {
    initialSeed = seed
    engine = MersenneTwister(seed: UInt32(truncatingIfNeeded: seed))
  }

  /// As after `torch.manual_seed(seed)`, which takes a negative seed as the unsigned number with
  /// the same 64 bits.
  package init(seed: Int) { self.init(seed: UInt64(bitPattern: Int64(seed))) }

  /// 32 random bits.
  package mutating func random() -> UInt32 { engine.draw() }

  /// 64 random bits: two draws, the high half first.
  package mutating func random64() -> UInt64 {
    let high = UInt64(engine.draw())
    return high &<< 32 | UInt64(engine.draw())
  }

  package mutating func next() -> UInt64 { random64() }

  /// One element of `torch.randint(range.lowerBound, range.upperBound, …)`: a remainder of 32
  /// random bits, or of 64 if the range has 2²⁸ members or more.
  ///
  /// - Precondition: `range` is not empty.
  package mutating func randint(_ range: Range<Int64>) -> Int64 {
    precondition(!range.isEmpty, "there is no integer in an empty range")
    let count = UInt64(bitPattern: range.upperBound &- range.lowerBound)
    let bits = count >= 1 << 28 ? random64() : UInt64(random())
    return range.lowerBound &+ Int64(truncatingIfNeeded: bits % count)
  }
}
