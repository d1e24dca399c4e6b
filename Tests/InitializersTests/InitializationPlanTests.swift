import OrderedCollections
import PthBackbones
import PthBytes
import PthInitializers
import PthTensors
import Testing

/// A whole model after PyTorch's initialisation loop.
struct ModelCase: Decodable, Sendable, CustomTestStringConvertible {
  let backbone: String
  let flavor: String
  let arguments: BackboneArguments
  let sum: Double
  let convolution: Recorded
  /// One for each parameter, in order.
  let checksums: [String]
  let next: UInt32

  enum CodingKeys: String, CodingKey {
    case backbone, flavor, arguments, sum, checksums, next
    case convolution = "layer1.0.conv1.weight"
  }

  init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    backbone = try values.decode(String.self, forKey: .backbone)
    flavor = try values.decode(String.self, forKey: .flavor)
    let items = try values.decode([String: PlainArgument].self, forKey: .arguments)
    var arguments = BackboneArguments()
    for (name, item) in items.sorted(by: { $0.key < $1.key }) { arguments[name] = item.value }
    self.arguments = arguments
    sum = try values.decode(Double.self, forKey: .sum)
    convolution = try values.decode(Recorded.self, forKey: .convolution)
    checksums = try values.decode([String].self, forKey: .checksums)
    next = try values.decode(UInt32.self, forKey: .next)
  }

  var testDescription: String { "\(backbone), \(flavor), \(arguments)" }

  func graph() throws -> ModelGraph {
    try BackboneRegistry.standard.makeGraph(
      backbone, arguments: arguments, flavor: Flavor(rawValue: flavor))
  }
}

/// An argument's value as JSON has it.
private struct PlainArgument: Decodable {
  let value: ArgumentValue

  init(from decoder: any Decoder) throws {
    if let items = try? [String: PlainArgument](from: decoder) {
      let sorted = items.sorted { $0.key < $1.key }
      value = .dictionary(sorted.map { .init($0.key, $0.value.value) })
    } else if let list = try? [PlainArgument](from: decoder) {
      value = .list(list.map(\.value))
    } else {
      let single = try decoder.singleValueContainer()
      if let boolean = try? single.decode(Bool.self) {
        value = .boolean(boolean)
      } else if let integer = try? single.decode(Int.self) {
        value = .integer(integer)
      } else {
        value = .string(try single.decode(String.self))
      }
    }
  }
}

extension StateDict {
  fileprivate func floats(_ key: String) throws -> [Float] {
    let tensor = try #require(self[key])
    #expect(tensor.dtype == .float32)
    return try tensor.contiguousBytes().withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
  }
}

@Suite struct InitializationPlanTests {
  private static let seed = 2024

  @Test(arguments: try Fixture<ModelCase>.load("models"))
  func wholeModelsAgreeWithPyTorch(_ item: ModelCase) throws {
    let graph = try item.graph()
    var generator = Generator(seed: Self.seed)
    let weights = try InitializationPlan(for: graph).run(with: &generator)
    #expect(Array(weights.keys) == graph.state.map(\.name))
    #expect(weights.tensors.values.map(\.shape) == graph.state.map(\.shape))
    let parameters = graph.state.filter { !$0.isBuffer }
    try #require(parameters.count == item.checksums.count)
    var sum = 0.0
    for (parameter, expected) in zip(parameters, item.checksums) {
      let values = try weights.floats(parameter.name)
      #expect(checksum(values) == expected, "\(parameter.name)")
      sum += values.reduce(0) { $0 + Double($1) }
    }
    #expect(abs(sum - item.sum) < 1e-6)
    let convolution = try weights.floats("layer1.0.conv1.weight").map(Double.init)
    #expect(item.convolution.largestError(of: convolution) <= 1e-7)
    #expect(generator.random() % (1 << 27) == item.next)
  }

  /// Completing a checkpoint draws only what is missing, and gets the same as drawing all.
  @Test func aPartIsThatPartOfTheWhole() throws {
    let graph = try BackboneRegistry.standard.makeGraph("resnet18")
    let plan = InitializationPlan(for: graph)
    var (whole, part) = (Generator(seed: 5), Generator(seed: 5))
    let all = try plan.run(with: &whole)
    let wanted: Set = ["conv1.weight", "layer2.0.conv2.weight", "layer4.1.bn2.running_var"]
    let some = try plan.run(with: &part) { wanted.contains($0.name) }
    #expect(Set(some.keys) == wanted)
    for key in wanted { #expect(try some.floats(key) == all.floats(key)) }
    #expect(whole == part)
    var none = Generator(seed: 5)
    #expect(try plan.run(with: &none) { _ in false }.tensors.isEmpty)
    #expect(none == whole)
  }

  @Test func buffersStartAsPyTorchStartsThem() throws {
    let graph = try BackboneRegistry.standard.makeGraph("resnet18")
    var generator = Generator(seed: 0)
    let weights = try InitializationPlan(for: graph).run(with: &generator)
    #expect(try weights.floats("bn1.running_mean").allSatisfy { $0 == 0 })
    #expect(try weights.floats("bn1.running_var").allSatisfy { $0 == 1 })
    let counter = try #require(weights["bn1.num_batches_tracked"])
    #expect(counter.dtype == .int64)
    #expect(try counter.contiguousBytes().integer(at: 0, as: Int64.self) == 0)
  }

  /// A convolution, a norm and a block, with names of their own.
  private func tiny() throws -> ModelGraph {
    try ModelGraph.build("Tiny", inputChannels: 3) { net, input in
      let conv1 = net.conv2d("conv1", in: 3, out: 8, kernel: 3, bias: true)
      let bn1 = net.batchNorm2d("bn1", channels: 8)
      let head = net.sequential("head", stage: .head)
      let fc = head.linear("0", in: 8, out: 4)
      net.output("logits", fc(net.globalAvgPool(net.relu(bn1(conv1(input))))))
    }
  }

  private func texts(_ plan: InitializationPlan) -> [String: String] {
    Dictionary(
      uniqueKeysWithValues: plan.graph.state.indices.map {
        (plan.graph.state[$0].name, plan.initializer(ofEntryAt: $0).description)
      })
  }

  @Test func everyEntrySaysHowItIsInitialised() throws {
    let texts = try texts(InitializationPlan(for: tiny()))
    #expect(
      texts == [
        "conv1.weight": "kaiming normal, fan_out, relu", "conv1.bias": "constant 0",
        "bn1.weight": "constant 1", "bn1.bias": "constant 0",
        "bn1.running_mean": "constant 0", "bn1.running_var": "constant 1",
        "bn1.num_batches_tracked": "constant 0",
        "head.0.weight": "kaiming uniform, fan_in, leaky_relu, a 2.23606797749979",
        "head.0.bias": "uniform, ±1/√fan_in",
      ])
  }

  @Test func aTrainerOverridesByTypeAndByName() throws {
    let graph = try tiny()
    let rules =
      graph.initialization + [
        InitializationRule(.layers([.linear]), weight: .normal(mean: 0, std: 0.01)),
        InitializationRule(.named("head"), weight: nil, bias: try .bias(forProbability: 0.5)),
        InitializationRule(.named("conv1"), weight: .xavier(.uniform), bias: nil),
      ]
    let plan = InitializationPlan(for: graph, rules: rules)
    let texts = texts(plan)
    #expect(texts["head.0.weight"] == "normal, mean 0, std 0.01")
    #expect(texts["head.0.bias"] == "constant 0")
    #expect(texts["conv1.weight"] == "xavier uniform")
    #expect(texts["conv1.bias"] == "constant 0")

    // What was overwritten has drawn its numbers all the same, as in mmengine.
    var generator = Generator(seed: 1)
    let weights = try plan.run(with: &generator)
    var expected = Generator(seed: 1)
    func draw(_ initializer: Initializer, _ shape: [Int]) throws -> [Float] {
      try [Float](count: shape.reduce(1, *)) {
        try expected.fill($0, with: initializer, weightShape: shape)
      }
    }
    _ = try draw(.kaiming(mode: .fanOut, nonlinearity: .relu, .normal), [8, 3, 3, 3])
    let linear = try draw(.normal(mean: 0, std: 0.01), [4, 8])
    let convolution = try draw(.xavier(.uniform), [8, 3, 3, 3])
    #expect(try weights.floats("head.0.weight") == linear)
    #expect(try weights.floats("conv1.weight") == convolution)
    #expect(generator == expected)
  }

  @Test func aRuleThatCannotApplyIsAnError() throws {
    let graph = try tiny()
    let plan = InitializationPlan(
      for: graph, rules: [InitializationRule(.layers([.batchNorm]), weight: .layerDefault)])
    var generator = Generator(seed: 0)
    #expect(throws: InitializationError.noFan(shape: [8])) { try plan.run(with: &generator) }
  }
}
