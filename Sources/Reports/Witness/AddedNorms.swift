import PthBackbones

/// Two batch norms whose outputs are added.
///
/// Both inputs are normalised to a variance of 1, so swapping weight and bias of the two norms leaves mean and variance
/// of every channel of the sum as they are. The swap changes how the channels vary together, which the norms after the
/// next convolutions see.
package struct AddedNorms: Sendable {
  package let first: String
  package let second: String
}

extension ModelGraph {
  /// The pairs in the order of the graph. A norm that another node reads too is left out: its statistics show there.
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
