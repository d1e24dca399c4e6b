import PthBackbones
import PthConfigs

/// Checks whether necks can be built, and whether each gets the inputs that it expects: the first from the backbone,
/// any other from the neck before.
enum NeckCheck {
  /// Necks whose `in_channels` is a list with an item for each input.
  private static let listed: Set<String> = [
    "FPN", "PAFPN", "FPN_CARAFE", "FPN_DropBlock", "NASFPN", "NASFCOS_FPN", "FPG", "RFP", "HRFPN",
    "ChannelMapper", "YOLOXPAFPN", "CSPNeXtPAFPN", "SSH", "BiFPN",
  ]
  /// Necks that use only the last input, and whose `in_channels` is a number. Families name more of them.
  private static let single: Set<String> = ["DilatedEncoder"]

  static func findings(for backbone: BackboneEntry, _ context: ArgumentContext)
    -> [PreflightFinding]
  {
    var inputs = backbone.channels.map { NeckInputs($0, of: backbone) }
    var findings: [PreflightFinding] = []
    for neck in backbone.owner.places("neck") {
      let type = neck.type ?? ""
      if backbone.isOfDetectors, let constructor = NeckConstructors.table[type] {
        findings +=
          ArgumentCheck(
            place: neck, constructor: constructor, context: context, normWidths: widths(neck),
            isBackbone: false
          ).findings
      } else {
        findings.append(
          context.untold(
            at: neck.location(of: "type"), "whether \(neck.path) can be built and run",
            because: type.isEmpty
              ? "its type cannot be read without Python"
              : "'\(type)' is not among the necks that are known here"))
      }
      findings += PyramidLevels.findings(neck, type, context)
      if let inputs {
        findings += channelFindings(neck, type, inputs, backbone.registry, context)
        findings += sizeFindings(neck, type, inputs, context)
      }
      inputs = NeckInputs(after: neck, type, inputs)
    }
    return findings
  }

  /// The channels of a neck's norms: in all necks of the table, these are the output channels.
  private static func widths(_ neck: Place) -> [Int] {
    (neck["out_channels"] ?? neck["in_channels"])?.int.map { [$0] } ?? []
  }

  private static func channelFindings(
    _ neck: Place, _ type: String, _ inputs: NeckInputs, _ registry: BackboneRegistry,
    _ context: ArgumentContext
  ) -> [PreflightFinding] {
    if type == "BFP" { return fusionFindings(neck, inputs) }
    guard let given = neck["in_channels"] else { return [] }
    let takesLast =
      single.contains(type)
      || registry.definitions.contains {
        $0.configurationClass?.necksOfLastOutput.contains(type) == true
      }
    if takesLast, let number = given.int {
      guard let last = inputs.channels.last, number != last else {
        return inputs.channels.isEmpty ? [finding(neck, inputs, type, "\(number)")] : []
      }
      return [finding(neck, inputs, type, "\(number)", instead: "in_channels=\(last)")]
    }
    guard listed.contains(type), let numbers = given.integers,
      !fits(numbers, inputs.channels, neck, type, context)
    else { return [] }
    return [
      finding(
        neck, inputs, type, "[\(numbers.map(String.init).joined(separator: ", "))]",
        instead: "in_channels=[\(inputs.text)]")
    ]
  }

  private static func fits(
    _ numbers: [Int], _ channels: [Int], _ neck: Place, _ type: String, _ context: ArgumentContext
  ) -> Bool {
    guard numbers.count == channels.count else { return false }
    // HRFPN concatenates its inputs before its first convolution.
    if type == "HRFPN" { return sum(numbers) == sum(channels) }
    return PyramidLevels.possible(neck, type, inputs: numbers.count, context).contains { levels in
      levels.used.allSatisfy { numbers[$0] == channels[$0] }
    }
  }

  /// Necks that combine levels as if each had half the size of the one before.
  private static let halving: Set<String> = ["HRFPN", "PAFPN"]

  private static func sizeFindings(
    _ neck: Place, _ type: String, _ inputs: NeckInputs, _ context: ArgumentContext
  ) -> [PreflightFinding] {
    guard halving.contains(type), let steps = inputs.steps else { return [] }
    // `steps[i]` is the factor from level i - 1 to level i, so the first used level is skipped.
    let found = PyramidLevels.possible(neck, type, inputs: steps.count, context).map { levels in
      levels.used.dropFirst().first { steps[$0] != 2 }
    }
    guard !found.contains(nil), let wrong = found.compactMap(\.self).first else { return [] }
    return [
      PreflightFinding(
        .neckOutputs, .error, at: neck.location(of: "type"),
        "the run stops at the first image: \(type) expects each level to be half as large as the one before",
        because: "level \(wrong) is smaller than the one before by a factor of \(steps[wrong])")
    ]
  }

  /// The sum; nil if it overflows.
  private static func sum(_ numbers: [Int]) -> Int? {
    var total = 0
    for number in numbers {
      let (next, isTooLarge) = total.addingReportingOverflow(number)
      if isTooLarge { return nil }
      total = next
    }
    return total
  }

  /// Findings about BFP, which resizes all levels to one size, averages them and adds the result to each level.
  private static func fusionFindings(_ neck: Place, _ inputs: NeckInputs) -> [PreflightFinding] {
    let levels = neck["num_levels"]?.int
    if let levels, levels != inputs.channels.count {
      return [
        PreflightFinding(
          .neckOutputs, .error, at: neck.location(of: "num_levels"),
          "the run stops at the first image: BFP expects \(levels) levels, \(inputs.giver) gives "
            + "\(inputs.channels.count)", instead: "num_levels=\(inputs.channels.count)")
      ]
    }
    if let levels, let level = neck["refine_level"] == nil ? 2 : neck["refine_level"]?.int,
      !(0..<max(0, levels)).contains(level)
    {
      return [
        PreflightFinding(
          .neckOutputs, .error, at: neck.location(of: "refine_level"),
          "the run stops: BFP cannot refine level \(level) of \(levels)")
      ]
    }
    let isRefined = neck.value("refine_type") != nil
    if Set(inputs.channels).count > 1 {
      return [finding(neck, inputs, "BFP", "equal channels")]
    }
    guard isRefined, let number = neck["in_channels"]?.int, let first = inputs.channels.first,
      first != number
    else { return [] }
    return [finding(neck, inputs, "BFP", "\(number)", instead: "in_channels=\(first)")]
  }

  private static func finding(
    _ neck: Place, _ inputs: NeckInputs, _ type: String, _ given: String, instead: String? = nil
  ) -> PreflightFinding {
    PreflightFinding(
      .neckChannels, .error, at: neck.location(of: "in_channels"),
      "the run stops at the first image: \(type) expects \(given), \(inputs.giver) gives "
        + "[\(inputs.text)]", because: inputs.reason, instead: instead)
  }
}

/// The inputs of a neck: the channels and relative sizes of its levels.
struct NeckInputs {
  let channels: [Int]
  /// The module that gives the inputs, for a sentence.
  let giver: String
  let reason: String
  /// The factor by which each level is smaller than the one before; nil if that is not known.
  private(set) var steps: [Int]?

  var text: String { channels.map(String.init).joined(separator: ", ") }

  init(_ channels: [Int], of backbone: BackboneEntry) {
    self.channels = channels
    giver = "the backbone"
    let names = backbone.graph?.outputs.map(\.name).joined(separator: ", ") ?? ""
    let outputs =
      backbone.graph?.arguments["out_indices"].map {
        "the stages \($0) (\(backbone.place.location(of: "out_indices")?.short ?? ""))"
      } ?? names
    reason = "\(backbone.type) returns \(outputs)"
    steps = Self.steps(backbone)
  }

  private static func steps(_ backbone: BackboneEntry) -> [Int]? {
    guard let arguments = backbone.graph?.arguments,
      let strides = arguments["strides"]?.integers, let indices = arguments["out_indices"]?.integers
    else { return nil }
    let returned = Set(indices).sorted().filter(strides.indices.contains)
    var steps: [Int] = []
    var last = -1
    for index in returned {
      // There are at most four strides of at most 64 each, so nothing overflows.
      steps.append(
        strides[(last + 1)...index].reduce(1) {
          $0.multipliedReportingOverflow(by: $1).partialValue
        })
      last = index
    }
    return steps
  }

  /// The outputs of a neck; nil if they are not known.
  init?(after neck: Place, _ type: String, _ inputs: NeckInputs?) {
    let out = neck["out_channels"]?.int
    var count: Int?
    switch type {
    case "FPN", "PAFPN", "NASFPN", "FPN_CARAFE", "FPN_DropBlock", "NASFCOS_FPN", "FPG", "RFP":
      count = neck["num_outs"]?.int
    case "HRFPN": count = neck["num_outs"] == nil ? 5 : neck["num_outs"]?.int
    case "ChannelMapper":
      let given = neck["in_channels"]?.elements?.count
      count = neck.value("num_outs") == nil ? given : neck["num_outs"]?.int
      count = count.flatMap { count in given.map { max($0, count) } }
    case "DilatedEncoder": count = 1
    case "BFP":
      guard let inputs else { return nil }
      channels = inputs.channels
      giver = "BFP"
      reason = inputs.reason
      return
    default: return nil
    }
    guard let out, let count, (0...64).contains(count) else { return nil }
    channels = Array(repeating: out, count: count)
    giver = type
    reason = "\(neck.path) gives \(count) levels of \(out) channels"
  }
}
