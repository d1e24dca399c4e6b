import PthBackbones
import PthInitializers
import PthTensors

/// A backbone with all its values: loaded from the checkpoint, and initialised where the checkpoint has none.
public struct LoadedBackbone: Sendable {
  /// The backbone.
  public let graph: ModelGraph
  /// All entries of ``ModelGraph/state`` in its order, with the graph's names, dtypes and shapes. A tensor that
  /// needs no conversion shares the checkpoint's memory.
  public let weights: StateDict
  /// What happened to every key of the file and of the backbone.
  public let report: LoadReport
  /// The file's type (float16 or bfloat16) of each entry that the file has in half precision.
  let halfTypes: [String: DType]

  /// Fills `graph` from a checkpoint's state dict, like mmengine's non-strict loading: keys that do not fit are
  /// no error but are listed in the report. No values are read yet.
  ///
  /// - Parameter seed: the seed for missing parameters, which get the values that they would have after
  ///   `torch.manual_seed(seed)` and the flavor's initialisation loop.
  /// - Throws: ``KeyMappingError`` for options that cannot be used; `InitializationError` if a rule
  ///   of initialisation is impossible for a missing parameter.
  package init(
    _ graph: ModelGraph, from state: StateDict, options: MappingOptions = MappingOptions(),
    seed: Int = 0
  ) throws {
    try self.init(KeyMapping(of: state, to: graph, options: options), from: state, seed: seed)
  }

  /// Carries out a mapping.
  ///
  /// - Parameter state: the state dict that was mapped.
  /// - Throws: `InitializationError` if a rule of initialisation is impossible for a missing parameter.
  package init(_ mapping: KeyMapping, from state: StateDict, seed: Int = 0) throws {
    graph = mapping.target
    report = mapping.report
    var tensors: [String: Tensor] = [:]
    var halfTypes: [String: DType] = [:]
    for (index, entry) in graph.state.enumerated() {
      guard let tensor = mapping.tensor(ofEntryAt: index, in: state) else { continue }
      tensors[entry.name] = try tensor.fitted(to: entry)
      if tensor.dtype == .float16 || tensor.dtype == .bfloat16, entry.dtype == .float32 {
        halfTypes[entry.name] = tensor.dtype
      }
    }
    self.halfTypes = halfTypes
    let isComplete = tensors.count == graph.state.count
    var generator = Generator(seed: seed)
    let initial =
      isComplete
      ? StateDict() : try mapping.plan.run(with: &generator) { tensors[$0.name] == nil }
    var weights = StateDict(moduleVersions: graph.moduleVersions)
    for entry in graph.state { weights[entry.name] = tensors[entry.name] ?? initial[entry.name] }
    self.weights = weights
  }
}

extension ModelGraph {
  /// The modules' versions by path, as in PyTorch's `_metadata`.
  fileprivate var moduleVersions: [String: Int] {
    Dictionary(
      modules.map { ($0.path, $0.operation?.stateVersion ?? 1) },
      uniquingKeysWith: { first, _ in first })
  }
}
