/// PyTorch's CPU random number generator: the same seed gives the same numbers.
///
/// `Generator(seed: 0)` has the state after `torch.manual_seed(0)`. Integers, uniforms and float32 normals are
/// bit-identical to PyTorch 2.15's on a processor with AVX2; float64 normals agree as far as the C library's `log`,
/// `cos` and `sin` do. (PyTorch's kernels for older processors differ from those for AVX2 by up to 2.5e-6
/// standard deviations.)
package struct Generator: RandomNumberGenerator, Sendable, Hashable {
  /// The seed that `torch.Generator.initial_seed()` returns.
  package let initialSeed: UInt64
  var engine: MersenneTwister
  /// The unused second value of the last pair of normals for tensors with fewer than 16 elements:
  /// PyTorch's `next_double_normal_sample`, which float32 and float64 tensors share.
  var cachedNormal: Double?

  /// The state after `torch.manual_seed(seed)`, which uses only the low 32 bits.
  package init(seed: UInt64) {
    initialSeed = seed
    engine = MersenneTwister(seed: UInt32(truncatingIfNeeded: seed))
  }

  /// The state after `torch.manual_seed(seed)`, which reads a negative seed as the unsigned number with the same 64
  /// bits.
  package init(seed: Int) { self.init(seed: UInt64(bitPattern: Int64(seed))) }

  /// 32 random bits.
  package mutating func random() -> UInt32 { engine.draw() }

  /// 64 random bits: two draws, the high half first.
  package mutating func random64() -> UInt64 {
    let high = UInt64(engine.draw())
    return high &<< 32 | UInt64(engine.draw())
  }

  package mutating func next() -> UInt64 { random64() }

  /// One element of `torch.randint(range.lowerBound, range.upperBound, …)`: the remainder of 32
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
