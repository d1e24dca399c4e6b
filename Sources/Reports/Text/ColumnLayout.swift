/// Lays a table out in a given width: names and shapes aligned left, figures right, every column as wide as
/// its widest cell. If the width does not suffice, the gaps shrink, the first column is shortened, and then
/// expendable columns are dropped.
package struct ColumnLayout {
  private var widths: [Int]
  /// Indices of the columns shown.
  private var shown: [Int]
  /// Spaces between columns.
  private var gap = 2
  private static let indent = 2
  /// The number of columns aligned left; the last column, a remark, is aligned left too.
  private static let textColumns = 2
  /// Columns are dropped before names are cut to fewer characters than this.
  private static let shortestName = 24

  /// - Parameter expendable: Indices of columns that may be left out, in the order in which they go.
  package init(titles: [String], rows: [[String]], expendable: [Int], width: Int) {
    widths = titles.indices.map { column in
      max(titles[column].count, rows.map { $0[column].count }.max() ?? 0)
    }
    shown = Array(titles.indices)
    if room(width) < widths[0] { gap = 1 }
    let wanted = min(widths[0], Self.shortestName)
    var expendable = expendable[...]
    while room(width) < wanted, let column = expendable.popFirst() {
      shown.removeAll { $0 == column }
    }
    widths[0] = min(widths[0], max(1, room(width)))
  }

  /// The width left for the first column.
  private func room(_ width: Int) -> Int {
    width - Self.indent - shown.dropFirst().reduce(0) { $0 + gap + widths[$1] }
  }

  package func line(_ cells: [String]) -> String {
    let texts = shown.map { column in
      Format.column(
        Format.elided(cells[column], widths[column]), widths[column],
        right: column >= Self.textColumns && column < cells.count - 1)
    }
    let text =
      String(repeating: " ", count: Self.indent)
      + texts.joined(separator: String(repeating: " ", count: gap))
    return String(text.reversed().drop { $0 == " " }.reversed())
  }
}
