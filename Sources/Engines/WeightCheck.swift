import PthBackbones
import PthTensors

extension ModelGraph {
  /// Checks that `weights` has every parameter and buffer that a node reads, in its shape and as
  /// floating-point numbers.
  ///
  /// - Throws: ``EngineError/weights(_:)`` naming the first that is not.
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
