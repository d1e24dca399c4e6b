/// MT19937's parameters n (words of state) and m (offset in the recurrence).
private let size = 624
private let middle = 397

/// The 32-bit Mersenne Twister MT19937 (Matsumoto and Nishimura, 1998), seeded like PyTorch's CPU generator.
///
/// The state is computed in blocks of 624 words, in loops that the compiler can vectorise.
struct MersenneTwister: Sendable, Hashable {
  private var state: [UInt32]
  /// Index of the next word; `size` if all words of the block are used.
  private var next: Int

  /// - Parameter seed: the low 32 bits of the generator's seed.
  init(seed: UInt32) {
    state = [seed]
    state.reserveCapacity(size)
    var word = seed
    for index in 1..<UInt32(size) {
      word = 1_812_433_253 &* (word ^ (word &>> 30)) &+ index
      state.append(word)
    }
    next = size
  }

  /// The next 32 bits.
  mutating func draw() -> UInt32 {
    if next == size { twist() }
    defer { next += 1 }
    return Self.temper(state[next])
  }

  /// Draws `count` words and calls `body` with the index and the word of each, in order.
  @inline(__always)
  mutating func draw(_ count: Int, _ body: (_ index: Int, _ word: UInt32) -> Void) {
    var done = 0
    while done < count {
      if next == size { twist() }
      let run = min(count - done, size - next)
      state.withUnsafeBufferPointer { state in
        let words = state.baseAddress.unsafelyUnwrapped + next
        for index in 0..<run { body(done &+ index, Self.temper(words[index])) }
      }
      next += run
      done += run
    }
  }

  /// Skips `count` words.
  mutating func skip(_ count: Int) {
    var left = count
    while left > size - next {
      left -= size - next
      twist()
    }
    next += left
  }

  @inline(__always)
  private static func temper(_ word: UInt32) -> UInt32 {
    var word = word
    word ^= word &>> 11
    word ^= (word &<< 7) & 0x9d2c_5680
    word ^= (word &<< 15) & 0xefc6_0000
    word ^= word &>> 18
    return word
  }

  private mutating func twist() {
    state.withUnsafeMutableBufferPointer { buffer in
      let state = buffer.baseAddress.unsafelyUnwrapped
      var index = 0
      while index < size - middle {
        state[index] = state[index &+ middle] ^ Self.mix(state[index], state[index &+ 1])
        index &+= 1
      }
      while index < size - 1 {
        state[index] =
          state[index &+ (middle - size)] ^ Self.mix(state[index], state[index &+ 1])
        index &+= 1
      }
      state[size - 1] = state[middle - 1] ^ Self.mix(state[size - 1], state[0])
    }
    next = 0
  }

  @inline(__always)
  private static func mix(_ upper: UInt32, _ lower: UInt32) -> UInt32 {
    let word = (upper & 0x8000_0000) | (lower & 0x7fff_ffff)
    return (word &>> 1) ^ ((0 &- (lower & 1)) & 0x9908_b0df)
  }
}
