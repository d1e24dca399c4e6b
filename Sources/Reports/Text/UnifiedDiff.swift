/// The difference of two texts in the format of `diff -u`.
package struct UnifiedDiff {
  private enum Line {
    case same(Text)
    case removed(Text)
    case added(Text)
  }

  /// A line without its line end. The last line of a text may have none, and then differs from one that has.
  private struct Text: Equatable {
    var characters: Substring
    var isEnded = true

    static func == (left: Text, right: Text) -> Bool {
      left.isEnded == right.isEnded && left.characters.utf8.elementsEqual(right.characters.utf8)
    }

    var shown: String { Format.printable(String(characters)) }
    /// What `diff` writes below a line without a line end.
    var end: String { isEnded ? "\n" : "\n\\ No newline at end of file\n" }
  }

  private let lines: [Line]
  private let header: String

  /// - Parameters:
  ///   - old: The text before the change, with its name.
  ///   - new: The text after the change, with its name.
  package init(_ old: (name: String, text: String), _ new: (name: String, text: String)) {
    header = "--- \(old.name)\n+++ \(new.name)\n"
    let before = Self.lines(of: old.text)
    let after = Self.lines(of: new.text)
    var removals: Set<Int> = []
    var insertions: Set<Int> = []
    for change in after.difference(from: before) {
      switch change {
      case .remove(let offset, _, _): removals.insert(offset)
      case .insert(let offset, _, _): insertions.insert(offset)
      }
    }
    var lines: [Line] = []
    var (i, j) = (0, 0)
    while i < before.count || j < after.count {
      if i < before.count, removals.contains(i) {
        lines.append(.removed(before[i]))
        i += 1
      } else if j < after.count, insertions.contains(j) {
        lines.append(.added(after[j]))
        j += 1
      } else {
        lines.append(.same(before[i]))
        i += 1
        j += 1
      }
    }
    self.lines = lines
  }

  /// The lines; a line end at the end of the text does not make another line.
  private static func lines(of text: String) -> [Text] {
    var lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
      .map { Text(characters: $0) }
    if lines.last?.characters.isEmpty == true {
      lines.removeLast()
    } else if let last = lines.indices.last {
      lines[last].isEnded = false
    }
    return lines
  }

  /// The diff with three lines of context around each change; empty if no line differs.
  package func text(_ style: TextStyle = .plain) -> String {
    let context = 3
    var isShown = [Bool](repeating: false, count: lines.count)
    for (index, line) in lines.enumerated() {
      if case .same = line { continue }
      for near in max(0, index - context)...min(lines.count - 1, index + context) {
        isShown[near] = true
      }
    }
    var result = ""
    var (old, new) = (1, 1)
    var index = 0
    while index < lines.count {
      guard isShown[index] else {
        (old, new, index) = (old + 1, new + 1, index + 1)
        continue
      }
      let end = isShown[index...].firstIndex(of: false) ?? lines.count
      var body = ""
      var counts = (old: 0, new: 0)
      for line in lines[index..<end] {
        switch line {
        case .same(let text):
          body += " \(text.shown)\(text.end)"
          counts = (counts.old + 1, counts.new + 1)
        case .removed(let text):
          body += style.styled("-\(text.shown)", .red) + text.end
          counts.old += 1
        case .added(let text):
          body += style.styled("+\(text.shown)", .green) + text.end
          counts.new += 1
        }
      }
      result += "@@ -\(old),\(counts.old) +\(new),\(counts.new) @@\n" + body
      (old, new, index) = (old + counts.old, new + counts.new, end)
    }
    return result.isEmpty ? "" : header + result
  }
}
