import OrderedCollections
import PthBackbones
import PthBytes
import PthInitializers
import PthTensors
import Testing

@testable import PthEngines

/// The reference engine against PyTorch in float64.
@Suite struct ReferenceTests {
  private static let tolerance = 1e-12

  @Test func everyKindIsCovered() {
    #expect(NetworkCase.all.count > 30)
    #expect(OperationCase.all.count > 15)
  }

  @Test(arguments: NetworkCase.all) func networksAgree(_ network: NetworkCase) throws {
    try agree(network, network.graph())
  }

  @Test(arguments: OperationCase.all) func operationsAgree(_ operation: OperationCase) throws {
    try agree(operation, operation.graph())
  }

  private func agree(_ truth: some EngineCase, _ graph: ModelGraph) throws {
    let engine = try ReferenceEngine(
      graph: graph, weights: truth.weights(of: graph), threads: 2)
    let outputs = try engine.run(truth.image())
    #expect(Array(outputs.keys) == truth.outputs.map(\.name))
    for output in truth.outputs {
      try output.expectAgreement(
        with: #require(outputs[output.name]), tolerance: Self.tolerance)
    }
  }

  // MARK: Behaviour

  private static let small = NetworkCase.all.first { $0.name == "timm-v1b" }

  @Test func threadsDoNotChangeABit() throws {
    let network = try #require(Self.small)
    let graph = try network.graph()
    func outputs(_ threads: Int) throws -> [[Double]] {
      let engine = try ReferenceEngine(
        graph: graph, weights: network.weights(of: graph), threads: threads)
      return try engine.run(network.image()).tensors.values.map(Truth.elements)
    }
    let alone = try outputs(1)
    #expect(try outputs(2) == alone)
    #expect(try outputs(5) == alone)
  }

  @Test func observersSeeEveryNodeInOrder() throws {
    let network = try #require(Self.small)
    let graph = try network.graph()
    let engine = try ReferenceEngine(graph: graph, weights: network.weights(of: graph))
    let shapes = try graph.shapes(input: network.input)
    var seen: [Node] = []
    _ = try engine.run(network.image()) { node, tensor in
      #expect(tensor.shape == shapes[node.output.id])
      #expect(tensor.dtype == .float64)
      seen.append(node)
    }
    #expect(seen == graph.nodes)
  }

  @Test func anObserverMayStopTheRun() throws {
    struct Stop: Error {}
    let network = try #require(Self.small)
    let graph = try network.graph()
    let engine = try ReferenceEngine(graph: graph, weights: network.weights(of: graph))
    let image = try network.image()
    #expect(throws: Stop.self) { try engine.run(image) { _, _ in throw Stop() } }
  }

  @Test(arguments: [DType.float64, .float16, .bfloat16])
  func weightsMayHaveAnyFloatingType(_ dtype: DType) throws {
    let network = try #require(Self.small)
    let graph = try network.graph()
    var cast = try network.weights(of: graph)
    for (key, tensor) in cast.tensors { cast[key] = try tensor.cast(to: dtype) }
    // The same values in float32 give the same bits.
    var back = cast
    for (key, tensor) in cast.tensors { back[key] = try tensor.cast(to: .float32) }
    let image = try network.image()
    let direct = try ReferenceEngine(graph: graph, weights: cast).run(image)
    let converted = try ReferenceEngine(graph: graph, weights: back).run(image)
    for key in direct.keys {
      #expect(
        try Truth.elements(#require(direct[key])) == Truth.elements(#require(converted[key])))
    }
  }

  @Test func aTransposedInputIsReadByItsStrides() throws {
    let network = try #require(Self.small)
    let graph = try network.graph()
    let engine = try ReferenceEngine(graph: graph, weights: network.weights(of: graph))
    let image = try network.image()
    let turned = try Tensor(
      storage: image.storage, dtype: image.dtype, shape: image.shape,
      strides: [image.strides[0], image.strides[1], image.strides[3], image.strides[2]])
    let buffer = OwnedBuffer(count: 4 * image.elementCount)
    for (index, value) in try Truth.elements(turned).enumerated() {
      buffer.memory.bindMemory(to: Float.self)[index] = Float(value)
    }
    let copied = try Tensor(
      storage: TensorStorage(key: "copy", bytes: Bytes(buffer)), dtype: .float32,
      shape: image.shape)
    let first = try engine.run(turned)
    let second = try engine.run(copied)
    #expect(
      try Truth.elements(#require(first["layer4"])) == Truth.elements(#require(second["layer4"])))
  }

  @Test func nanGoesThroughEveryOperation() throws {
    let graph = try ModelGraph.build("Tiny", inputChannels: 1) { net, x in
      let y = net.relu(net.maxPool2d(x, kernel: 2, stride: 1))
      net.output("layer1", net.add(y, net.sigmoid(net.avgPool2d(y, kernel: 1, stride: 1))))
    }
    let buffer = OwnedBuffer(count: 32)
    let values = buffer.memory.bindMemory(to: Double.self)
    (values[0], values[1], values[2], values[3]) = (1, .nan, 3, -.infinity)
    let image = try Tensor(
      storage: TensorStorage(key: "x", bytes: Bytes(buffer)), dtype: .float64, shape: [1, 1, 2, 2])
    let outputs = try ReferenceEngine(graph: graph, weights: StateDict()).run(image)
    #expect(try Truth.elements(#require(outputs["layer1"]))[0].isNaN)
  }
}
