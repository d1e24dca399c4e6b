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
    let prefix = comparison.prefix.map { prefix in
      style.wrapped(
        "\(prefix.matches) of them would match if \(prefix.isOfFirst ? first : second)'s keys lost "
          + "'\(prefix.text)'"
          + style.advice(
            prefix.isOfFirst
              ? ": --rename '^\(prefix.pattern)='" : ": --rename '^=\(prefix.text)'"))
    }
    return (["\(verdict): \(summary)"] + (prefix ?? []) + (lines.isEmpty ? [] : [""] + lines))
      .joined(separator: "\n") + "\n"
  }

  /// Names that one section shows: differing prefixes would fill the screen otherwise.
  private static let limit = 20

  private func section(_ title: String, _ members: [String]) -> [String] {
    guard !members.isEmpty else { return [] }
    let title = "\(Format.printable(title)) (\(Format.grouped(members.count)))"
    return [style.styled(title, .bold)]
      + members.prefix(Self.limit).map { "  \(Format.printable($0))" }
      + (members.count > Self.limit
        ? [
          "  … \(Format.grouped(members.count - Self.limit)) more"
            + style.advice("; --json lists all")
        ] : [])
  }

  private static func line(_ entry: StateDictComparison.Entry) -> String {
    var parts: [String] = []
    if entry.shapesDiffer {
      parts.append("\(Format.shape(entry.first.shape)) ≠ \(Format.shape(entry.second.shape))")
    }
    if entry.dtypesDiffer {
      parts.append("\(entry.first.dtype.rawValue) ≠ \(entry.second.dtype.rawValue)")
    }
    if let values = entry.values, values.maxAbs == 0, parts.isEmpty {
      parts.append("the same numbers in other bits: zeros of another sign, or other NaNs")
    } else if let values = entry.values, let maxAbs = values.maxAbs, let l2 = values.relativeL2 {
      parts.append("max |a−b| \(Format.short(maxAbs)), relative L2 \(Format.short(l2))")
    } else if !entry.shapesDiffer {
      parts.append(
        entry.values == nil
          ? "no values to compare"
          : entry.first.dtype.isQuantized ? "bits or scales differ" : "bits differ")
    }
    return "\(entry.name): \(parts.joined(separator: ", "))"
  }
}
