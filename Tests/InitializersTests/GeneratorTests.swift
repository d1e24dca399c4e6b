import CPthBoxMuller
import PthInitializers
import Testing

/// Calls on one generator and what they gave in PyTorch.
struct GeneratorCase: Decodable, Sendable {
  struct Step: Decodable, Sendable {
    let kind: String
    let dtype: String
    let size: Int
    let mean: Double?
    let std: Double?
    /// Bounds of a uniform, or of integers, too large for a Double.
    let from: Bound?
    let to: Bound?
    let recorded: Recorded

    enum CodingKeys: CodingKey { case kind, dtype, size, mean, std, from, to }

    init(from decoder: any Decoder) throws {
      let values = try decoder.container(keyedBy: CodingKeys.self)
      kind = try values.decode(String.self, forKey: .kind)
      dtype = try values.decode(String.self, forKey: .dtype)
      size = try values.decode(Int.self, forKey: .size)
      mean = try values.decodeIfPresent(Double.self, forKey: .mean)
      std = try values.decodeIfPresent(Double.self, forKey: .std)
      from = try values.decodeIfPresent(Bound.self, forKey: .from)
      to = try values.decodeIfPresent(Bound.self, forKey: .to)
      recorded = try Recorded(from: decoder)
    }
  }

  struct Bound: Decodable, Sendable {
    let number: Double
    let integer: Int64?

    init(from decoder: any Decoder) throws {
      let value = try decoder.singleValueContainer()
      number = try value.decode(Double.self)
      integer = try? value.decode(Int64.self)
    }
  }

  let seed: String
  let initialSeed: String
  let steps: [Step]
  let next: UInt32

  enum CodingKeys: String, CodingKey {
    case seed, steps, next
    case initialSeed = "initial_seed"
  }
}

@Suite struct GeneratorTests {
  /// A generator seeded with a number that may need 64 bits, or a sign.
  private func generator(seed: String) throws -> Generator {
    if let seed = Int(seed) { return Generator(seed: seed) }
    return Generator(seed: try #require(UInt64(seed)))
  }

  @Test func sequencesOfCallsAgreeWithPyTorch() throws {
    let cases = try Fixture<GeneratorCase>.load("generator")
    #expect(cases.count > 50)
    for item in cases {
      var generator = try generator(seed: item.seed)
      #expect(String(generator.initialSeed) == item.initialSeed)
      for (index, step) in item.steps.enumerated() {
        let place = Comment("seed \(item.seed), step \(index): \(step.kind) \(step.size)")
        switch (step.kind, step.dtype) {
        case ("normal", "float32"):
          let (mean, std) = (try #require(step.mean), try #require(step.std))
          let values = try [Float](count: step.size) {
            try generator.fillNormal($0, mean: mean, std: std)
          }
          #expect(checksum(values) == step.recorded.checksum, place)
          #expect(step.recorded.largestError(of: values.map(Double.init)) <= 1e-6 * std, place)
        case ("normal", "float64"):
          let (mean, std) = (try #require(step.mean), try #require(step.std))
          let values = try [Double](count: step.size) {
            try generator.fillNormal($0, mean: mean, std: std)
          }
          let scale = abs(mean) + std
          #expect(step.recorded.largestError(of: values) <= 1e-14 * scale, place)
        case ("uniform", "float32"):
          let (from, to) = (try #require(step.from), try #require(step.to))
          let values = try [Float](count: step.size) {
            try generator.fillUniform($0, from: Float(from.number), to: Float(to.number))
          }
          #expect(checksum(values) == step.recorded.checksum, place)
        case ("uniform", "float64"):
          let (from, to) = (try #require(step.from), try #require(step.to))
          let values = try [Double](count: step.size) {
            try generator.fillUniform($0, from: from.number, to: to.number)
          }
          #expect(checksum(values) == step.recorded.checksum, place)
        case ("randint", _):
          let from = try #require(step.from?.integer)
          let to = try #require(step.to?.integer)
          let values = (0..<step.size).map { _ in generator.randint(from..<to) }
          #expect(checksum(values) == step.recorded.checksum, place)
        default: Issue.record("no such step: \(step.kind) \(step.dtype)")
        }
      }
      #expect(generator.random() % (1 << 27) == item.next, "seed \(item.seed)")
    }
  }

  /// The two kernels agree for all 2²⁴ uniforms in both places: PyTorch draws no others.
  @Test func portableKernelEqualsTheVectorKernelForEveryUniform() {
    let count = 1 << 24
    let uniforms = [Float](count: 2 * count) { values in
      for number in 0..<count {
        let uniform = Float(number) * 0x1p-24
        // First halves hold all numbers upwards, second halves all downwards.
        let place = number / 8 * 16 + number % 8
        values[place] = uniform
        values[values.count - 1 - place] = uniform
      }
    }
    var vector = uniforms
    var portable = uniforms
    box_muller_fill(&vector, count / 8, 0, 1)
    box_muller_fill_portable(&portable, count / 8, 0, 1)
    #expect(vector == portable)
    #expect(vector.allSatisfy { $0.isFinite && abs($0) < 6 })
    #expect(vector != uniforms)
  }

  @Test func seedsDifferOnlyInTheirLow32Bits() {
    var (small, large) = (Generator(seed: 3), Generator(seed: UInt64(3) | 1 << 40))
    #expect(small.initialSeed != large.initialSeed)
    #expect((0..<700).map { _ in small.random() } == (0..<700).map { _ in large.random() })
  }

  @Test func aCopyGoesOnIndependently() {
    var first = Generator(seed: 9)
    var second = first
    #expect(first.next() == second.next())
    _ = first.random()
    #expect(first != second)
  }

  @Test func impossibleParametersAreRefused() {
    var generator = Generator(seed: 0)
    let untouched = generator
    #expect(throws: InitializationError.invalidStandardDeviation(-1)) {
      _ = try [Float](count: 20) { try generator.fillNormal($0, std: -1) }
    }
    #expect(throws: InitializationError.invalidStandardDeviation(-1)) {
      _ = try [Double](count: 2) { try generator.fillNormal($0, std: -1) }
    }
    #expect(throws: InitializationError.invalidBounds(from: 1, to: 0)) {
      _ = try [Float](count: 2) { try generator.fillUniform($0, from: 1, to: 0) }
    }
    #expect(throws: InitializationError.invalidBounds(from: 0, to: .infinity)) {
      _ = try [Double](count: 2) { try generator.fillUniform($0, from: 0, to: .infinity) }
    }
    #expect(throws: InitializationError.self) {
      _ = try [Float](count: 2) { try generator.fillUniform($0, from: .nan, to: 1) }
    }
    #expect(generator == untouched)
  }
}
