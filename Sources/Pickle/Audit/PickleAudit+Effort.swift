/// Judges values that take time or memory out of all proportion to the pickle: a few bytes that make Python allocate,
/// count or hash for hours.
extension PickleAudit {
  /// Why a call of a plain type may take forever; nil if its cost is that of its arguments.
  func effortObjection(to name: GlobalName, _ arguments: [PickleHandle]) -> Objection? {
    let name = name.inPython3
    guard Self.modulesOfEffort.contains(name.module) else { return nil }
    switch name.description {
    case "builtins.bytes", "builtins.bytearray", "numpy.bytes_":
      guard arguments.contains(where: isNumber) else { return nil }
      return Objection(.unknown, "makes as many bytes as a number says")
    case "builtins.int", "builtins.long", "builtins.bool", "fractions.Fraction":
      // For example `int(Decimal('1e999999999'))`.
      guard arguments.contains(where: { document.kind($0) == .call || hasExponent($0) }) else {
        return nil
      }
      return Objection(.unknown, "counts out a number that may be of any length")
    case "builtins.str", "builtins.unicode":
      return arguments.contains(where: isStructured)
        ? Objection(.unknown, "prints something that may be of any length") : nil
    default: break
    }
    if name.module == "numpy", arguments.contains(where: isStructured) {
      return Objection(.unknown, "makes a number of something that is none")
    }
    let isTensorClass =
      ["torch", "torch.cuda"].contains(name.module) && name.name.hasSuffix("Tensor")
    if isTensorClass, arguments.contains(where: isNumber) {
      return Objection(.unknown, "makes a tensor as large as a number says")
    }
    return nil
  }

  /// The modules whose types are checked here.
  private static let modulesOfEffort: Set = [
    "builtins", "fractions", "numpy", "torch", "torch.cuda",
  ]

  private func isNumber(_ handle: PickleHandle) -> Bool {
    [.int, .bigInt, .bool].contains(document.kind(handle))
  }

  private func hasExponent(_ handle: PickleHandle) -> Bool {
    // No file writes a number as a longer text than this.
    document.string(handle, limit: 256)?.contains { "eE…".contains($0) } ?? false
  }

  private func isStructured(_ handle: PickleHandle) -> Bool {
    switch document.kind(handle) {
    case .tuple, .list, .dict, .set, .frozenSet: true
    case .call: literal(handle) == nil
    default: false
    }
  }

  /// Whether nested tuples share members so that the number of paths through them grows exponentially: a tuple that
  /// contains another one twice, which contains another one twice, and so on. Python follows every path when it hashes
  /// or prints the outermost tuple.
  ///
  /// - Complexity: O(number of children).
  static func hasEndlessTuples(_ document: PickleDocument) -> Bool {
    let maximumCost: UInt32 = 1 << 20
    var costs = [UInt32](repeating: 1, count: document.count)
    for (index, node) in document.nodes.enumerated() where node.kind == .tuple {
      let first = Int(node.payload)
      for child in document.children[first..<first + Int(node.low)] {
        let (cost, overflow) = costs[index].addingReportingOverflow(costs[Int(child)])
        costs[index] = cost
        // Without sharing, the cost is at most the number of values.
        if overflow || cost > maximumCost && Int(cost) > 4 * document.children.count { return true }
      }
    }
    return false
  }
}
