import PthBackbones
import PthBytes
import Foundation
import PthInitializers
import PthTensors
import TestSupport
import Testing

/// A case of `Fixtures/engines`: what PyTorch computed in float64 with weights made by a recipe.
protocol EngineCase: Decodable, Sendable, CustomTestStringConvertible {
  var name: String { get }
  var seed: Int { get }
  var input: [Int] { get }
  var outputs: [OutputTruth] { get }
}

extension EngineCase {
  var testDescription: String { name }

  /// The weights of the generator script's `recipe`, exact in float32.
  func weights(of graph: ModelGraph) throws -> StateDict {
    var generator = Generator(seed: seed)
    var weights = StateDict()
    for entry in graph.state where entry.role != .numBatchesTracked {
      let (center, scale, offset) = Self.recipe(entry)
      weights[entry.name] = try Truth.uniforms(entry.shape, &generator) {
        ($0 - center) * scale + offset
      }
    }
    return weights
  }

  /// A uniform minus `center`, times `scale`, plus `offset`.
  private static func recipe(_ entry: StateEntry) -> (center: Float, scale: Float, offset: Float) {
    switch entry.role {
    case .runningVar: return (0, 1, 0.5)
    case .convBias, .normBias, .linearBias, .runningMean: return (0.5, 0.5, 0)
    case .normWeight: return (0, 0.5, 0.5)
    default:
      var bound = (6 / Double(entry.elementCount / entry.shape[0])).squareRoot()
      if entry.name.contains("conv_offset") { bound /= 4 }
      return (0.5, Float(exp2(1 + log2(bound).rounded(.down))), 0)
    }
  }

  func image() throws -> Tensor {
    var generator = Generator(seed: seed + 1)
    return try Truth.uniforms(input, &generator) { ($0 - 0.5) * 4 }
  }
}

/// A whole network.
struct NetworkCase: EngineCase {
  let name: String
  let backbone: String
  let flavor: String
  let seed: Int
  let input: [Int]
  let outputs: [OutputTruth]

  func graph() throws -> ModelGraph {
    try BackboneRegistry.standard
      .resolve(configuration: backbone, flavor: Flavor(rawValue: flavor)).makeGraph()
  }

  static let all: [NetworkCase] = Truth.cases("networks")
}

/// One operation with settings that no network has.
struct OperationCase: EngineCase {
  struct Settings: Decodable, Sendable {
    let inputs, outputs, groups, channels, deform_groups: Int?
    let kernel, stride, padding, dilation: [Int]?
    let bias, masked, ceil, include, tanh: Bool?
    let lengths: [Int]?
  }
  let name: String
  let operation: String
  let settings: Settings
  let seed: Int
  let input: [Int]
  let outputs: [OutputTruth]

  static let all: [OperationCase] = Truth.cases("operations")

  func graph() throws -> ModelGraph {
    func size(_ pair: [Int]?) -> Size2D { pair.map { Size2D($0[0], $0[1]) } ?? 1 }
    let (kernel, stride) = (size(settings.kernel), size(settings.stride))
    let (padding, dilation) = (size(settings.padding), size(settings.dilation))
    let (inputs, outputs) = (settings.inputs ?? 0, settings.outputs ?? 0)
    return try ModelGraph.build(name, inputChannels: input[1]) { net, x in
      let result: Value
      switch operation {
      case "conv2d":
        result = net.conv2d(
          "layer", in: inputs, out: outputs, kernel: kernel, stride: stride, padding: padding,
          dilation: dilation, groups: settings.groups ?? 1, bias: settings.bias ?? false)(x)
      case "deform":
        result = net.deformConv2d(
          "layer", in: inputs, out: outputs, kernel: kernel, stride: stride, padding: padding,
          dilation: dilation, groups: settings.groups ?? 1,
          deformGroups: settings.deform_groups ?? 1, modulated: settings.masked ?? false)(x)
      case "group_norm":
        result = net.groupNorm(
          "layer", groups: settings.groups ?? 1, channels: settings.channels ?? 0)(x)
      case "batch_norm":
        result = net.batchNorm2d("layer", channels: settings.channels ?? 0)(x)
      case "linear":
        result = net.linear("fc", in: inputs, out: outputs, bias: settings.bias ?? true)(
          net.globalAvgPool(x))
      case "avg_pool":
        result = net.avgPool2d(
          x, kernel: kernel, stride: stride, padding: padding, ceilMode: settings.ceil ?? false,
          countIncludePad: settings.include ?? true)
      case "max_pool":
        result = net.maxPool2d(
          x, kernel: kernel, stride: stride, padding: padding, ceilMode: settings.ceil ?? false)
      case "layer_norm": result = net.layerNorm("layer", shape: settings.lengths ?? [])(x)
      case "pooled_layer_norm":
        result = net.layerNorm("layer", shape: settings.lengths ?? [])(net.globalAvgPool(x))
      case "channel_norm": result = net.layerNorm("layer", channels: settings.channels ?? 0)(x)
      case "gelu": result = net.gelu(x, approximatesWithTanh: settings.tanh ?? false)
      case "squeeze_excitation":
        let reduce = net.conv2d("fc1", in: inputs, out: outputs, kernel: 1, bias: true)
        let expand = net.conv2d("fc2", in: outputs, out: inputs, kernel: 1, bias: true)
        let means = net.globalAvgPool(x, keepsSize: true)
        result = net.multiply(net.sigmoid(expand(net.relu(reduce(means)))), x)
      case "multiply_channel":
        result = net.multiply(x, net.slice(x, start: 1, count: 1))
      case "multiply_parts":
        let (left, right) = (net.slice(x, start: 0, count: 2), net.slice(x, start: 2, count: 2))
        result = net.concat([net.multiply(left, right), net.multiply(right, right)])
      case "relu6": result = net.relu6(x)
      case "same_conv2d":
        result = net.sameConv2d(
          "layer", in: inputs, out: outputs, kernel: kernel, stride: stride,
          groups: settings.groups ?? 1, bias: settings.bias ?? false)(x)
      default: preconditionFailure("no operation is called \(operation)")
      }
      net.output("out", result)
    }
  }
}

/// What PyTorch computed.
struct OutputTruth: Decodable, Sendable {
  let name: String
  let shape: [Int]
  let mean, std, min, max: Double
  /// Scalar product with the uniforms of seed 7.
  let dot: Double
  /// Elements i·n/c for i below c, or all.
  let values: [Double]

  /// Expects the output to agree: the sampled values in relative L2, and the figures over all
  /// elements relative to what rounding at that tolerance may do.
  func expectAgreement(with tensor: Tensor, tolerance: Double) throws {
    #expect(tensor.shape == shape)
    guard tensor.shape == shape else { return }
    let elements = try Truth.elements(tensor)
    let count = elements.count
    let sampled = values.indices.map { elements[$0 * count / values.count] }
    let error = zip(sampled, values).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    let size = values.reduce(0) { $0 + $1 * $1 }
    #expect((error / size).squareRoot() <= tolerance, "\(name)")
    let sum = elements.reduce(0, +)
    #expect(abs(sum / Double(count) - mean) <= tolerance * (abs(mean) + std), "mean of \(name)")
    let squares = elements.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    let deviation = (squares / Double(count - 1)).squareRoot()
    #expect(abs(deviation - std) <= 4 * tolerance * (abs(mean) + std), "std of \(name)")
    let largest = Swift.max(abs(min), abs(max))
    #expect(abs((elements.min() ?? .nan) - min) <= 4 * tolerance * largest, "min of \(name)")
    #expect(abs((elements.max() ?? .nan) - max) <= 4 * tolerance * largest, "max of \(name)")
    var generator = Generator(seed: 7)
    let uniforms = try Truth.elements(Truth.uniforms([count], &generator) { $0 })
    let product = zip(elements, uniforms).reduce(0) { $0 + $1.0 * $1.1 }
    let norm = elements.reduce(0) { $0 + $1 * $1 }.squareRoot() * Double(count).squareRoot()
    #expect(abs(product - dot) <= tolerance * norm, "scalar product of \(name)")
  }
}

private struct CaseFile<Case: Decodable>: Decodable {
  let cases: [Case]
}

enum Truth {
  static func cases<Case: Decodable>(_ name: String) -> [Case] {
    do {
      return try Fixtures.json("engines/\(name).json", as: CaseFile<Case>.self).cases
    } catch {
      Issue.record("cannot read the cases of \(name): \(error)")
      return []
    }
  }

  /// A float32 tensor of the generator's next uniforms, each through `map`.
  static func uniforms(
    _ shape: [Int], _ generator: inout Generator, _ map: (Float) -> Float
  ) throws -> Tensor {
    let count = shape.reduce(1, *)
    let buffer = OwnedBuffer(count: 4 * count)
    let values = buffer.memory.bindMemory(to: Float.self)
    try generator.fillUniform(values)
    for index in values.indices { values[index] = map(values[index]) }
    return try Tensor(
      storage: TensorStorage(key: "uniforms", bytes: Bytes(buffer)), dtype: .float32, shape: shape)
  }

  static func elements(_ tensor: Tensor) throws -> [Double] {
    try [Double](unsafeUninitializedCapacity: tensor.elementCount) { buffer, count in
      try tensor.copyElements(to: buffer)
      count = tensor.elementCount
    }
  }
}
