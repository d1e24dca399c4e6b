import OrderedCollections
import PthBackbones
import PthBytes
import PthCheckpoints
import PthKeyMapping
import PthPickle
import PthTensors

/// The text of `inspect`, in 80 columns or the width of the terminal.
package struct InspectText {
  package let report: InspectReport
  package let isFlat: Bool
  /// The number of tree levels shown; nil for as many as fit on the screen.
  package let depth: Int?
  package let style: TextStyle
  private var checkpoint: Checkpoint { report.checkpoint }

  /// - Parameters:
  ///   - isFlat: Whether every tensor has a line, in place of the tree of modules.
  ///   - depth: The number of tree levels shown; nil for as many as fit on the screen.
  package init(
    _ report: InspectReport, isFlat: Bool = false, depth: Int? = nil, style: TextStyle = .plain
  ) {
    self.report = report
    self.isFlat = isFlat
    self.depth = depth
    self.style = style
  }

  package var text: String {
    let summary = header + contents + [""]
    var rest = peculiarities
    if let checksum = report.checksum { rest += [""] + checksums(checksum) }
    // The tree is shortened so that the summary does not scroll off the screen.
    let room = style.height.map { max($0 - summary.count - rest.count - 3, 6) }
    let lines = summary + (isFlat ? flat : tree(room: room)) + rest
    return lines.joined(separator: "\n") + "\n"
  }

  // MARK: The file

  private var header: [String] {
    let name = checkpoint.path == "-" ? "standard input" : checkpoint.path
    var lines = [style.styled(Format.printable(name), .bold)]
    lines.append(
      "  \(kind), \(Format.bytes(fileBytes))"
        + (checkpoint.byteOrder == .big ? ", big-endian" : ", little-endian"))
    if checkpoint.era != checkpoint.format.rawValue { lines.append("  \(checkpoint.era)") }
    let dtypes = counts(report.tensors.map(\.tensor.dtype.rawValue))
    lines.append(
      "  \(tensorCount), "
        + "\(Format.count(report.elementCount)) parameters, \(Format.bytes(report.tensorBytes))"
        + (dtypes.isEmpty ? "" : " (\(dtypes))"))
    if !checkpoint.stateDictKey.isEmpty || checkpoint.candidates.count > 1 {
      lines += wrapped("state dict: ", stateDictPlace, indent: 2)
    }
    if let detection = report.detection { lines += architecture(detection) }
    lines += audit
    return lines
  }

  private func architecture(_ detection: Detection) -> [String] {
    let arguments = detection.arguments.values.map { "\($0.key)=\($0.value)" }
    let prefix = detection.prefix.isEmpty ? "" : " under '\(detection.prefix)'"
    let head = detection.headClasses.map { ", \($0) classes" } ?? ""
    return wrapped(
      "backbone: ",
      "\(detection.backbone)\(prefix), names of \(detection.flavor.rawValue)\(head): "
        + arguments.joined(separator: ", "), indent: 2)
  }

  /// `320 tensors`, or `12 of 320 tensors match` if a filter was given.
  private var tensorCount: String {
    let (shown, all) = (report.tensors.count, checkpoint.stateDict.keys.count)
    return shown == all
      ? Format.tensors(all) : "\(Format.grouped(shown)) of \(Format.tensors(all)) match"
  }

  private var fileBytes: Int {
    checkpoint.shards.isEmpty
      ? checkpoint.byteCount : checkpoint.shards.reduce(0) { $0 + $1.byteCount }
  }

  private var kind: String {
    let shards = checkpoint.shards.count
    return checkpoint.format.title + (shards == 0 ? "" : " in \(shards) shards")
  }

  private var stateDictPlace: String {
    let chosen = checkpoint.stateDictKey.isEmpty ? "at the top" : checkpoint.stateDictKey
    let count = checkpoint.stateDict.tensors.count
    let others = checkpoint.candidates.filter { $0.key != checkpoint.stateDictKey }
    guard !others.isEmpty else { return chosen }
    // Small dicts are usually optimizer state and not weights.
    let likely = others.filter { $0.tensorCount * 4 >= count }.prefix(6)
    let named = likely.map { "\($0.key.isEmpty ? "(top)" : $0.key) (\($0.tensorCount) tensors)" }
    let rest = others.count - likely.count
    let smaller = rest > 0 ? ["\(rest) smaller place\(rest == 1 ? "" : "s")"] : []
    return "\(chosen); also \((named + smaller).joined(separator: ", "))"
      + style.advice("; choose with --key")
  }

  private func counts(_ names: [String]) -> String {
    let counts = names.reduce(into: [String: Int]()) { $0[$1, default: 0] += 1 }
    let sorted = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    if sorted.count == 1 { return sorted[0].key }
    let shown = sorted.prefix(4).map { "\($0.key) \($0.value)" }.joined(separator: ", ")
    return shown + (sorted.count > 4 ? ", …" : "")
  }

  private var audit: [String] {
    let audit = report.audit
    var text = audit.verdict.rawValue
    switch audit.verdict {
    case .safe: text += audit.pickleCount == 0 ? ": holds no pickle" : ""
    case .unknown, .dangerous:
      let names = audit.globals.filter { $0.verdict == audit.verdict }
      let reasons =
        names.prefix(3).map { "\($0.global)" }
        + audit.findings.filter { $0.verdict == audit.verdict }.prefix(2).map(\.text)
      text += ": " + Format.printable(reasons.joined(separator: ", ")) + "; see 'pthconv scan'"
    }
    switch audit.weightsOnly {
    case .notApplicable: break
    case .accepted: text += "; weights_only=True accepts it"
    case .refused(let reason):
      text += "; weights_only=True refuses it (\(Format.printable(reason)))"
    }
    return AuditText.coloring(audit.verdict, in: wrapped("audit: ", text, indent: 2), style)
  }

  // MARK: Contents beside the weights

  private var contents: [String] {
    let lines = MetadataText(checkpoint.metadata, style: style).lines
    return lines.isEmpty ? [] : ["", style.styled("Contents", .bold)] + lines
  }

  // MARK: Tensors

  /// - Parameter room: The number of lines that fit on the screen; nil for no limit.
  private func tree(room: Int?) -> [String] {
    let all = ModuleTree(report.tensors).lines()
    guard !all.isEmpty else { return ["  no tensors"] }
    let depth = self.depth ?? room.map { room in deepestLevel(of: all, fitting: room) } ?? .max
    let lines = all.filter { $0.depth < depth }
    let labels = lines.map {
      String(repeating: "  ", count: min($0.depth, 12) + 1) + Format.printable($0.name)
    }
    let longest = max(labels.map(\.count).max() ?? 0, 10)
    let nameWidth = style.isTerminal ? min(longest, 32) : longest
    let countWidth = max(10, lines.map { Format.grouped($0.elementCount).count }.max() ?? 0)
    let room = style.isTerminal ? style.width - nameWidth - countWidth - 4 : .max
    let heading =
      Format.column("Modules", nameWidth) + "  "
      + Format.column("parameters", countWidth, right: true) + "  shape"
    let hidden = all.count - lines.count
    return [style.styled(heading, .bold)]
      + zip(labels, lines).map { label, line in
        Format.column(Format.elided(label, nameWidth), nameWidth) + "  "
          + Format.column(Format.grouped(line.elementCount), countWidth, right: true)
          + (line.detail.isEmpty ? "" : "  " + Format.elided(Format.printable(line.detail), room))
      }
      + (hidden > 0
        ? [
          "  … \(Format.grouped(hidden)) lines deeper"
            + style.advice("; --depth \(depth + 1) shows more")
        ] : [])
  }

  /// The number of tree levels that fit into `room` lines; at least one.
  private func deepestLevel(of lines: [ModuleTree.Line], fitting room: Int) -> Int {
    let deepest = (lines.map(\.depth).max() ?? 0) + 1
    return (1...deepest).last { level in lines.count { $0.depth < level } <= room } ?? 1
  }

  private var flat: [String] {
    guard !report.tensors.isEmpty else { return ["  no tensors"] }
    if let statistics = report.statistics { return statisticsTable(statistics) }
    let shapes = report.tensors.map { Format.shape($0.tensor.shape) }
    let shapeWidth = min(max(5, shapes.map(\.count).max() ?? 0), 24)
    let dtypeWidth = report.tensors.map(\.tensor.dtype.rawValue.count).max() ?? 8
    let nameWidth =
      style.isTerminal ? max(20, style.width - shapeWidth - dtypeWidth - 15) : .max
    let longest = report.tensors.map { Format.printable($0.name).count }.max() ?? 0
    let width = min(nameWidth, max(longest, 6))
    let heading =
      Format.column("Tensor", width) + "  " + Format.column("dtype", dtypeWidth) + "  "
      + Format.column("shape", shapeWidth) + "  " + Format.column("size", 9, right: true)
    return [style.styled(heading, .bold)]
      + zip(report.tensors, shapes).map { item, shape in
        Format.column(Format.elided(Format.printable(item.name), width), width) + "  "
          + Format.column(item.tensor.dtype.rawValue, dtypeWidth) + "  "
          + Format.column(shape, shapeWidth) + "  "
          + Format.column(Format.bytes(item.tensor.byteCount), 9, right: true)
      }
  }

  private func statisticsTable(_ statistics: [TensorStatistics?]) -> [String] {
    let longest = report.tensors.map { Format.printable($0.name).count }.max() ?? 0
    let width = max(16, style.isTerminal ? style.width - 56 : longest)
    let columns = ["min", "max", "mean", "std"]
    let heading =
      Format.column("Tensor", width)
      + columns.map { Format.column($0, 11, right: true) }.joined()
      + Format.column("NaN", 6, right: true) + Format.column("Inf", 6, right: true)
    return [style.styled(heading, .bold)]
      + zip(report.tensors, statistics).map { item, values in
        let name = Format.column(Format.elided(Format.printable(item.name), width), width)
        guard let values else { return name + Format.column("no values", 11, right: true) }
        let numbers = [values.minimum, values.maximum, values.mean, values.standardDeviation]
        let bad = [values.nanCount, values.infinityCount]
        return name + numbers.map { Format.column(Format.short($0), 11, right: true) }.joined()
          + bad.map { count in
            let text = Format.column("\(count)", 6, right: true)
            return count > 0 ? style.styled(text, .red) : text
          }.joined()
      }
  }

  /// Lines about shared storages and tensors that are not contiguous.
  private var peculiarities: [String] {
    var lines: [String] = []
    for group in report.shared.prefix(5) {
      lines += wrapped(
        "shared storage: ",
        group.prefix(8).joined(separator: ", ")
          + (group.count > 8 ? ", and \(group.count - 8) more" : ""), indent: 2)
    }
    if report.shared.count > 5 {
      lines.append("  and \(report.shared.count - 5) more shared storages")
    }
    let strided = report.tensors.filter { !$0.tensor.isContiguous }
    if !strided.isEmpty {
      lines += wrapped(
        "not contiguous: ",
        strided.prefix(8).map {
          "\($0.name) (stride \(Format.shape($0.tensor.strides)))"
        }.joined(separator: ", ") + (strided.count > 8 ? ", and \(strided.count - 8) more" : ""),
        indent: 2)
    }
    return lines.isEmpty ? [] : [""] + lines
  }

  private func checksums(_ checksum: ChecksumReport) -> [String] {
    var lines = ["  SHA-256: \(checksum.sha256)"]
    if let hash = checksum.hubHash, let matches = checksum.hubMatches {
      lines.append(
        matches
          ? style.styled("  the file name's \(hash) matches", .green)
          : style.styled(
            "  the file name says \(hash): the file is damaged or another one", .red))
    }
    if let count = checksum.entryCount {
      let wrong = checksum.mismatches.count
      lines.append(
        wrong == 0
          ? "  CRC-32: all \(count) entries match"
          : style.styled("  CRC-32: \(wrong) of \(count) entries do not match", .yellow)
            + (wrong == count ? " (PyTorch can save without CRCs)" : ""))
      if wrong < count {
        lines += checksum.mismatches.prefix(5).map { "    \(Format.printable($0))" }
      }
    }
    return lines
  }

  private func wrapped(_ label: String, _ text: String, indent: Int) -> [String] {
    TextWrap.lines(label + Format.printable(text), width: style.width, indent: indent)
  }
}
