/// Recognises a residual network by names and shapes. All blocks vote on each property, so that any single tensor
/// may be missing.
struct ResidualDetection {
  let architecture: ResidualArchitecture
  let keys: KeyIndex
  let hints: FileHints
  let tensors: ResidualTensors
  let block: ResidualBlock
  /// Channels of layer1 before its expansion.
  let baseChannels: Int
  private(set) var evidence: [Detection.Evidence] = []
  var arguments: BackboneArguments = [:]
  private(set) var assumptions: [Detection.Assumption] = []
  var flavor: Flavor

  /// Nil if most blocks are not of this architecture, if no block shows the width, or if a stage before the last
  /// is missing and no published depth fits.
  init?(architecture: ResidualArchitecture, keys: KeyIndex, hints: FileHints) {
    self.architecture = architecture
    self.keys = keys
    self.hints = hints
    tensors = keys.shared(ResidualTensors.init)
    guard let block = tensors.kind,
      (block == .bottle2neck) == (architecture.defaultBlock == .bottle2neck),
      let channels = Self.baseChannels(tensors, block)
    else { return nil }
    self.block = block
    baseChannels = channels.winner ?? 64
    let blockKeys = tensors.stages.reduce(0) { $0 + $1.values.reduce(0) { $0 + $1.count } }
    let isOfDetectron2 = keys.renamed["detectron2", default: 0] * 2 > blockKeys
    flavor = isOfDetectron2 ? .detectron2 : architecture.flavorOrder[0]

    readStem()
    guard readLayers() else { return nil }
    readWidths(channels.witness)
    readNorm()
    readDeformable()
    readShortcut()
    readHints()
    chooseFlavor()
  }

  /// Chooses another flavor if the current one does not support the arguments that were read.
  mutating func chooseFlavor() {
    if architecture.flavors[flavor]?.missing(in: arguments) != nil {
      flavor = architecture.defaultFlavor(for: arguments)
    }
  }

  mutating func note(
    _ argument: String, _ value: ArgumentValue, label: String? = nil, seen: String,
    publishedAs: String? = nil
  ) {
    evidence.append(
      .init(
        argument: argument, label: label ?? argument, value: value, seen: seen,
        publishedAs: publishedAs))
    arguments[argument] = value
  }

  mutating func assume(_ code: String, _ text: String, isOfAbsentPart: Bool = false) {
    var assumption = Detection.Assumption(code: code, text: text)
    assumption.isOfAbsentPart = isOfAbsentPart
    assumptions.append(assumption)
  }

  var isOfOpenMMLab: Bool { flavor == .mmdet || flavor == .mmpretrain }

  // MARK: Widths

  /// The blocks' votes for the base channels (those of layer1 before expansion; each stage doubles them); nil
  /// without any vote.
  private static func baseChannels(
    _ tensors: ResidualTensors, _ block: ResidualBlock
  ) -> Votes<Int>? {
    var votes = Votes<Int>()
    for (stage, number, members) in tensors.blocks {
      let divisor = block.expansion << stage
      let outputs = block == .basic ? ["conv1", "conv2"] : ["conv3"]
      for name in outputs {
        if let conv = members.convolution(Substring(name)), conv[0] % divisor == 0 {
          votes.add(conv[0] / divisor, "layer\(stage + 1).\(number).\(name) \(conv)")
        }
      }
    }
    return votes.winner == nil ? nil : votes
  }

  private mutating func readWidths(_ seen: String) {
    note("base_channels", .integer(baseChannels), seen: seen)
    guard block != .basic else { return chooseFlavor() }
    var groups = Votes<Int>()
    var widths = [Votes<Int>](repeating: Votes(), count: 4)
    var scales = Votes<Int>()
    for ((stage, number, members), inner) in zip(tensors.blocks, tensors.inner) {
      func place() -> String { "layer\(stage + 1).\(number)" }
      var width: Int?
      for (name, shape) in inner where shape[0] % shape[1] == 0 {
        width = width ?? shape[0]
        groups.add(shape[0] / shape[1], "\(place()).\(name) \(shape)")
        widths[stage].add(shape[0], "\(place()).\(name) \(shape)")
      }
      let whole = [members.convolution("conv1")?[0], members.convolution("conv3")?[1]]
      for whole in whole.compactMap(\.self) {
        if block == .bottleneck { widths[stage].add(whole, "\(place()).conv1 or conv3") }
        if let width, whole % width == 0 { scales.add(whole / width, place()) }
      }
    }
    note("groups", .integer(groups.winner ?? 1), seen: groups.witness)
    if block == .bottle2neck {
      let count = scales.winner ?? 1
      note(
        "scales", .integer(count), label: "scale",
        seen: count > 2 ? "convs.0 to convs.\(count - 2)" : "convs.0 alone")
    }
    // Whether the width is planes · base_width / 64 or / base_channels depends on the flavor.
    chooseFlavor()
    readBaseWidth(widths, groups: groups.winner ?? 1)
  }

  private mutating func readBaseWidth(_ widths: [Votes<Int>], groups: Int) {
    guard !(isOfOpenMMLab && block == .bottleneck && groups == 1) else { return }
    let followsBaseChannels = architecture.flavors[flavor]?.widthFollowsBaseChannels ?? false
    var search: BaseWidthSearch?
    var seen = ""
    for (stage, votes) in widths.enumerated() {
      guard let width = votes.winner else { continue }
      let planes = (followsBaseChannels ? 64 : baseChannels) << stage
      if search == nil {
        search = BaseWidthSearch(width: width / groups, planes: planes)
        seen = votes.witness
      } else {
        search?.narrow(width: width / groups, planes: planes)
      }
    }
    guard let search else { return }
    note("base_width", .integer(search.likeliest), label: "base width", seen: seen)
  }

  // MARK: Norms, deformable convolutions, shortcuts

  private mutating func readNorm() {
    let counted = keys.canonical.first {
      $0.key.hasSuffix("running_mean") || $0.key.hasSuffix("running_var")
    }
    let isNamedGroup = keys.renamed["mmdet-group-norm", default: 0] > 0
    if isNamedGroup, counted == nil, !isOfOpenMMLab, flavor != .detectron2 { flavor = .mmdet }
    if let counted {
      let isFrozen =
        flavor == .detectron2
        && !keys.keys.contains { $0.key.hasSuffix("num_batches_tracked") }
      note(
        "norm_cfg", .dictionary([.init("type", isFrozen ? "FrozenBN" : "BN")]), label: "norm",
        seen: counted.key)
    } else if isNamedGroup || flavor == .detectron2 || hints.names("gn") {
      note(
        "norm_cfg", .dictionary([.init("type", "GN")]), label: "norm",
        seen: isNamedGroup ? "norms called gn" : "norms without running_mean")
      assume("norm_cfg", "group norm with num_groups=32")
    } else {
      arguments["norm_cfg"] = .dictionary([.init("type", "BN")])
      let hasNorms = tensors.blocks.contains { block in
        (1...3).contains { block.members.norm("bn\($0)") != nil }
      }
      assume(
        "norm_cfg",
        hasNorms
          ? "batch norms whose running statistics are not in the file; if they are group norms, say "
            + "norm_cfg=GN"
          : "batch norms, of which nothing is in the file: folded into the convolutions, or never there"
      )
    }
  }

  private mutating func readDeformable() {
    guard block != .basic else { return }
    var channels = Votes<Int>()
    var stages = [Bool](repeating: false, count: arguments["layers"]?.integers?.count ?? 4)
    for ((stage, _, members), inner) in zip(tensors.blocks, tensors.inner)
    where stage < stages.count {
      for (name, _) in inner {
        guard let offset = members.convolution("\(name).conv_offset") else { continue }
        channels.add(offset[0], "layer\(stage + 1) \(name).conv_offset \(offset)")
        stages[stage] = true
      }
    }
    guard let offsets = channels.winner else { return }
    // A 3×3 kernel has 9 positions: per deformable group 18 offset channels, and in version 2 also 9 mask
    // channels.
    let isModulated = offsets % 27 == 0
    let deformGroups = offsets / (isModulated ? 27 : 18)
    guard deformGroups > 0 else { return }
    if flavor != .detectron2 { flavor = .mmdet }
    let first = stages.firstIndex(of: true).flatMap { tensors.stages[$0][0] } ?? [:]
    let fallsBack =
      !first.inner(block).isEmpty && !first.keys.contains { $0.contains("conv_offset") }
    note(
      "dcn",
      .dictionary(
        [
          .init("type", isModulated ? "DCNv2" : "DCN"),
          .init("deform_groups", .integer(deformGroups)),
        ] + (fallsBack ? [.init("fallback_on_stride", true)] : [])),
      seen: channels.witness)
    note(
      "stage_with_dcn", .list(stages.map(ArgumentValue.boolean)),
      seen: "\(block == .bottle2neck ? "convs" : "conv2").conv_offset")
  }

  private mutating func readShortcut() {
    let votes = shortcutVotes
    if let averages = votes.winner {
      note("avg_down", .boolean(averages), seen: votes.witness)
    } else {
      assume("avg_down", "no averaging in shortcuts: there are none to see")
    }
  }

  /// Votes on whether shortcuts average-pool: if so, the pooling is the shortcut's module 0 and the convolution
  /// its module 1.
  var shortcutVotes: Votes<Bool> {
    var votes = Votes<Bool>()
    for (stage, number, members) in tensors.blocks {
      for (index, averages) in [(1, true), (0, false)] {
        let name = "downsample.\(index)"
        let place = "layer\(stage + 1).\(number).\(name)"
        if let conv = members.convolution(Substring(name)) {
          votes.add(averages, "\(place) \(conv)")
        }
        if members.norm("downsample.\(index + 1)") != nil { votes.add(averages, place) }
      }
    }
    return votes
  }
}
