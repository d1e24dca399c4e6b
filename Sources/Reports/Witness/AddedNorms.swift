import PthBackbones

/// Two batch norms whose outputs are added.
///
/// Each has a variance of 1 before its weight, so the sum's mean is that of both biases, and its variance
/// that of both weights but for what the two have in common. Exchanging weight and bias of one for the
/// other's changes what the block computes, and next to nothing of the statistics behind it.
package struct AddedNorms: Sendable {
  package let first: String
  package let second: String
}

extension ModelGraph {
  /// In the order of the graph. A norm that something else reads, too, is seen by itself there.
  var addedNorms: [AddedNorms] {
    var readers = [Int](repeating: 0, count: nodes.count + 1)
    for node in nodes {
      for input in node.inputs { readers[input.id] += 1 }
    }
    return nodes.compactMap { node in
      guard node.operation is Add, node.inputs.allSatisfy({ readers[$0.id] == 1 }) else {
        return nil
      }
      let norms = node.inputs.compactMap(producer(of:)).filter { $0.operation is BatchNorm2d }
      return norms.count == 2 ? AddedNorms(first: norms[0].name, second: norms[1].name) : nil
    }
  }
}
