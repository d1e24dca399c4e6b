import PthBackbones

extension ModelGraph {
  /// Names of the outputs that depend on any of the given entries of ``state``.
  ///
  /// - Complexity: O(nodes).
  package func outputs(dependingOn entries: Set<String>) -> [String] {
    var depends = [false]
    for node in nodes {
      let reads = state[node.state].contains {
        $0.role != .numBatchesTracked && entries.contains($0.name)
      }
      depends.append(reads || node.inputs.contains { depends[$0.id] })
    }
    return outputs.filter { depends[$0.value.id] }.map(\.name)
  }
}
