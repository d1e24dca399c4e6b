import PthBackbones
import Glibc
import PthTensors

/// The engines by name.
public enum EngineKind: String, Sendable, Hashable, CaseIterable {
  case reference
  case onednn

  /// Processors of the machine: how many threads an engine uses well.
  package static var processorCount: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

  /// Whether it is part of this build.
  package var isAvailable: Bool {
    #if OneDNN
    true
    #else
    self == .reference
    #endif
  }

  /// - Parameter fuses: Whether oneDNN computes nodes together where that is faster; then a NaN may
  ///   vanish in a ReLU. The reference engine never does.
  /// - Throws: ``EngineError``: the weights do not fit, or the engine is not part of this build.
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
