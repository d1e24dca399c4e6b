/// A prefix that the keys of one state dict have and those of the other do not.
package struct PrefixDifference: Sendable, Hashable {
  /// `backbone.`
  package let text: String
  /// Whether the first one has it.
  package let isOfFirst: Bool
  /// Keys that are in one only and would be in both without it.
  package let matches: Int

  /// The text as a regular expression that matches nothing else.
  package var pattern: String {
    text.map { $0.isLetter || $0.isNumber || $0 == "_" ? "\($0)" : "\\\($0)" }.joined()
  }
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
    let wanted = Set(others.map { $0[...] })
    var counts: [Substring: Int] = [:]
    for key in keys {
      var rest = key[...]
      // Deeper than any module; a name of dots alone must not take forever.
      for _ in 0..<64 {
        guard let dot = rest.firstIndex(of: ".") else { break }
        rest = rest[key.index(after: dot)...]
        if wanted.contains(rest) { counts[key[..<rest.startIndex], default: 0] += 1 }
      }
    }
    guard let best = counts.max(by: { $0.value < $1.value }),
      best.value * 2 > min(keys.count, others.count)
    else { return nil }
    return PrefixDifference(text: String(best.key), isOfFirst: isOfFirst, matches: best.value)
  }
}
