/// A family of residual networks: the properties in which Res2Net and ResNet differ.
struct ResidualArchitecture: Sendable {
  struct Published: Sendable {
    let depth: Int
    let block: ResidualBlock
    /// Blocks of each stage.
    let layers: [Int]

    init(_ depth: Int, _ block: ResidualBlock, _ layers: [Int]) {
      self.depth = depth
      self.block = block
      self.layers = layers
    }
  }

  /// In the order of the registry.
  static let all = [res2Net, resNet]

  let name: String
  let summary: String
  let table: [ArgumentSpecification]
  /// In the order of preference.
  let flavorOrder: [Flavor]
  let flavors: [Flavor: ResidualFlavor]
  /// Published depths.
  let depths: [Published]
  let presets: [BackbonePreset]
  let defaultDepth: Int
  let defaultBlock: ResidualBlock
  let defaultBaseWidth: Int
  /// The names of its networks in OpenMMLab's registries.
  let configurationTypes: Set<String>
  var detectron2: Detectron2Section?
  let usualArguments: BackboneArguments
  let publishedWeights: [PublishedPreparation]

  /// The published network of this depth; nil if no depth is given. Throws for an unpublished depth.
  func published(depth: Int?) throws(BackboneError) -> Published? {
    guard let depth else { return nil }
    guard let found = depths.first(where: { $0.depth == depth }) else {
      let known = depths.map(\.depth).sorted().map(String.init).joined(separator: ", ")
      throw .invalidArgument("depth", reason: "must be one of \(known); for others give layers")
    }
    return found
  }

  /// The published network with these layers (and this block, if given), preferably with the default block.
  func bestMatch(layers: [Int], block: ResidualBlock?) -> Published? {
    let fitting = depths.filter { $0.layers == layers && (block == nil || $0.block == block) }
    return fitting.first { $0.block == defaultBlock } ?? fitting.first
  }

  /// The published network of this block whose layers begin with these; nil unless there is exactly one.
  func onlyMatch(layers: [Int], block: ResidualBlock) -> Published? {
    let fitting = depths.filter { $0.layers.starts(with: layers) && $0.block == block }
    return fitting.count == 1 ? fitting[0] : nil
  }

  /// The flavor to use when none is named: the first that supports all given arguments.
  func defaultFlavor(for given: BackboneArguments) -> Flavor {
    flavorOrder.first { flavors[$0]?.missing(in: given) == nil } ?? flavorOrder[0]
  }

  /// - Throws: ``BackboneError/unknownFlavor(_:backbone:known:)``;
  ///   ``BackboneError/invalidArgument(_:reason:)`` if the flavor lacks an argument or arguments contradict
  ///   each other.
  func configuration(
    _ given: BackboneArguments, flavor: Flavor
  ) throws(BackboneError) -> ResidualConfiguration {
    guard let traits = flavors[flavor] else {
      throw .unknownFlavor(flavor, backbone: name, known: flavorOrder)
    }
    if let argument = traits.missing(in: given) {
      let others = flavorOrder.filter { flavors[$0]?.missing(in: given) == nil }.map(\.rawValue)
      let advice =
        others.isEmpty ? "leave it out" : "choose flavor \(others.joined(separator: " or "))"
      throw .invalidArgument(
        argument, reason: "\(flavor)'s \(name) does not have this; \(advice)")
    }
    return try ResidualConfiguration(self, given, flavor: traits)
  }

  /// The graph that canonical arguments describe.
  func graph(_ given: BackboneArguments, flavor: Flavor) throws(BackboneError) -> ModelGraph {
    let configuration = try configuration(given, flavor: flavor)
    let arguments = configuration.arguments(table)
    var graph = try GraphCache.shared.graph(name, arguments, flavor) {
      () throws(BackboneError) in
      var graph = try configuration.graph()
      graph.flavor = flavor
      graph.arguments = arguments
      return graph
    }
    graph.notes = configuration.notes(given, flavor: flavor)
    return graph
  }

  var definition: BackboneDefinition {
    var definition = BackboneDefinition(
      name, summary: summary, flavors: flavorOrder, arguments: table,
      alternatives: Self.alternatives,
      defaultFlavor: { defaultFlavor(for: $0) },
      names: .residual,
      detector: BackboneDetector { keys, hints in
        ResidualDetection(architecture: self, keys: keys, hints: hints)?.detection
      },
      publishedArguments: ["style": "pytorch"], openArguments: ["stage_pooling"],
      initialization: Self.initialization, poolsBeforeClassifier: true,
      usualArguments: usualArguments, configurationClass: configurationClass,
      detectron2: detectron2, publishedWeights: publishedWeights,
      build: { arguments, flavor throws(BackboneError) in
        try graph(arguments, flavor: flavor)
      })
    definition.completing = { arguments, flavor throws(BackboneError) in
      try configuration(arguments, flavor: flavor).arguments(table)
    }
    return definition
  }
}

extension ResidualArchitecture {
  /// The rules of `init_weights`: the same in all flavors, except that `zero_init_residual` sets the last norm
  /// of each block to 0. The graph's argument is already False where the flavor ignores it.
  @Sendable static func initialization(_ arguments: BackboneArguments) -> [InitializationRule] {
    let isZeroed = arguments["zero_init_residual"] == true
    return InitializationRule.standard
      + (isZeroed ? [InitializationRule(.lastNorms, weight: .constant(0))] : [])
  }
}

extension ResidualFlavor {
  /// The first argument with a value that this implementation does not support.
  func missing(in given: BackboneArguments) -> String? {
    fixed.values.first { name, value in
      guard let asked = given[name], asked != .null else { return false }
      return asked != value
    }?.key
  }
}

extension ResidualConfiguration {
  /// All arguments of the table that determine the graph, with their values.
  func arguments(_ table: [ArgumentSpecification]) -> BackboneArguments {
    let normItems: [ArgumentValue.DictionaryItem] =
      switch norm.kind {
      case .batch: [.init("type", "BN")]
      case .frozenBatch: [.init("type", "FrozenBN")]
      case .group(let groups): [.init("type", "GN"), .init("num_groups", .integer(groups))]
      }
    let all: [String: ArgumentValue] = [
      "depth": depth.map(ArgumentValue.integer) ?? .null,
      "layers": ArgumentValue(layers),
      "block": .string(block == .basic ? "basic" : "bottleneck"),
      "scales": .integer(scales),
      "base_width": .integer(baseWidth),
      "groups": .integer(groups),
      "in_channels": .integer(inChannels),
      "stem_channels": .integer(stemChannels),
      "base_channels": .integer(baseChannels),
      "num_stages": .integer(layers.count),
      "strides": ArgumentValue(strides),
      "dilations": ArgumentValue(dilations),
      "out_indices": ArgumentValue(outIndices),
      "style": .string(isCaffeStyle ? "caffe" : "pytorch"),
      "deep_stem": .boolean(hasDeepStem),
      "avg_down": .boolean(averagesShortcut),
      "stage_pooling": .string(stagePooling.rawValue),
      "frozen_stages": .integer(frozenStages),
      "norm_cfg": .dictionary(
        normItems + [
          .init("eps", .number(norm.eps)), .init("requires_grad", .boolean(norm.requiresGrad)),
        ]),
      "dcn": deform?.argument ?? .null,
      "stage_with_dcn": .list(deformStages.map(ArgumentValue.boolean)),
      "zero_init_residual": .boolean(zeroInitResidual),
      "num_classes": .integer(classes),
    ]
    var arguments = BackboneArguments()
    for row in table {
      if let value = all[row.name] { arguments[row.name] = value }
    }
    return arguments
  }

  /// Notes for reports about arguments that the implementation ignores.
  func notes(_ given: BackboneArguments, flavor name: Flavor) -> [String] {
    var notes = flavor.forced.values.compactMap { argument, value -> String? in
      guard let asked = given[argument], asked != value else { return nil }
      return
        "\(name)'s \(backbone) always has \(argument)=\(value); \(argument)=\(asked) is ignored"
    }
    if block == .bottleneck, groups == 1, !flavor.widensWithoutGroups,
      let width = given["base_width"], width != 64
    {
      notes.append(
        "\(name)'s \(backbone) has no width of its own without groups; base_width=\(width) is ignored"
      )
    }
    if given["zero_init_residual"] == true, !zeroInitResidual {
      notes.append("\(name) does not apply zero_init_residual to \(backbone)'s blocks")
    }
    if deform?.fallsBackOnStride == true, deformStages.contains(true) {
      notes.append(
        block == .bottleneck && groups == 1
          ? "\(name) applies fallback_on_stride to the first deformable block only"
          : "\(name) does not apply fallback_on_stride to \(backbone)")
    }
    if deform != nil, !deformStages.contains(true) {
      notes.append("dcn has no effect because stage_with_dcn names no stage")
    }
    return notes
  }
}
