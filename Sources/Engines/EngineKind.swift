import PthBackbones
import Glibc
import PthTensors

/// The engines by name.
public enum EngineKind: String, Sendable, Hashable, CaseIterable {
  case reference
  case onednn

  /// Number of processors of the machine, the usual number of threads of an engine.
  package static var processorCount: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

  /// Whether the engine is part of this build.
  package var isAvailable: Bool {
    #if OneDNN
    true
    #else
    self == .reference
    #endif
  }

  /// Makes an engine for a graph.
  ///
  /// - Parameter fuses: Whether oneDNN fuses nodes where that is faster; a fused ReLU may turn NaN into 0.
  ///   The reference engine never fuses.
  /// - Throws: ``EngineError`` if the weights do not fit, or the engine is not part of this build or cannot be
  ///   loaded.
  package func make(
    graph: ModelGraph, weights: StateDict, threads: Int, fuses: Bool = true
  ) throws -> any InferenceEngine {
    switch self {
    case .reference: return try ReferenceEngine(graph: graph, weights: weights, threads: threads)
    case .onednn:
      #if OneDNN
      return try OneDNNEngine(
        graph: graph, weights: weights, threads: threads, fuses: fuses)
      #else
      throw EngineError.backend(
        "this build has no oneDNN; build it with the trait OneDNN, or use the reference engine")
      #endif
    }
  }
}
