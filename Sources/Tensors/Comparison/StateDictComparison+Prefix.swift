/// A prefix that keys of one state dict have and keys of the other do not.
package struct PrefixDifference: Sendable, Hashable {
  /// The prefix with its dot, such as `backbone.`.
  package let text: String
  /// Whether the keys of the first state dict have the prefix.
  package let isOfFirst: Bool
  /// The number of keys in one state dict only that both would have without the prefix.
  package let matches: Int

  /// A regular expression that matches exactly the prefix.
  package var pattern: String {
    text.map { $0.isLetter || $0.isNumber || $0 == "_" ? "\($0)" : "\\\($0)" }.joined()
  }
}

extension StateDictComparison {
  /// The prefix whose removal gives most keys in only one state dict a counterpart in the other.
  ///
  /// Nil if removing a prefix helps at most half of the keys on the side that has fewer of them.
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
      // No module is nested deeper; a name made of dots must not take forever.
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
