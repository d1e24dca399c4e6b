extension ResidualDetection {
  /// The minimum share of the described backbone's weights in the file, from 0 to 1.
  ///
  /// For a published depth 0.25: even ResNet-152 without layer3, its largest stage, has more.
  var requiredShare: Double {
    arguments["depth"] != nil && arguments["num_stages"] == nil ? 0.25 : 0.5
  }

  /// The result, checked by building the network; nil if too few of its keys are in the file.
  var detection: Detection? {
    var arguments = arguments
    if arguments["depth"] != nil {
      arguments["layers"] = nil
      arguments["block"] = nil
    }
    let arithmetic = arithmetic
    if let arithmetic, architecture.hasStagePooling,
      let pooling = architecture.flavors[arithmetic]?.stagePooling,
      pooling != architecture.flavors[flavor]?.stagePooling
    {
      arguments["stage_pooling"] = .string(pooling.rawValue)
    }
    guard architecture.flavors[flavor] != nil,
      let graph = try? architecture.graph(arguments, flavor: flavor)
    else { return nil }
    let comparison = ResidualComparison(keys, with: graph)
    // If only one stage was found and most tensors are outside of it, the file is of another network.
    let isOneStage = tensors.stages.count { !$0.isEmpty } == 1
    // With tensors in all four stages and 90 % of the convolutions, the norms may be missing (folded).
    let stages = Set(tensors.blocks.filter { $0.members.kind != nil }.map(\.stage))
    let hasConvolutions =
      stages.count == tensors.stages.count
      && comparison.matchedConvolutions * 10 >= comparison.convolutions * 9
    guard
      hasConvolutions
        || Double(comparison.matchedWeights) >= Double(comparison.weights) * requiredShare
          && comparison.strangers.count <= comparison.matched,
      !isOneStage || comparison.others <= comparison.matched
    else { return nil }
    let classes = keys.shape(canonical: "fc.weight").flatMap { $0.count == 2 ? $0[0] : nil }
    return Detection(
      backbone: architecture.name, flavor: flavor, arguments: arguments,
      translations: architecture.translations(of: arguments, from: flavor), prefix: keys.prefix,
      headClasses: classes, arithmetic: arithmetic, isUnknownVariant: unknownVariant != nil,
      evidence: evidence,
      assumptions: assumptions + generalAssumptions(graph),
      matchedKeys: comparison.matched, expectedKeys: graph.state.count,
      matchedWeights: comparison.matchedWeights, expectedWeights: comparison.weights,
      strangers: comparison.strangers, published: published(comparison))
  }

  private func generalAssumptions(_ graph: ModelGraph) -> [Detection.Assumption] {
    var found: [Detection.Assumption] = []
    for argument in ["style", "strides", "dilations", "zero_init_residual"] {
      guard let value = graph.arguments[argument], isOpen(argument, graph) else { continue }
      let source = evidence.first { $0.argument == argument }.map { ", by \($0.seen)" } ?? ""
      found.append(
        .init(
          code: argument, text: "\(argument) \(value.commandLineText)\(source)",
          affectsOutputs: argument != "zero_init_residual", value: value))
    }
    let eps = graph.arguments["norm_cfg"]?["eps"]?.number ?? NormConfiguration.defaultEps
    found += [
      .init(code: "eps", text: "norms with eps \(eps)"),
      .init(code: "activation", text: "ReLU after the norms"),
      .init(
        code: "stem_pooling",
        text: "a stem of stride 2, and 3×3 max pooling with stride 2 behind it"),
      // None of these has a parameter, so no key shows them.
      .init(
        code: "anti_aliasing",
        text: "no anti-aliasing filter, no weight standardisation, zeros as padding"),
    ]
    if architecture.hasStagePooling, let arithmetic {
      found.append(
        .init(
          code: "pooling", text: "the last split is pooled as in \(arithmetic)'s implementation"))
    }
    if let arithmeticAssumption { found.append(arithmeticAssumption) }
    return found
  }

  /// Whether the same names and shapes are possible with another value of the argument.
  private func isOpen(_ argument: String, _ graph: ModelGraph) -> Bool {
    guard argument == "style" else { return true }
    return block != .basic
      && architecture.flavors.values.contains {
        $0.fixed["style"] == nil && $0.forced["style"] == nil
      }
  }
}

extension ResidualArchitecture {
  /// Whether the family's blocks pool the last split, in which flavors differ.
  var hasStagePooling: Bool { defaultBlock == .bottle2neck }
}
