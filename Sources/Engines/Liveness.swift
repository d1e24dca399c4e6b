import PthBackbones

/// The last use of each value of a graph.
struct Liveness {
  /// For each node, the values (by id) that no later node reads. A value that no node reads dies with the node
  /// that computes it; outputs of the graph never die.
  let dying: [[Int]]

  init(_ graph: ModelGraph) {
    var lastUse: [Int] = [0]
    for (index, node) in graph.nodes.enumerated() {
      for input in node.inputs { lastUse[input.id] = index }
      lastUse.append(index)
    }
    let kept = Set(graph.outputs.map(\.value.id))
    var dying = [[Int]](repeating: [], count: graph.nodes.count)
    for (value, node) in lastUse.enumerated() where !kept.contains(value) && !dying.isEmpty {
      dying[node].append(value)
    }
    self.dying = dying
  }

  /// The maximum number of elements alive at once if every node allocates its output; nil if that
  /// overflows.
  ///
  /// - Parameter shapes: The result of ``ModelGraph/shapes(input:)``.
  func peakElementCount(shapes: [[Int]]) -> Int? {
    var counts: [Int] = []
    for shape in shapes {
      var count = 1
      for length in shape {
        let (product, overflow) = count.multipliedReportingOverflow(by: length)
        if overflow { return nil }
        count = product
      }
      counts.append(count)
    }
    var alive = counts[0]
    var peak = alive
    for (node, dead) in dying.enumerated() {
      let (sum, overflow) = alive.addingReportingOverflow(counts[node + 1])
      if overflow { return nil }
      alive = sum
      peak = max(peak, alive)
      for value in dead { alive -= counts[value] }
    }
    return peak
  }
}
