import PthBackbones

extension ModelGraph {
  /// The engine's operation for each node.
  ///
  /// - Parameter engine: The engine's name in messages.
  /// - Throws: ``EngineError/backend(_:)`` for an operation that is not in its table.
  func operations<Behaviour>(
    _ table: OperationTable<Behaviour>, engine: String
  ) throws(EngineError) -> [Behaviour] {
    var result: [Behaviour] = []
    for node in nodes {
      guard let behaviour = table[node.operation] else {
        throw .backend("\(engine) cannot compute \(node.operation.label) (\(node.name))")
      }
      result.append(behaviour)
    }
    return result
  }
}
