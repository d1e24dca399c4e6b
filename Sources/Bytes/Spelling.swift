/// Finds the known names that a misspelt name probably means.
package enum Spelling {
  /// The known names with the fewest differing letters from `name`; at most three names.
  ///
  /// A name counts only if at most a third of the letters of `name` differ (or one letter). Two swapped neighbours are
  /// one difference; case is ignored.
  ///
  /// - Complexity: O(names of about the same length × length²).
  package static func closest(to name: String, in known: some Sequence<String>) -> [String] {
    let wanted = Array(name.lowercased().utf8)
    var best = max(1, wanted.count / 3)
    var found: [String] = []
    for other in known where other != name {
      let letters = Array(other.lowercased().utf8)
      guard abs(letters.count - wanted.count) <= best else { continue }
      let distance = distance(wanted, letters)
      if distance < best { found.removeAll() }
      if distance <= best {
        best = distance
        found.append(other)
      }
    }
    return Array(found.prefix(3))
  }

  /// `; did you mean 'a' or 'b'?`, or an empty string if no known name is similar.
  package static func hint(for name: String, in known: some Sequence<String>) -> String {
    let names = closest(to: name, in: known).map { "'\($0)'" }
    return names.isEmpty ? "" : "; did you mean \(names.joined(separator: " or "))?"
  }

  /// The number of insertions, deletions, replacements and swaps of neighbours: the restricted Damerau-Levenshtein
  /// distance.
  private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
    var beforeLast: [Int] = []
    var last = Array(0...right.count)
    for i in left.indices {
      var row = [i + 1]
      row.reserveCapacity(right.count + 1)
      for j in right.indices {
        let isSame = left[i] == right[j]
        var cost = min(last[j + 1] + 1, row[j] + 1, last[j] + (isSame ? 0 : 1))
        if i > 0, j > 0, left[i] == right[j - 1], left[i - 1] == right[j] {
          cost = min(cost, beforeLast[j - 1] + 1)
        }
        row.append(cost)
      }
      (beforeLast, last) = (last, row)
    }
    return last[right.count]
  }
}
