import PthBackbones
import PthTensors

/// An operation that the reference engine can compute; each conformance is in a separate file.
protocol ReferenceOperation: GraphOperation {
  /// Computes all of `call.output`.
  func compute(_ call: ReferenceCall) throws
}

/// The operations that the reference engine computes.
let referenceOperations = OperationTable<any ReferenceOperation>(
  .init(Add.self) { $0 },
  .init(AvgPool2d.self) { $0 },
  .init(BatchNorm2d.self) { $0 },
  .init(ConcatChannels.self) { $0 },
  .init(Conv2d.self) { $0 },
  .init(DeformConv2d.self) { $0 },
  .init(GELU.self) { $0 },
  .init(GlobalAvgPool.self) { $0 },
  .init(GroupNorm.self) { $0 },
  .init(LayerNorm.self) { $0 },
  .init(Linear.self) { $0 },
  .init(MaxPool2d.self) { $0 },
  .init(Multiply.self) { $0 },
  .init(ReLU.self) { $0 },
  .init(ReLU6.self) { $0 },
  .init(SameConv2d.self) { $0 },
  .init(Sigmoid.self) { $0 },
  .init(SliceChannels.self) { $0 })

/// The computation of one node in a run: its inputs, parameters and output memory.
struct ReferenceCall {
  let node: Node
  let graph: ModelGraph
  let weights: StateDict
  let inputs: [Activation]
  let output: Activation
  /// Number of threads that the operation may use.
  let threads: Int

  /// The first input.
  var x: Activation { inputs[0] }

  /// A parameter or buffer of the node in float64.
  func parameter(_ role: StateRole) throws -> Activation {
    guard let entry = graph.entry(role, of: node), let tensor = weights[entry.name] else {
      throw EngineError.weights("\(node.name) has no \(role)")
    }
    let parameter = Activation(shape: tensor.shape)
    try tensor.copyElements(to: parameter.values)
    return parameter
  }
}
