import PthCheckpoints

/// One of two checkpoints that are compared: which of its tensors took part.
package struct DiffSide: Sendable {
  package let name: String
  /// Dotted path of the state dict that was compared; empty for the top.
  package let key: String
  /// The other places with tensors, which were not.
  package let others: [String]

  package init(_ checkpoint: Checkpoint) {
    name = checkpoint.path
    key = checkpoint.stateDictKey
    others = checkpoint.candidates.map(\.key).filter { $0 != checkpoint.stateDictKey }
  }

  /// A sentence for a person; nil if the file holds nothing else.
  var omission: String? {
    guard !others.isEmpty else { return nil }
    func place(_ key: String) -> String { key.isEmpty ? "the top" : key }
    let more = others.count > 3 ? " and \(others.count - 3) more" : ""
    return "of \(name), \(place(key)) was compared, not the tensors in "
      + others.prefix(3).map(place).joined(separator: ", ") + more
  }
}
