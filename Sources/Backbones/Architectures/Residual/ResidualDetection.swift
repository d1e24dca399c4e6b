/// Recognises a residual network in names and shapes alone.
struct ResidualDetection {
  let architecture: ResidualArchitecture
  /// Under the common names.
  let keys: KeyIndex
  /// As the file has them.
  let ownKeys: KeyIndex
  let prefix: String
  let fileName: String?
  private(set) var evidence: [Detection.Evidence] = []
  private(set) var arguments: BackboneArguments = [:]
  private(set) var assumptions: [Detection.Assumption] = []
  private(set) var flavor: Flavor

  /// Nil if the first block is not one of this architecture.
  init?(architecture: ResidualArchitecture, keys: KeyIndex, prefix: String, fileName: String?) {
    self.architecture = architecture
    let isOfDetectron2 = keys.contains("res2.0.conv1.weight")
    let ownKeys = keys
    let keys = isOfDetectron2 ? KeyIndex(keys.keys.map(Detectron2Names.common)) : keys
    self.keys = keys
    self.ownKeys = ownKeys
    self.prefix = prefix
    self.fileName = fileName
    flavor = isOfDetectron2 ? .detectron2 : architecture.flavorOrder[0]
    let isRes2Net = keys.contains("layer1.0.convs.0.weight")
    guard isRes2Net == (architecture.defaultBlock == .bottle2neck),
      let conv1 = keys.convolution("layer1.0.conv1.weight")
    else { return nil }
    let block: ResidualBlock =
      isRes2Net ? .bottle2neck : keys.contains("layer1.0.conv3.weight") ? .bottleneck : .basic

    guard readStem(), readLayers(block), readWidths(block, conv1: conv1) else { return nil }
    readNorm()
    readDeformable(block)
    readShortcut()
    chooseFlavor()
  }

  /// Another flavor, if this one does not have what was seen.
  private mutating func chooseFlavor() {
    if architecture.flavors[flavor]?.missing(in: arguments) != nil {
      flavor = architecture.defaultFlavor(for: arguments)
    }
  }

  private mutating func note(
    _ argument: String, _ value: ArgumentValue, label: String? = nil, seen: String
  ) {
    evidence.append(
      .init(argument: argument, label: label ?? argument, value: value, seen: seen))
    arguments[argument] = value
  }

  private mutating func assume(_ code: String, _ text: String) {
    assumptions.append(.init(code: code, text: text))
  }

  // MARK: Stem

  private mutating func readStem() -> Bool {
    let stems: [(first: String, last: String, flavor: Flavor?)] = [
      ("stem.0.weight", "stem.6.weight", .mmdet),
      ("stem.0.conv.weight", "stem.2.conv.weight", .mmpretrain),
      ("conv1.0.weight", "conv1.6.weight", architecture.deepStemFlavor),
      ("conv1.weight", "conv1.weight", nil),
    ]
    for stem in stems {
      guard let first = keys.convolution(stem.first), let last = keys.convolution(stem.last) else {
        continue
      }
      let isDeep = stem.first != stem.last
      if let flavor = stem.flavor {
        self.flavor = flavor
      } else if registersSplitsLast {
        flavor = .mmpretrain
      }
      note("in_channels", .integer(first[1]), seen: "\(prefix)\(stem.first) \(first)")
      note("stem_channels", .integer(last[0]), seen: "\(prefix)\(stem.last) \(last)")
      note("deep_stem", .boolean(isDeep), seen: "\(prefix)\(stem.first) \(first)")
      return true
    }
    return false
  }

  private var isOfOpenMMLab: Bool { flavor == .mmdet || flavor == .mmpretrain }

  /// Whether a block's width is a multiple of `base_channels`, not of 64.
  private var widthFollowsBaseChannels: Bool {
    architecture.flavors[flavor]?.widthFollowsBaseChannels ?? false
  }

  /// Whether the splits come last in each block, as mmdet and mmpretrain register them, in keys
  /// that are in the order of registration and not sorted.
  private var registersSplitsLast: Bool {
    let wanted = ["conv1", "bn1", "conv3", "convs.0"].map { "layer1.0.\($0).weight" }
    return keys.keys.map(\.key).filter(wanted.contains) == wanted
  }

  // MARK: Stages

  private mutating func readLayers(_ block: ResidualBlock) -> Bool {
    var layers: [Int] = []
    while layers.count < 4 {
      var blocks = 0
      while keys.contains("layer\(layers.count + 1).\(blocks).conv1.weight") { blocks += 1 }
      guard blocks > 0 else { break }
      layers.append(blocks)
    }
    guard !layers.isEmpty else { return false }
    let seen = layers.enumerated().map { "layer\($0 + 1).0 to \($0 + 1).\($1 - 1)" }
      .joined(separator: ", ")
    note("layers", ArgumentValue(layers), seen: seen)
    if layers.count < 4 { note("num_stages", .integer(layers.count), seen: seen) }
    if architecture.defaultBlock != .bottle2neck {
      let name = block == .basic ? "basic" : "bottleneck"
      note("block", .string(name), seen: "layer1.0.conv1 to conv\(block.lastNormNumber)")
    }
    if let match = architecture.onlyMatch(layers: layers, block: block) {
      note("depth", .integer(match.depth), seen: seen)
    }
    return true
  }

  // MARK: Widths

  private mutating func readWidths(_ block: ResidualBlock, conv1: [Int]) -> Bool {
    guard block != .basic else {
      note("base_channels", .integer(conv1[0]), seen: "layer1.0.conv1 \(conv1)")
      chooseFlavor()
      return true
    }
    let name = block == .bottle2neck ? "convs.0" : "conv2"
    guard let inner = keys.convolution("layer1.0.\(name).weight"),
      let conv3 = keys.convolution("layer1.0.conv3.weight"), conv3[0] % 4 == 0,
      conv1[0] % inner[0] == 0, inner[0] % inner[1] == 0
    else { return false }
    let planes = conv3[0] / 4
    let groups = inner[0] / inner[1]
    note("base_channels", .integer(planes), seen: "layer1.0.conv3 \(conv3)")
    note("groups", .integer(groups), seen: "layer1.0.\(name) \(inner)")
    if block == .bottle2neck {
      let scales = conv1[0] / inner[0]
      note("scales", .integer(scales), label: "scale", seen: splits(upTo: scales - 2))
    }
    // The width is planes · base_width / 64 in every flavor, or / base_channels in OpenMMLab's,
    // where planes are base_channels in the first stage.
    chooseFlavor()
    let perGroup = inner[0] / groups
    let width =
      widthFollowsBaseChannels
      ? perGroup : baseWidth(perGroup, planes: planes, groups: groups, in: name)
    if !(isOfOpenMMLab && block == .bottleneck && groups == 1) {
      note(
        "base_width", .integer(width), label: "base width", seen: "layer1.0.\(name) \(inner)")
    }
    return true
  }

  /// The base width with which all stages get their widths.
  ///
  /// - Parameters:
  ///   - width: of a group in the first stage, where a block has `planes` planes.
  ///   - name: of the convolution that is so wide.
  private func baseWidth(_ width: Int, planes: Int, groups: Int, in name: String) -> Int {
    guard var search = BaseWidthSearch(width: width, planes: planes) else {
      return (width * 64 + planes - 1) / planes
    }
    for stage in 2...4 {
      guard let inner = keys.convolution("layer\(stage).0.\(name).weight"),
        let conv3 = keys.convolution("layer\(stage).0.conv3.weight")
      else { continue }
      search.narrow(width: inner[0] / groups, planes: conv3[0] / 4)
    }
    return search.likeliest
  }

  private func splits(upTo last: Int) -> String {
    last > 0 ? "convs.0 to convs.\(last)" : "convs.0 alone"
  }

  // MARK: Norms, deformable convolutions, shortcuts

  private mutating func readNorm() {
    let isNamedGroup = keys.contains("layer1.0.gn1.weight")
    if isNamedGroup, !isOfOpenMMLab { flavor = .mmdet }
    guard isNamedGroup || !keys.contains("layer1.0.bn1.running_mean") else {
      let isFrozen =
        flavor == .detectron2 && !keys.contains("layer1.0.bn1.num_batches_tracked")
      note(
        "norm_cfg", .dictionary([.init("type", isFrozen ? "FrozenBN" : "BN")]), label: "norm",
        seen: "layer1.0.bn1.running_mean")
      return
    }
    note(
      "norm_cfg", .dictionary([.init("type", "GN")]), label: "norm",
      seen: isNamedGroup ? "layer1.0.gn1" : "layer1.0.bn1 without running_mean")
    assume("norm_cfg", "group norm with num_groups=32")
  }

  private mutating func readDeformable(_ block: ResidualBlock) {
    guard block != .basic else { return }
    let name = block == .bottle2neck ? "convs.0" : "conv2"
    let stages = arguments["layers"]?.integers?.count ?? 0
    func offset(_ stage: Int, _ index: Int) -> [Int]? {
      let start = "layer\(stage).\(index).\(name)"
      return keys.convolution("\(start).conv_offset.weight")
        ?? keys.convolution("\(start)_offset.weight")
    }
    let found = (1...max(stages, 1)).map { offset($0, 1) ?? offset($0, 0) }
    guard let first = found.compactMap(\.self).first else { return }
    if flavor != .detectron2 { flavor = .mmdet }
    // Nine positions: 18 offsets, or 18 offsets and 9 masks, for each deformable group.
    let isModulated = first[0] % 27 == 0
    let deformGroups = first[0] / (isModulated ? 27 : 18)
    guard deformGroups > 0 else { return }
    let firstStage = 1 + (found.firstIndex { $0 != nil } ?? 0)
    let fallsBack = offset(firstStage, 0) == nil
    note(
      "dcn",
      .dictionary(
        [
          .init("type", isModulated ? "DCNv2" : "DCN"),
          .init("deform_groups", .integer(deformGroups)),
        ] + (fallsBack ? [.init("fallback_on_stride", true)] : [])),
      seen: "layer\(firstStage) \(name).conv_offset \(first)")
    note(
      "stage_with_dcn", .list(found.map { .boolean($0 != nil) }), seen: "\(name).conv_offset")
  }

  private mutating func readShortcut() {
    for (index, averages) in [(1, true), (0, false)] {
      for stage in 1...4 {
        let name = "layer\(stage).0.downsample.\(index)"
        guard let conv = keys.convolution("\(name).weight") else { continue }
        note("avg_down", .boolean(averages), seen: "\(name) \(conv)")
        return
      }
    }
    assume("avg_down", "no averaging in shortcuts: there are none to see")
  }
}

extension ResidualArchitecture {
  /// The flavor whose deep stem is called `conv1`.
  var deepStemFlavor: Flavor {
    flavorOrder.first {
      guard let traits = flavors[$0] else { return false }
      return traits.deepStem == .conv1ThenNorm && traits.fixed["deep_stem"] == nil
    } ?? flavorOrder[0]
  }
}
