import PthBackbones

/// Two batch norms whose outputs are added.
///
/// Each has a variance of 1 before its weight, so exchanging weight and bias of one for the other's leaves
/// mean and variance of every channel of the sum as they are. What changes is how its channels vary
/// together, which the norms behind the next convolutions see.
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
