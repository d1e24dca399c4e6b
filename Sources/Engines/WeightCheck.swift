import PthBackbones
import PthTensors

extension ModelGraph {
  /// Checks that `weights` has every parameter and buffer that a node reads, in the right shape and of a
  /// floating-point dtype. Counters of batches are not read.
  ///
  /// - Throws: ``EngineError/weights(_:)`` about the first that does not fit.
  func check(_ weights: StateDict) throws(EngineError) {
    for node in nodes {
      for entry in state[node.state] where entry.role != .numBatchesTracked {
        guard let tensor = weights[entry.name] else {
          throw .weights("the weights lack \(entry.name)")
        }
        guard tensor.shape == entry.shape else {
          throw .weights(
            "\(entry.name) has the shape \(tensor.shape), \(backbone) takes \(entry.shape)")
        }
        guard tensor.dtype.isFloatingPoint, !tensor.dtype.isPacked else {
          throw .weights("\(entry.name) is \(tensor.dtype.rawValue), not floating-point")
        }
      }
    }
  }
}
