import PthTensors

/// A backbone's modules, parameters and buffers (for mapping and initialisation) and its operations (for the
/// engines and the ONNX writer).
public struct ModelGraph: Sendable, Hashable {
  /// Class name of the backbone (`Res2Net`).
  public internal(set) var backbone: String
  /// The implementation whose key names and arithmetic the graph has.
  public internal(set) var flavor: Flavor
  /// All arguments, defaults filled in and made consistent, under their canonical names.
  public internal(set) var arguments: BackboneArguments
  /// Notes for reports about arguments that the implementation ignores or changes.
  package internal(set) var notes: [String] = []
  /// Tables that rename the architecture's keys in all implementations to canonical names.
  package internal(set) var names = RenamingTables()
  /// The rules of `init_weights` when no checkpoint is loaded.
  package internal(set) var initialization = InitializationRule.standard
  /// Channels of the input image.
  package let inputChannels: Int
  /// Parameters and buffers in the order of PyTorch's `state_dict()`.
  public let state: [StateEntry]
  /// Modules in the order of PyTorch's `modules()`; the first is the backbone itself.
  package let modules: [GraphModule]
  /// Operations in the order of execution; node `i` puts out the value `i + 1`.
  package let nodes: [Node]
  /// The values that the forward pass returns, in order.
  public let outputs: [GraphOutput]

  /// Index of each state entry by its name.
  package let stateIndex: [String: Int]

  /// The entry called `name`.
  ///
  /// - Complexity: O(1).
  package func entry(named name: String) -> StateEntry? { stateIndex[name].map { state[$0] } }

  /// The entry that `node` reads in `role`; nil if it reads none.
  ///
  /// - Complexity: O(1).
  package func entry(_ role: StateRole, of node: Node) -> StateEntry? {
    state[node.state].first { $0.role == role }
  }

  /// The entry that `module` itself owns in `role`.
  ///
  /// - Complexity: O(1).
  package func entry(_ role: StateRole, of module: GraphModule) -> StateEntry? {
    state[module.state].first { $0.role == role }
  }

  /// The node that puts out `value`; nil for the input.
  package func producer(of value: Value) -> Node? { value.producer.map { nodes[$0] } }

  /// The number of the last stage behind the stem; 0 if there is none.
  package var lastStage: Int {
    stages.reduce(0) { last, stage in
      if case .layer(let number) = stage { max(last, number) } else { last }
    }
  }

  /// The stages that have parameters or nodes, from the stem to the head.
  package var stages: [Stage] { Set(state.map(\.stage) + nodes.map(\.stage)).sorted() }

  /// Number of elements of all parameters, without buffers: the usual "model size".
  package var parameterCount: Int {
    state.reduce(0) { $0 + ($1.isBuffer ? 0 : $1.elementCount) }
  }

  /// The keys of the state dict with their shapes, in order.
  package var keyShapes: [KeyShape] { state.map { KeyShape($0.name, $0.shape) } }

  /// ``keyShapes`` without a classifier's.
  package var keyShapesWithoutHead: [KeyShape] {
    state.filter { $0.stage != .head }.map { KeyShape($0.name, $0.shape) }
  }

  /// Channels of each returned stage output, in order, without a classifier's logits.
  package var stageChannels: [Int] {
    outputs.compactMap { producer(of: $0.value) }.filter { $0.stage != .head }.map(\.channels)
  }
}

/// A key of a state dict and the shape of its tensor.
public struct KeyShape: Sendable, Hashable {
  /// The key.
  public let key: String
  /// The tensor's shape.
  public let shape: [Int]

  /// A key with a shape.
  package init(_ key: String, _ shape: [Int]) {
    self.key = key
    self.shape = shape
  }
}

extension StateDict {
  /// The keys with their shapes, in order.
  package var keyShapes: [KeyShape] { tensors.map { KeyShape($0.key, $0.value.shape) } }
}
