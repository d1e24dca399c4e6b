#if OneDNN
import OrderedCollections
import PthBackbones
import PthBytes
import CPthOneDNN
import PthInitializers
import PthTensors
import Testing

@testable import PthEngines

/// The oneDNN engine against the reference engine.
@Suite struct OneDNNTests {
  private static let tolerance = 1e-5

  @Test(arguments: NetworkCase.all) func networksAgree(_ network: NetworkCase) throws {
    try agree(network.graph(), network, fuses: true)
  }

  @Test(arguments: OperationCase.all) func operationsAgree(_ operation: OperationCase) throws {
    try agree(operation.graph(), operation, fuses: true)
  }

  @Test(arguments: NetworkCase.all) func everyNodeAgreesUnfused(_ network: NetworkCase) throws {
    let graph = try network.graph()
    let seen = try agree(graph, network, fuses: false)
    #expect(seen == graph.nodes)
  }

  /// Compares all outputs, and all values that can be observed.
  @discardableResult
  private func agree(_ graph: ModelGraph, _ truth: some EngineCase, fuses: Bool) throws -> [Node] {
    let weights = try truth.weights(of: graph)
    let image = try truth.image()
    var values: [Value: [Double]] = [:]
    let expected = try ReferenceEngine(graph: graph, weights: weights).run(image) {
      node, tensor in
      values[node.output] = try Truth.elements(tensor)
    }
    var seen: [Node] = []
    let engine = try OneDNNEngine(graph: graph, weights: weights, threads: 2, fuses: fuses)
    let outputs = try engine.run(image) { node, tensor in
      seen.append(node)
      let wanted = try #require(values[node.output])
      #expect(try Self.error(of: tensor, wanted) <= Self.tolerance, "\(node.name)")
    }
    #expect(outputs.keys == expected.keys)
    for (key, output) in outputs.tensors {
      let wanted = try #require(expected[key])
      #expect(output.shape == wanted.shape)
      #expect(output.dtype == .float32)
      #expect(try Self.error(of: output, Truth.elements(wanted)) <= Self.tolerance, "\(key)")
    }
    return seen
  }

  /// Relative L2.
  private static func error(of tensor: Tensor, _ wanted: [Double]) throws -> Double {
    let elements = try Truth.elements(tensor)
    guard elements.count == wanted.count else { return .infinity }
    let difference = zip(elements, wanted).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    let size = wanted.reduce(0) { $0 + $1 * $1 }
    return difference == 0 ? 0 : (difference / size).squareRoot()
  }

  /// Wide enough for Winograd's algorithm, with sizes that fill no tile and no vector.
  private static let wide = NetworkCase(
    name: "wide", backbone: "dict(type='Res2Net', layers=[2, 1, 1, 1], baseWidth=26, scale=4)",
    flavor: "official", seed: 11, input: [2, 3, 113, 75], outputs: [])

  @Test(arguments: [true, false]) func wideNetworksAgree(fuses: Bool) throws {
    try agree(Self.wide.graph(), Self.wide, fuses: fuses)
  }

  @Test(arguments: [128, 256, 512]) func vectorsOfEveryWidthAgree(bits: Int32) throws {
    onednn_limit_vectors(bits)
    defer { onednn_limit_vectors(512) }
    try agree(Self.wide.graph(), Self.wide, fuses: true)
  }

  @Test func manyTilesTakeWinograd() throws {
    let graph = try Self.wide.graph()
    // Making an engine loads the library.
    _ = try OneDNNEngine(graph: graph, weights: Self.wide.weights(of: graph))
    let shapes = try graph.shapes(input: Self.wide.input)
    var cache = ConvolutionCache()
    let staging = OwnedBuffer(count: 4 * (graph.state.map(\.elementCount).max() ?? 0))
    var kernels: [String: String] = [:]
    for node in try graph.fusedNodes(fuses: true) {
      let planned = try cache.convolution(
        of: node, in: graph, shapes: shapes, weights: Self.wide.weights(of: graph),
        staging: staging)
      if let planned {
        kernels[node.first.name] = planned.compiled.kernel
        #expect(planned.isWinograd == planned.compiled.kernel.contains("wino"))
        #expect(!planned.compiled.kernel.hasPrefix("ref"), "\(node.first.name)")
      }
    }
    #expect(kernels["layer1.0.convs.0"] != nil)
    #expect(kernels["layer4.0.convs.0"]?.contains("wino") == false)
  }

  // MARK: Behaviour

  private static let small = NetworkCase.all.first { $0.name == "timm-v1b" }

  @Test func observingChangesNothingAndFusedNodesAreLeftOut() throws {
    let network = try #require(Self.small)
    let graph = try network.graph()
    let engine = try OneDNNEngine(graph: graph, weights: network.weights(of: graph))
    var names: [String] = []
    let observed = try engine.run(network.image()) { node, _ in names.append(node.name) }
    let plain = try engine.run(network.image())
    for (key, tensor) in plain.tensors {
      #expect(try Truth.elements(tensor) == Truth.elements(#require(observed[key])))
    }
    // The convolution computes its batch norm and its ReLU as well.
    #expect(names.contains("layer1.0.relu"))
    #expect(!names.contains("layer1.0.conv1") && !names.contains("layer1.0.bn1"))
  }

  @Test func shapesTakeTurns() throws {
    let network = try #require(Self.small)
    let graph = try network.graph()
    let engine = try OneDNNEngine(graph: graph, weights: network.weights(of: graph))
    func outputs(_ shape: [Int]) throws -> [[Double]] {
      var generator = Generator(seed: 3)
      let image = try Truth.uniforms(shape, &generator) { $0 }
      return try engine.run(image).tensors.values.map(Truth.elements)
    }
    let first = try outputs([1, 3, 32, 48])
    // Needs more memory, which moves what is there.
    let second = try outputs([2, 3, 96, 64])
    #expect(try outputs([1, 3, 32, 48]) == first)
    #expect(try outputs([2, 3, 96, 64]) == second)
  }

  @Test func runsFromSeveralThreadsTakeTurns() async throws {
    let network = try #require(Self.small)
    let graph = try network.graph()
    let engine = try OneDNNEngine(graph: graph, weights: network.weights(of: graph), threads: 2)
    let image = try network.image()
    let expected = try engine.run(image).tensors.values.map(Truth.elements)
    try await withThrowingTaskGroup(of: [[Double]].self) { group in
      for _ in 0..<4 {
        group.addTask { try engine.run(image).tensors.values.map(Truth.elements) }
      }
      for try await outputs in group { #expect(outputs == expected) }
    }
  }

  @Test func anObserverMayStopTheRun() throws {
    struct Stop: Error {}
    let network = try #require(Self.small)
    let graph = try network.graph()
    let engine = try OneDNNEngine(graph: graph, weights: network.weights(of: graph))
    let image = try network.image()
    #expect(throws: Stop.self) { try engine.run(image) { _, _ in throw Stop() } }
  }

  @Test(arguments: [DType.float64, .float16, .bfloat16])
  func weightsMayHaveAnyFloatingType(_ dtype: DType) throws {
    let network = try #require(Self.small)
    let graph = try network.graph()
    var cast = try network.weights(of: graph)
    for (key, tensor) in cast.tensors { cast[key] = try tensor.cast(to: dtype) }
    let image = try network.image()
    let outputs = try OneDNNEngine(graph: graph, weights: cast).run(image)
    let expected = try ReferenceEngine(graph: graph, weights: cast).run(image)
    for (key, output) in outputs.tensors {
      let wanted = try Truth.elements(#require(expected[key]))
      #expect(try Self.error(of: output, wanted) <= Self.tolerance, "\(key)")
    }
  }

  @Test func missingWeightsAndWrongInputsAreRefused() throws {
    let network = try #require(Self.small)
    let graph = try network.graph()
    let weights = try network.weights(of: graph)
    #expect(throws: EngineError.self) { try OneDNNEngine(graph: graph, weights: StateDict()) }
    let engine = try OneDNNEngine(graph: graph, weights: weights)
    var generator = Generator(seed: 3)
    let gray = try Truth.uniforms([1, 1, 64, 64], &generator) { $0 }
    #expect(throws: EngineError.self) { try engine.run(gray) }
  }
}
#endif
