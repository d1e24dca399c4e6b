import PthBackbones
import PthBytes
import PthCheckpoints
import PthEngines
import PthTensors

/// A comparison of two checkpoints as text.
package struct DiffText {
  package let comparison: StateDictComparison
  package let first: DiffSide
  package let second: DiffSide
  package let style: TextStyle

  package init(
    _ comparison: StateDictComparison, first: DiffSide, second: DiffSide, style: TextStyle = .plain
  ) {
    self.comparison = comparison
    self.first = first
    self.second = second
    self.style = style
  }

  package var text: String {
    var lines: [String] = []
    lines += section("only in \(first.name)", comparison.onlyInFirst)
    lines += section("only in \(second.name)", comparison.onlyInSecond)
    lines += section("differ", comparison.different.map(Self.line))
    lines += section("without values", comparison.untold)
    let same = comparison.identicalCount
    var summary = "\(Format.tensors(same)) bit-identical"
    if comparison.closeCount > 0 {
      summary += ", \(Format.grouped(comparison.closeCount)) within the tolerance"
    }
    let differing = comparison.different.count
    if differing > 0 { summary += ", \(Format.grouped(differing)) different" }
    let lonely = comparison.onlyInFirst.count + comparison.onlyInSecond.count
    if lonely > 0 { summary += ", \(Format.grouped(lonely)) in one only" }
    if !comparison.untold.isEmpty {
      summary += ", \(Format.grouped(comparison.untold.count)) without values"
    }
    let verdict =
      comparison.isEqual
      ? style.styled("equal", .green)
      : differing + lonely == 0
        ? style.styled("cannot be told", .yellow) : style.styled("different", .red)
    let omissions = [first, second].compactMap(\.omission).flatMap { style.wrapped($0) }
    let prefix = comparison.prefix.map { prefix in
      style.wrapped(
        "\(prefix.matches) of them would match if \(prefix.isOfFirst ? first.name : second.name)'s keys lost "
          + "'\(prefix.text)'"
          + style.advice(
            prefix.isOfFirst
              ? ": --rename '^\(prefix.pattern)='" : ": --rename '^=\(prefix.text)'"))
    }
    return
      (["\(verdict): \(summary)"] + omissions + (prefix ?? [])
      + (lines.isEmpty ? [] : [""] + lines))
      .joined(separator: "\n") + "\n"
  }

  /// The most names that a section shows: with different prefixes every key differs, which would fill the screen.
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
    if entry.wholesDiffer {
      let wholes = [entry.first, entry.second].map {
        $0.wholeTensor.map { "part of \($0)" } ?? "a tensor of its own"
      }
      parts.append(wholes.joined(separator: " ≠ "))
    }
    if entry.shapesDiffer {
      parts.append("\(Format.shape(entry.first.shape)) ≠ \(Format.shape(entry.second.shape))")
    }
    if entry.dtypesDiffer {
      parts.append("\(entry.first.dtype.rawValue) ≠ \(entry.second.dtype.rawValue)")
    }
    if let values = entry.values, values.maxAbs == 0, parts.isEmpty {
      parts.append(
        entry.first.dtype.isQuantized
          ? "the same numbers, quantised otherwise"
          : "the same numbers in other bits: zeros of another sign, or other NaNs")
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
