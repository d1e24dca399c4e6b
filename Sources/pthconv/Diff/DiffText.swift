import PthConvKit

/// A comparison for people.
struct DiffText {
  let comparison: StateDictComparison
  let first: String
  let second: String

  var text: String {
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
      comparison.isEqual ? Terminal.styled("equal", .green) : Terminal.styled("different", .red)
    return (lines + ["\(verdict): \(summary)"]).joined(separator: "\n") + "\n"
  }

  private func section(_ title: String, _ members: [String]) -> [String] {
    guard !members.isEmpty else { return [] }
    let title = "\(Terminal.printable(title)) (\(Format.grouped(members.count)))"
    return [Terminal.styled(title, .bold)] + members.map { "  \(Terminal.printable($0))" } + [""]
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
