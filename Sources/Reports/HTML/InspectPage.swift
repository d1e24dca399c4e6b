/// The page of `inspect`, made from its JSON.
struct InspectPage: Decodable {
  struct Statistics: Decodable {
    let min: Double?
    let max: Double?
    let mean: Double?
    let std: Double?
    let nan: Int
    let inf: Int
    let histogram: [Int]?
  }
  struct Tensor: Decodable {
    let name: String
    let dtype: String
    let shape: [Int]
    let nbytes: Int
    let stats: Statistics?

    /// The number of elements, or `Int.max` if the product of the shape overflows.
    var elementCount: Int {
      shape.reduce(1) { count, length in
        let (product, overflow) = count.multipliedReportingOverflow(by: length)
        return overflow ? .max : product
      }
    }

    var isBad: Bool { stats.map { $0.nan + $0.inf > 0 } ?? false }
  }
  struct Global: Decodable {
    let module: String
    let name: String
    let verdict: String
    let reason: String?
  }
  struct WeightsOnly: Decodable {
    let accepted: Bool
    let reason: String?
  }
  struct Checksum: Decodable {
    let sha256: String
    let hubMatches: Bool?
    let crcMismatches: [String]
  }
  struct Architecture: Decodable {
    let backbone: String
    let flavor: String
    let arguments: [String: JSONTree]
    let prefix: String
    let headClasses: Int?
    let assumptions: [String]
  }

  let file: String
  let bytes: Int
  let format: String
  let era: String
  let byteOrder: String
  let stateDictKey: String
  let tensors: [Tensor]
  let shared: [[String]]
  let parameters: Int
  let tensorBytes: Int
  let metadata: [String: JSONTree]
  let globals: [Global]
  let safety: String
  let weightsOnly: WeightsOnly?
  let checksum: Checksum?
  let architecture: Architecture?

  var html: [UInt8] {
    HTMLPage(
      command: "inspect", file: file,
      tone: safety == "safe" ? .good : safety == "unknown" ? .warn : .bad, verdict: safety,
      sentence: sentence
    ).bytes { writer in
      facts(to: &writer)
      writer.list("Worth a look", remarks)
      tree(to: &writer)
      if !metadata.isEmpty {
        writer.section("Beside the weights") { writer in
          writer.element("ul", ["class": "tree"]) { JSONTree.write(metadata, to: &$0) }
        }
      }
    }
  }

  private var sentence: String {
    let what =
      switch safety {
      case "safe": "nothing in the file runs when Python loads it"
      case "unknown": "it is not known whether something in the file runs when Python loads it"
      default: "loading the file in Python can run code"
      }
    guard let weightsOnly else { return what }
    return what
      + (weightsOnly.accepted
        ? "; weights_only=True accepts it"
        : "; weights_only=True refuses it\(weightsOnly.reason.map { " (\($0))" } ?? "")")
  }

  private func facts(to writer: inout HTMLWriter) {
    let dtypes = Dictionary(grouping: tensors, by: \.dtype).map { ($0.value.count, $0.key) }
      .sorted { ($1.0, $0.1) < ($0.0, $1.1) }.map { "\($0.1) \($0.0)" }
    let arguments = architecture?.arguments.sorted { $0.key < $1.key }
      .map { "\($0.key)=\($0.value.text)" }
    writer.facts([
      "format": "\(format), \(Format.bytes(bytes)), \(byteOrder)-endian",
      "written by": era,
      "state dict": stateDictKey,
      "tensors": "\(Format.grouped(tensors.count)) (\(dtypes.joined(separator: ", ")))",
      "parameters": "\(Format.grouped(parameters)), \(Format.bytes(tensorBytes))",
      "backbone": architecture.map { architecture in
        "\(architecture.backbone), names of \(architecture.flavor)"
          + (architecture.prefix.isEmpty ? "" : ", under \(architecture.prefix)")
          + (architecture.headClasses.map { ", \($0) classes" } ?? "")
      },
      "arguments": arguments?.joined(separator: ", "),
      "SHA-256": checksum?.sha256,
    ])
  }

  private var remarks: [String] {
    var remarks = globals.filter { $0.verdict != "safe" }.prefix(20).map { global in
      "\(global.verdict): \(global.module).\(global.name)"
        + (global.reason.map { ": \($0)" } ?? "")
    }
    for tensor in tensors.filter(\.isBad).prefix(20) {
      guard let statistics = tensor.stats else { continue }
      remarks.append("\(tensor.name): \(statistics.nan) NaN, \(statistics.inf) infinite")
    }
    for group in shared.prefix(10) {
      let more = group.count > 8 ? " and \(group.count - 8) more" : ""
      remarks.append("one storage: \(group.prefix(8).joined(separator: ", "))\(more)")
    }
    if checksum?.hubMatches == false { remarks.append("the file name's hash is not the file's") }
    remarks += (checksum?.crcMismatches ?? []).prefix(5).map { "wrong CRC: \($0)" }
    return remarks
  }

  private func tree(to writer: inout HTMLWriter) {
    let all = Double(Swift.max(parameters, 1))
    KeyTree(
      trees: [("Modules", NameTree(tensors.map { ($0.name, $0) }))],
      opens: { node, depth in depth == 0 && node.all.count <= 40 },
      moduleNote: { node, writer in
        let tensors = node.all
        let elements = Int.saturatingSum(tensors.map(\.elementCount))
        writer.bar(Double(elements) / all)
        writer.number(Format.count(elements))
        let bad = tensors.count(where: \.isBad)
        if bad > 0 { writer.state(.foreign, count: bad) }
      },
      leafNote: { tensor, writer in
        writer.number(Format.shape(tensor.shape))
        writer.note(tensor.dtype)
        if let statistics = tensor.stats { write(statistics, to: &writer) }
      }
    ).write(to: &writer)
  }

  private func write(_ statistics: Statistics, to writer: inout HTMLWriter) {
    let range = "from \(Format.short(statistics.min)) to \(Format.short(statistics.max))"
    if let histogram = statistics.histogram { writer.histogram(histogram, label: range) }
    guard statistics.mean != nil else { return }
    // A single element has no standard deviation.
    writer.note(
      "\(range), mean \(Format.short(statistics.mean))"
        + (statistics.std.map { ", std \(Format.short($0))" } ?? ""))
    if statistics.nan + statistics.inf > 0 {
      writer.state(.foreign)
      writer.note("\(statistics.nan) NaN, \(statistics.inf) infinite")
    }
  }
}
