extension ResidualConfiguration {
  /// Fills in the arguments that `given` (canonical arguments) leaves out, and checks all of them.
  ///
  /// - Throws: ``BackboneError/invalidArgument(_:reason:)`` for values that contradict each other or
  ///   that the flavor does not have.
  init(
    _ architecture: ResidualArchitecture, _ given: BackboneArguments, flavor: ResidualFlavor
  ) throws(BackboneError) {
    let given = flavor.defaults.merging(given).merging(flavor.forced)
    backbone = architecture.name
    self.flavor = flavor
    (block, depth, layers) = try Self.blocks(architecture, given)
    let stages = layers.count
    inChannels = given["in_channels"]?.integer ?? 3
    baseChannels = given["base_channels"]?.integer ?? 64
    stemChannels = given["stem_channels"]?.integer ?? baseChannels
    strides = try Self.list(
      "strides", given["strides"]?.integers, default: [1, 2, 2, 2], count: stages)
    dilations = try Self.list(
      "dilations", given["dilations"]?.integers, default: [1, 1, 1, 1], count: stages)
    outIndices = given["out_indices"]?.integers ?? Array(0..<stages)
    isCaffeStyle = given["style"]?.string == "caffe"
    hasDeepStem = given["deep_stem"]?.boolean ?? false
    averagesShortcut = given["avg_down"]?.boolean ?? false
    frozenStages = given["frozen_stages"]?.integer ?? -1
    norm = try NormConfiguration(given["norm_cfg"])
    deform = try DeformConfiguration(given["dcn"])
    deformStages =
      deform == nil
      ? [Bool](repeating: false, count: stages)
      : try Self.list(
        "stage_with_dcn", given["stage_with_dcn"]?.booleans,
        default: [Bool](repeating: false, count: 4), count: stages)
    groups = given["groups"]?.integer ?? 1
    let isDerivedBlock = block == .bottle2neck || groups > 1
    zeroInitResidual =
      !(flavor.zeroInitSkipsDerivedBlocks && isDerivedBlock)
      && given["zero_init_residual"]?.boolean ?? flavor.zeroInitResidual
    baseWidth = given["base_width"]?.integer ?? (groups > 1 ? 4 : architecture.defaultBaseWidth)
    scales = given["scales"]?.integer ?? 4
    stagePooling =
      given["stage_pooling"]?.string.flatMap(ResidualFlavor.StagePooling.init)
      ?? flavor.stagePooling
    classes = given["num_classes"]?.integer ?? 0
    try validate()
  }

  /// Block, depth and layers; the arguments may give any of the three.
  private static func blocks(
    _ architecture: ResidualArchitecture, _ given: BackboneArguments
  ) throws(BackboneError) -> (ResidualBlock, Int?, [Int]) {
    let block = given["block"]?.string.map { $0 == "basic" ? ResidualBlock.basic : .bottleneck }
    let depth = given["depth"]?.integer
    let published = try architecture.published(
      depth: depth ?? (given["layers"] == nil ? architecture.defaultDepth : nil))
    guard let layers = given["layers"]?.integers ?? published?.layers, layers.count <= 4 else {
      throw .invalidArgument("layers", reason: "must have one number for each of up to 4 stages")
    }
    let stages = given["num_stages"]?.integer ?? layers.count
    guard stages <= layers.count else {
      throw .invalidArgument("num_stages", reason: "\(stages) stages need as many layers")
    }
    let used = Array(layers.prefix(stages))
    guard let published else {
      let match = architecture.bestMatch(layers: layers, block: block)
      return (block ?? match?.block ?? architecture.defaultBlock, match?.depth, used)
    }
    guard published.layers.starts(with: used) else {
      throw .invalidArgument(
        "depth",
        reason: "\(published.depth) has layers \(published.layers), not \(layers); give one of them"
      )
    }
    let isPublishedBlock = block == nil || block == published.block
    return (block ?? published.block, isPublishedBlock ? published.depth : nil, used)
  }

  private static func list<Element>(
    _ name: String, _ given: [Element]?, default standard: [Element], count: Int
  ) throws(BackboneError) -> [Element] {
    guard let given else { return Array(standard.prefix(count)) }
    guard given.count == count else {
      throw .invalidArgument(
        name, reason: "has \(given.count) values for \(count) stages; give one for each")
    }
    return given
  }

  private func validate() throws(BackboneError) {
    let stages = layers.count
    if let index = outIndices.first(where: { $0 >= stages }) {
      throw .invalidArgument(
        "out_indices", reason: "\(index) is not a stage; there are 0 to \(stages - 1)")
    }
    guard Set(outIndices).count == outIndices.count else {
      throw .invalidArgument("out_indices", reason: "names a stage twice")
    }
    guard frozenStages <= stages else {
      throw .invalidArgument("frozen_stages", reason: "there are only \(stages) stages")
    }
    guard scales >= flavor.minimumScales else {
      throw .invalidArgument(
        "scales", reason: "must be at least \(flavor.minimumScales); with 1 it is a ResNet")
    }
    guard !hasDeepStem || stemChannels % 2 == 0 else {
      throw .invalidArgument("stem_channels", reason: "must be even for a deep stem")
    }
    guard strides.allSatisfy({ $0 <= flavor.largestStride }) else {
      throw .invalidArgument("strides", reason: "must be 1 or 2 in this flavor")
    }
    if block == .basic { try validateBasic() }
    guard width(planes: planes(stage: 0)) > 0 else {
      throw .invalidArgument("base_width", reason: "\(baseWidth) leaves a block without channels")
    }
    let isPooledAndDilated = zip(dilations, strides).contains { $0 > 1 && $1 == 1 }
    if averagesShortcut, flavor.shortcutPoolKernel != nil, isPooledAndDilated {
      throw .invalidArgument(
        "dilations",
        reason: "timm's padded pooling in dilated shortcuts is not supported; leave avg_down out")
    }
  }

  private func validateBasic() throws(BackboneError) {
    if groups != 1 { throw .invalidArgument("groups", reason: "basic blocks have no groups") }
    if deform != nil, deformStages.contains(true) {
      throw .invalidArgument("dcn", reason: "basic blocks have no deformable convolution")
    }
    if flavor.firstBlockKeepsDilation, !flavor.dilatesSecondConvolution,
      dilations.contains(where: { $0 > 1 })
    {
      throw .invalidArgument("dilations", reason: "torchvision's basic blocks have no dilation")
    }
  }
}
