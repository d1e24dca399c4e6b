import Backbones
import Tensors

/// The engines by name.
public enum EngineKind: String, Sendable, Hashable, CaseIterable {
  case reference
  case onednn

  /// Whether it is part of this build.
  public var isAvailable: Bool {
    #if OneDNN
      true
    #else
      self == .reference
    #endif
  }

  /// - Throws: ``EngineError``: the weights do not fit, or the engine is not part of this build.
  public func make(
    graph: ModelGraph, weights: StateDict, threads: Int
  ) throws -> any InferenceEngine {
    switch self {
    case .reference: return try ReferenceEngine(graph: graph, weights: weights, threads: threads)
    case .onednn:
      #if OneDNN
        return try OneDNNEngine(graph: graph, weights: weights, threads: threads)
      #else
        throw EngineError.backend(
          "this build has no oneDNN; build it with the trait OneDNN, or use the reference engine")
      #endif
    }
  }
}
