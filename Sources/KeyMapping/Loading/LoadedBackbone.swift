import PthBackbones
import PthInitializers
import PthTensors

/// A backbone with all its values: those of the checkpoint, and initial ones for the rest.
public struct LoadedBackbone: Sendable {
  /// The backbone.
  public let graph: ModelGraph
  /// All entries of ``ModelGraph/state`` in its order, under the graph's own names and in its types
  /// and shapes. A tensor that needs no conversion shares the checkpoint's memory.
  public let weights: StateDict
  /// What happened to every key of the file and of the backbone.
  public let report: LoadReport
  /// For entries that the file has in half precision, its type.
  let halfTypes: [String: DType]

  /// Fills `graph` from a checkpoint's state dict, like mmengine's non-strict loading: nothing that
  /// does not fit is an error, and everything is in the report.
  ///
  /// - Parameter seed: of the missing parameters: they get the values that they would have after
  ///   `torch.manual_seed(seed)` and the flavor's initialisation loop.
  /// - Throws: ``KeyMappingError`` for options that cannot be used; `InitializationError` if a rule
  ///   of initialisation makes no sense for a missing parameter. Values are not read yet.
  package init(
    _ graph: ModelGraph, from state: StateDict, options: MappingOptions = MappingOptions(),
    seed: Int = 0
  ) throws {
    try self.init(KeyMapping(of: state, to: graph, options: options), from: state, seed: seed)
  }

  /// Carries out a mapping.
  ///
  /// - Parameter state: the state dict that was mapped.
  /// - Throws: `InitializationError` if a rule of initialisation makes no sense for a missing
  ///   parameter.
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
  /// The versions of the modules, as PyTorch writes them into `_metadata`.
  fileprivate var moduleVersions: [String: Int] {
    Dictionary(
      modules.map { ($0.path, $0.operation?.stateVersion ?? 1) },
      uniquingKeysWith: { first, _ in first })
  }
}
