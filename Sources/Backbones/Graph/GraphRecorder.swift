/// Collects the modules and nodes that the builders declare, and makes a ``ModelGraph`` of them.
final class GraphRecorder {
  struct Module {
    let path: String
    let kind: ModuleKind
    let stage: Stage
    let parent: Int?
    let parameters: [ParameterDeclaration]
    let requiresGrad: Bool
    var children: [Int] = []
  }

  struct PendingNode {
    let name: String
    let operation: any GraphOperation
    let inputs: [Value]
    let shape: Shape
    let module: Int
    let readsState: Bool
    let stage: Stage
  }

  let backbone: String
  let inputChannels: Int
  private(set) var modules: [Module]
  private(set) var nodes: [PendingNode] = []
  private(set) var outputs: [GraphOutput] = []
  var frozenStages: Set<Stage> = []
  private var paths: Set<String> = [""]
  /// How often each node name was requested, so that repeated names get a number (`relu#1`).
  private var nodeNames: [String: Int] = [:]
  private var failure: BackboneError?

  init(backbone: String, inputChannels: Int) {
    self.backbone = backbone
    self.inputChannels = inputChannels
    modules = [
      Module(
        path: "", kind: .root(backbone), stage: .stem, parent: nil, parameters: [],
        requiresGrad: true)
    ]
  }

  /// Keeps the error if it is the first.
  func fail(at place: String, _ reason: String) {
    if failure == nil { failure = .invalidGraph(node: place, reason: reason) }
  }

  func register(
    _ name: String, _ kind: ModuleKind, in parent: Int, stage: Stage,
    parameters: [ParameterDeclaration], requiresGrad: Bool
  ) -> Int {
    let path = joined(modules[parent].path, name)
    if name.isEmpty || name.contains(".") || !paths.insert(path).inserted {
      fail(at: path, "a module's name must be unique, not empty and without dots")
    }
    for parameter in parameters where Self.elementCount(parameter.shape) == nil {
      fail(at: path, "a parameter of shape \(parameter.shape) is too large")
    }
    let index = modules.count
    modules.append(
      Module(
        path: path, kind: kind, stage: stage, parent: parent, parameters: parameters,
        requiresGrad: requiresGrad))
    modules[parent].children.append(index)
    return index
  }

  func record(
    _ operation: some GraphOperation, _ inputs: [Value], name: String, module: Int,
    readsState: Bool,
    stage: Stage
  ) -> Value {
    let uses = nodeNames[name, default: 0]
    nodeNames[name] = uses + 1
    let unique = uses == 0 ? name : "\(name)#\(uses)"
    var shape = Shape([])
    // After the first error shapes are unknown, and only that error is reported.
    if failure == nil {
      do {
        shape = try operation.outputShape(of: inputs.map(shape(of:)))
      } catch {
        fail(at: unique, error.reason)
      }
    }
    nodes.append(
      PendingNode(
        name: unique, operation: operation, inputs: inputs, shape: shape, module: module,
        readsState: readsState, stage: stage))
    return Value(id: nodes.count)
  }

  func output(_ name: String, _ value: Value) {
    if outputs.contains(where: { $0.name == name }) {
      fail(at: name, "an output's name must be unique")
    }
    outputs.append(GraphOutput(name: name, value: value))
  }

  private func shape(of value: Value) -> Shape {
    value.producer.map { nodes[$0].shape } ?? .input(channels: inputChannels)
  }

  private static func elementCount(_ shape: [Int]) -> Int? {
    var count = 1
    for length in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: length)
      if overflow { return nil }
      count = product
    }
    return count
  }

  /// The modules and their state in PyTorch's order: a module's own parameters, its own buffers,
  /// then its children as registered.
  func finish() throws(BackboneError) -> ModelGraph {
    if outputs.isEmpty { fail(at: backbone, "nothing is returned; call output(_:_:)") }
    if let failure { throw failure }
    var ordered: [GraphModule] = []
    var state: [StateEntry] = []
    var position = [Int](repeating: 0, count: modules.count)
    var pending = [0]
    while let index = pending.popLast() {
      let module = modules[index]
      position[index] = ordered.count
      let start = state.count
      for parameter in module.parameters {
        state.append(
          StateEntry(
            name: joined(module.path, parameter.attribute), declaration: parameter,
            module: ordered.count, stage: module.stage,
            isFrozen: frozenStages.contains(module.stage)
              || (!module.requiresGrad && !parameter.isBuffer)))
      }
      ordered.append(
        GraphModule(
          path: module.path, kind: module.kind, stage: module.stage,
          parent: module.parent.map { position[$0] }, state: start..<state.count))
      pending.append(contentsOf: module.children.reversed())
    }
    let finished = nodes.enumerated().map { index, node in
      let module = ordered[position[node.module]]
      return Node(
        name: node.name, operation: node.operation, inputs: node.inputs,
        output: Value(id: index + 1), shape: node.shape, module: position[node.module],
        state: node.readsState ? module.state : module.state.lowerBound..<module.state.lowerBound,
        stage: node.stage)
    }
    let index = Dictionary(
      state.enumerated().map { ($0.element.name, $0.offset) },
      uniquingKeysWith: { first, _ in first })
    return ModelGraph(
      backbone: backbone, flavor: "custom", arguments: BackboneArguments(),
      inputChannels: inputChannels, state: state, modules: ordered, nodes: finished,
      outputs: outputs, stateIndex: index)
  }
}

extension ModelGraph {
  /// Describes a backbone.
  ///
  /// ```swift
  /// let graph = try ModelGraph.build("TinyNet", inputChannels: 3) { net, input in
  ///   let conv1 = net.conv2d("conv1", in: 3, out: 64, kernel: 7, stride: 2, padding: 3)
  ///   let bn1 = net.batchNorm2d("bn1", channels: 64)
  ///   net.output("layer1", net.relu(bn1(conv1(input))))
  /// }
  /// ```
  ///
  /// - Throws: ``BackboneError/invalidGraph(node:reason:)`` if channels do not fit, a name is used
  ///   twice or nothing is returned; errors of `body`.
  public static func build(
    _ backbone: String, inputChannels: Int,
    _ body: (_ net: ModuleBuilder, _ input: Value) throws(BackboneError) -> Void
  ) throws(BackboneError) -> ModelGraph {
    let recorder = GraphRecorder(backbone: backbone, inputChannels: inputChannels)
    try body(ModuleBuilder(recorder: recorder, index: 0), .input)
    return try recorder.finish()
  }
}
