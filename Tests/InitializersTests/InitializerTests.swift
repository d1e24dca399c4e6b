import PthBackbones
import PthInitializers
import Testing

/// A function of `torch.nn.init` with its arguments, and what it made.
struct InitializerCase: Decodable, Sendable {
  struct Arguments: Decodable, Sendable {
    let a: Double?
    let b: Double?
    let mode: String?
    let nonlinearity: String?
    let gain: Double?
    let mean: Double?
    let std: Double?
    let val: Double?
  }

  let name: String
  let arguments: Arguments
  let shape: [Int]
  let next: UInt32
  let recorded: Recorded

  enum CodingKeys: CodingKey { case name, arguments, shape, next }

  init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    name = try values.decode(String.self, forKey: .name)
    arguments = try values.decode(Arguments.self, forKey: .arguments)
    shape = try values.decode([Int].self, forKey: .shape)
    next = try values.decode(UInt32.self, forKey: .next)
    recorded = try Recorded(from: decoder)
  }

  /// The same as data, with PyTorch's defaults for what is not given.
  func initializer() throws -> Initializer {
    let (a, b) = (arguments.a, arguments.b)
    switch name {
    case "constant_": return .constant(try #require(arguments.val))
    case "uniform_": return .uniform(from: a ?? 0, to: b ?? 1)
    case "normal_": return .normal(mean: arguments.mean ?? 0, std: arguments.std ?? 1)
    case "trunc_normal_":
      return .truncNormal(
        mean: arguments.mean ?? 0, std: arguments.std ?? 1, from: a ?? -2, to: b ?? 2)
    case "xavier_normal_": return .xavier(gain: arguments.gain ?? 1, .normal)
    case "xavier_uniform_": return .xavier(gain: arguments.gain ?? 1, .uniform)
    default:
      let mode = try #require(FanMode(rawValue: arguments.mode ?? "fan_in"))
      let nonlinearity = try #require(
        Nonlinearity(rawValue: arguments.nonlinearity ?? "leaky_relu"))
      return .kaiming(
        a: a ?? 0, mode: mode, nonlinearity: nonlinearity,
        name == "kaiming_normal_" ? .normal : .uniform)
    }
  }
}

struct BiasCase: Decodable, Sendable {
  let probability: Double
  let bias: Double
}

@Suite struct InitializerTests {
  @Test func valuesAgreeWithPyTorch() throws {
    let cases = try Fixture<InitializerCase>.load("initializers")
    #expect(Set(cases.map(\.name)).count == 8)
    for item in cases {
      let initializer = try item.initializer()
      #expect(initializer.name == item.name)
      var generator = Generator(seed: 11)
      let values = try [Float](count: item.shape.reduce(1, *)) {
        try generator.fill($0, with: initializer, weightShape: item.shape)
      }
      let place = Comment("\(initializer), \(item.shape)")
      #expect(checksum(values) == item.recorded.checksum, place)
      #expect(item.recorded.largestError(of: values.map(Double.init)) <= 1e-6, place)
      #expect(generator.random() % (1 << 27) == item.next, place)
    }
  }

  @Test func biasFromProbabilityAgreesWithMMEngine() throws {
    let cases = try Fixture<BiasCase>.load("bias_prob")
    for item in cases {
      guard case .constant(let bias) = try Initializer.bias(forProbability: item.probability)
      else {
        Issue.record("a bias is a constant")
        continue
      }
      #expect(abs(bias - item.bias) <= 1e-15)
    }
    for impossible in [0, 1, -0.5, .nan] {
      #expect(throws: InitializationError.self) {
        try Initializer.bias(forProbability: impossible)
      }
    }
  }

  @Test(arguments: [
    (
      Initializer.kaiming(mode: .fanOut, nonlinearity: .relu, .normal),
      "kaiming normal, fan_out, relu"
    ),
    (.layerDefault, "kaiming uniform, fan_in, leaky_relu, a 2.23606797749979"),
    (.caffe2Xavier, "kaiming uniform, fan_in, leaky_relu, a 1"),
    (.constant(1), "constant 1"),
    (.constant(-4.5), "constant -4.5"),
    (.xavier(.uniform), "xavier uniform"),
    (.xavier(gain: 2, .normal), "xavier normal, gain 2"),
    (.normal(mean: 0, std: 0.01), "normal, mean 0, std 0.01"),
    (.uniform(from: -1, to: 0.5), "uniform, -1 to 0.5"),
    (
      .truncNormal(mean: 0, std: 0.02, from: -2, to: 2),
      "truncated normal, mean 0, std 0.02, -2 to 2"
    ),
    (.fanInUniform, "uniform, ±1/√fan_in"),
  ])
  func initializersDescribeThemselves(_ initializer: Initializer, _ text: String) {
    #expect(initializer.description == text)
  }

  @Test func impossibleInitializersAreRefused() {
    var generator = Generator(seed: 0)
    func fill(_ initializer: Initializer, shape: [Int]) throws -> [Float] {
      try [Float](count: shape.reduce(1, *)) {
        try generator.fill($0, with: initializer, weightShape: shape)
      }
    }
    #expect(throws: InitializationError.noFan(shape: [8])) { try fill(.layerDefault, shape: [8]) }
    #expect(throws: InitializationError.noFan(shape: [8])) { try fill(.fanInUniform, shape: [8]) }
    #expect(throws: InitializationError.truncatedTooFar(mean: 0, std: 1, from: 3, to: 4)) {
      try fill(.truncNormal(mean: 0, std: 1, from: 3, to: 4), shape: [8, 8])
    }
    #expect(throws: InitializationError.invalidStandardDeviation(0)) {
      try fill(.truncNormal(mean: 0, std: 0, from: -1, to: 1), shape: [8, 8])
    }
    #expect(throws: InitializationError.invalidStandardDeviation(-2)) {
      try fill(.normal(mean: 0, std: -2), shape: [8, 8])
    }
  }
}
