import OrderedCollections

/// What `range`, `zip`, `enumerate`, `reversed`, the views of a dictionary and generators give: no list, but values that
/// a loop takes one by one from where they come from.
///
/// The rows are computed in advance, and count only as long as their sources have not changed.
final class Stream {
  let rows: [Node]
  /// The values that the rows are taken from.
  let sources: [Node]
  /// Whether the values can be taken only once, as from an iterator.
  let isOnce: Bool
  /// Whether the row at an index, or with their count the end, is still what Python would give.
  let isCurrent: (Int) -> Bool
  var isTaken = false

  init(
    _ rows: [Node], of sources: [Node] = [], isOnce: Bool,
    isCurrent: @escaping (Int) -> Bool = { _ in true }
  ) {
    self.rows = rows
    self.sources = sources
    self.isOnce = isOnce
    self.isCurrent = isCurrent
  }

  /// All rows; nil if they were taken already or have changed.
  func take() -> [Node]? {
    guard !isTaken, (0...rows.count).allSatisfy(isCurrent) else { return nil }
    isTaken = isOnce
    return rows
  }

  /// Tells whether the values that a loop takes from a node are the same as now.
  ///
  /// - Parameter withValues: Whether a dictionary's values count as well as its keys.
  static func watch(_ node: Node, withValues: Bool = false) -> (Int) -> Bool {
    switch node.content {
    case .list(let elements):
      return { index in
        guard case .list(let now) = node.content, now.count == elements.count else { return false }
        return index >= now.count || now[index] === elements[index]
      }
    case .dictionary(let dictionary):
      let entries = dictionary.entries.elements
      return { index in
        guard case .dictionary(let now) = node.content, now.entries.count == entries.count else {
          return false
        }
        guard index < entries.count else { return true }
        let entry = now.entries.elements[index]
        return entry.key == entries[index].key
          && (!withValues || entry.value.value === entries[index].value.value)
      }
    case .stream(let stream): return stream.isCurrent
    default: return { _ in true }
    }
  }
}
