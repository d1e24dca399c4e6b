import OrderedCollections
import PthBackbones

/// Proposes revisions that may rename a file's keys to those of an architecture. They are guesses that the caller
/// must try.
package enum ProposedRevisions {
  /// - Parameters:
  ///   - keys: all keys of the file.
  ///   - names: the renaming tables of the architecture.
  package static func all(for keys: [KeyShape], names: RenamingTables) -> [[KeyRevision]] {
    guard keys.count <= maximumKeys else { return [] }
    return [stages(keys, names), underscores(keys)].compactMap { $0.isEmpty ? nil : $0 }
  }

  /// The maximum number of keys, since each guess applies a regular expression to every key; no network has
  /// as many.
  private static let maximumKeys = 20_000

  /// Proposes revisions for stages that have another name or first number: for `group0.block1.conv1` (canonical
  /// `layer1.1.conv1`) the revision `^group0\.block=layer1.`, and so on.
  private static func stages(_ keys: [KeyShape], _ names: RenamingTables) -> [KeyRevision] {
    let stages = names.tellingWords
    guard let first = stages.first else { return [] }
    // For each text that may name a stage, the number of keys in which a typical name of this architecture
    // follows.
    var counts: OrderedDictionary<Place, Int> = [:]
    for entry in keys {
      let words = entry.key.keyComponents
      for position in words.indices.dropLast(2).prefix(4) {
        guard let number = Number(words[position]),
          let block = Number(words[position + 1])
        else { continue }
        let rest = words[(position + 2)...].joined(separator: ".")
        guard names.isTelling("\(first).\(block.value).\(rest)") else { continue }
        let head = words[..<position].map { $0 + "." }.joined() + number.word
        counts[
          Place(head: head, blockWord: String(block.word), number: number.value), default: 0] += 1
      }
    }
    // In the order of the file, so that of several with equal counts the first is chosen.
    let heads = OrderedDictionary(grouping: counts.keys) { [$0.head, $0.blockWord] }
    let best = heads.values.max { left, right in
      total(left, counts) < total(right, counts)
    }
    guard let places = best?.sorted(by: { $0.number < $1.number }), places.count <= stages.count,
      let start = places.first?.number,
      places.enumerated().allSatisfy({ $1.number == start + $0 })
    else { return [] }
    let revisions = zip(places, stages).map { place, stage in
      revision("^\(escaped(place.head))\(place.number)\\.\(escaped(place.blockWord))", "\(stage).")
    }
    let isNew = zip(places, stages).contains { place, stage in
      "\(place.head)\(place.number)" != stage || !place.blockWord.isEmpty
    }
    return isNew ? revisions.compactMap(\.self) : []
  }

  /// Proposes a revision if at least 90 % of the names have underscores in place of dots: `layer1_0_conv1_weight`.
  private static func underscores(_ keys: [KeyShape]) -> [KeyRevision] {
    let joined = keys.count { !$0.key.contains(".") && $0.key.contains("_") }
    guard joined > 0, joined * 10 >= keys.count * 9 else { return [] }
    return [revision(#"_(?!mean$|var$|variance$|batches_tracked$|tracked$)"#, ".")]
      .compactMap(\.self)
  }

  private struct Place: Hashable {
    /// The text before the stage's number: `backbone.group`, or `layers.`.
    let head: String
    /// The text before the block's number: `block`, or nothing.
    let blockWord: String
    let number: Int
  }

  /// A component that ends in a number.
  private struct Number {
    let word: Substring
    let value: Int

    init?(_ component: Substring) {
      let digits = component.reversed().prefix { $0.isASCII && $0.isNumber }.count
      guard digits > 0, let value = Int(component.suffix(digits)), value < 1000 else { return nil }
      word = component.dropLast(digits)
      self.value = value
    }
  }

  private static func total(_ places: [Place], _ counts: OrderedDictionary<Place, Int>) -> Int {
    places.reduce(0) { $0 + counts[$1, default: 0] }
  }

  private static func escaped(_ text: String) -> String {
    text.map { $0.isLetter || $0.isNumber || $0 == "_" ? "\($0)" : "\\\($0)" }.joined()
  }

  private static func revision(_ pattern: String, _ replacement: String) -> KeyRevision? {
    try? KeyRevision(pattern: pattern, replacement: replacement)
  }
}
