import PthBackbones
import PthBytes
import PthCheckpoints
import PthEngines
import PthTensors

/// A comparison for people.
package struct DiffText {
  package let comparison: StateDictComparison
  package let first: String
  package let second: String
  package let style: TextStyle

  package init(
    _ comparison: StateDictComparison, first: String, second: String, style: TextStyle = .plain
  ) {
    self.comparison = comparison
    self.first = first
    self.second = second
    self.style = style
  }

  package var text: String {
    var lines: [String] = []
    lines += section("only in \(first)", comparison.onlyInFirst)
    lines += section("only in \(second)", comparison.onlyInSecond)
    lines += section("differ", comparison.different.map(Self.line))
    let same = comparison.identicalCount
    var summary = "\(Format.tensors(same)) bit-identical"
    if comparison.closeCount > 0 {
      summary += ", \(Format.grouped(comparison.closeCount)) within the tolerance"
    }
    let differing = comparison.different.count
    if differing > 0 { summary += ", \(Format.grouped(differing)) different" }
    let lonely = comparison.onlyInFirst.count + comparison.onlyInSecond.count
    if lonely > 0 { summary += ", \(Format.grouped(lonely)) in one only" }
    let verdict =
      comparison.isEqual ? style.styled("equal", .green) : style.styled("different", .red)
    return (lines + ["\(verdict): \(summary)"]).joined(separator: "\n") + "\n"
  }

  private func section(_ title: String, _ members: [String]) -> [String] {
    guard !members.isEmpty else { return [] }
    let title = "\(Format.printable(title)) (\(Format.grouped(members.count)))"
    return [style.styled(title, .bold)] + members.map { "  \(Format.printable($0))" } + [""]
  }

  private static func line(_ entry: StateDictComparison.Entry) -> String {
    var parts: [String] = []
    if entry.shapesDiffer {
      parts.append("\(Format.shape(entry.first.shape)) ≠ \(Format.shape(entry.second.shape))")
    }
    if entry.dtypesDiffer {
      parts.append("\(entry.first.dtype.rawValue) ≠ \(entry.second.dtype.rawValue)")
    }
    if let values = entry.values, let maxAbs = values.maxAbs, let l2 = values.relativeL2 {
      parts.append("max |a−b| \(Format.short(maxAbs)), relative L2 \(Format.short(l2))")
    } else if !entry.shapesDiffer {
      parts.append(entry.values == nil ? "no values to compare" : "bits differ")
    }
    return "\(entry.name): \(parts.joined(separator: ", "))"
  }
}
