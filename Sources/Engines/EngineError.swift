/// Why a network cannot be run.
public enum EngineError: Error, Hashable, CustomStringConvertible {
  /// The input does not fit; the text says what is wrong and what would fit.
  case input(String)
  /// A parameter or buffer is absent or has another shape.
  case weights(String)
  /// The values of a run would not fit into the machine's memory; both numbers in bytes.
  case memory(needed: Int, available: Int)
  /// The engine's library cannot be loaded or fails, or the engine cannot compute an operation.
  case backend(String)

  public var description: String {
    switch self {
    case .input(let text), .weights(let text), .backend(let text): text
    case .memory(let needed, let available):
      "the run needs \(needed >> 20) MB of memory and the machine has \(available >> 20) MB free; "
        + "use a smaller input"
    }
  }

  /// The error for a reference output `name` of another shape than the network's.
  package static func referenceShape(
    _ shape: [Int], of name: String, network: [Int]
  ) -> EngineError {
    .input(
      "the reference's \(name) has the shape \(shape), the network's \(network); "
        + "make the reference from the same input and network")
  }
}
