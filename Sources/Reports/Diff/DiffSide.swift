import PthCheckpoints

/// One of the two compared checkpoints: which of its state dicts was compared, and which were not.
package struct DiffSide: Sendable {
  package let name: String
  /// Dotted path of the compared state dict; empty for the top level.
  package let key: String
  /// Dotted paths of the file's other state dicts, which were not compared.
  package let others: [String]

  package init(_ checkpoint: Checkpoint) {
    name = checkpoint.path
    key = checkpoint.stateDictKey
    others = checkpoint.candidates.map(\.key).filter { $0 != checkpoint.stateDictKey }
  }

  /// A sentence that names ``others``; nil if there are none.
  var omission: String? {
    guard !others.isEmpty else { return nil }
    func place(_ key: String) -> String { key.isEmpty ? "the top" : key }
    let more = others.count > 3 ? " and \(others.count - 3) more" : ""
    return "of \(name), \(place(key)) was compared, not the tensors in "
      + others.prefix(3).map(place).joined(separator: ", ") + more
  }
}
