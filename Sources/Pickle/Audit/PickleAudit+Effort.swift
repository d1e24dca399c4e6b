/// Judging what takes time or memory out of all proportion to the pickle: a few bytes that make
/// Python allocate, count or hash for hours build no value either.
extension PickleAudit {
  /// Why a call of a plain type may take for ever; nil if its effort is that of its arguments.
  func effortObjection(to name: GlobalName, _ arguments: [PickleHandle]) -> Objection? {
    let name = name.inPython3
    guard Self.modulesOfEffort.contains(name.module) else { return nil }
    switch name.description {
    case "builtins.bytes", "builtins.bytearray", "numpy.bytes_":
      guard arguments.contains(where: isNumber) else { return nil }
      return Objection(.unknown, "makes as many bytes as a number says")
    case "builtins.int", "builtins.long", "builtins.bool", "fractions.Fraction":
      // `int(Decimal('1e999999999'))`
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

  /// The modules of the types that are looked at.
  private static let modulesOfEffort: Set = [
    "builtins", "fractions", "numpy", "torch", "torch.cuda",
  ]

  private func isNumber(_ handle: PickleHandle) -> Bool {
    [.int, .bigInt, .bool].contains(document.kind(handle))
  }

  private func hasExponent(_ handle: PickleHandle) -> Bool {
    // Longer texts than this are no numbers that a file writes as text.
    document.string(handle, limit: 256)?.contains { "eE…".contains($0) } ?? false
  }

  private func isStructured(_ handle: PickleHandle) -> Bool {
    switch document.kind(handle) {
    case .tuple, .list, .dict, .set, .frozenSet: true
    case .call: literal(handle) == nil
    default: false
    }
  }

  /// Whether a tuple holds another twice, which does so as well, and so on: Python walks through
  /// all of that, not remembering where it has been, when it hashes or prints the outer one.
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
