/// What stands before the keys of one state dict and not before those of the other.
package struct PrefixDifference: Sendable, Hashable {
  /// `backbone.`
  package let text: String
  /// Whether the first one has it.
  package let isOfFirst: Bool
  /// Keys that are in one only and would be in both without it.
  package let matches: Int

  /// The text as a regular expression.
  package var pattern: String { text.replacing(".", with: "\\.") }
}

extension StateDictComparison {
  /// The prefix without which most keys that are in one only would be in both; nil if taking one off
  /// helps less than half of them.
  ///
  /// - Complexity: O(keys × depth of a key).
  package var prefix: PrefixDifference? {
    let found = [
      Self.prefix(of: onlyInFirst, against: onlyInSecond, isOfFirst: true),
      Self.prefix(of: onlyInSecond, against: onlyInFirst, isOfFirst: false),
    ].compactMap(\.self)
    return found.max { $0.matches < $1.matches }
  }

  private static func prefix(
    of keys: [String], against others: [String], isOfFirst: Bool
  ) -> PrefixDifference? {
    let wanted = Set(others)
    var counts: [Substring: Int] = [:]
    for key in keys {
      for index in key.indices where key[index] == "." {
        let start = key.index(after: index)
        if wanted.contains(String(key[start...])) { counts[key[..<start], default: 0] += 1 }
      }
    }
    guard let best = counts.max(by: { $0.value < $1.value }),
      best.value * 2 > min(keys.count, others.count)
    else { return nil }
    return PrefixDifference(text: String(best.key), isOfFirst: isOfFirst, matches: best.value)
  }
}
