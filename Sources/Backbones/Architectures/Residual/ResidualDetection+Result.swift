extension ResidualDetection {
  /// The share of the described backbone's keys that must be there for it to be recognised.
  private static let requiredShare = 0.5
  /// Keys inside of stages that the backbone does not have, as a share of those that match, above
  /// which it is another network (with attention, say).
  private static let toleratedStrangers = 0.05

  /// What was recognised, checked by building it; nil if the result explains the keys badly.
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
    let stageName = flavor == .detectron2 ? "res" : "layer"
    let strangers = ownKeys.keys.filter {
      $0.key.hasPrefix(stageName) && graph.stateIndex[$0.key] == nil && !isOldOffset($0.key)
    }
    // Old files have no num_batches_tracked.
    var (matched, counters, matchedCounters) = (0, 0, 0)
    for entry in graph.state {
      let isCounter = entry.role == .numBatchesTracked
      counters += isCounter ? 1 : 0
      guard ownKeys[entry.name] == entry.shape else { continue }
      matched += 1
      matchedCounters += isCounter ? 1 : 0
    }
    let required = graph.state.count - counters
    guard Double(matched - matchedCounters) >= Double(required) * Self.requiredShare,
      Double(strangers.count) <= Double(matched) * Self.toleratedStrangers
    else { return nil }
    let classes = keys["fc.weight"].flatMap { $0.count == 2 ? $0[0] : nil }
    return Detection(
      backbone: architecture.name, flavor: flavor, arguments: arguments, prefix: prefix,
      headClasses: classes, arithmetic: arithmetic, evidence: evidence,
      assumptions: assumptions + generalAssumptions(graph, arithmetic: arithmetic),
      matchedKeys: matched, expectedKeys: graph.state.count)
  }

  /// `conv2_offset`, as the oldest mmdet has it.
  private func isOldOffset(_ key: String) -> Bool {
    key.hasSuffix("_offset.weight") || key.hasSuffix("_offset.bias")
  }

  /// mmdet's names are worn by weights trained with either arithmetic; its published names tell.
  private var arithmetic: Flavor? {
    guard architecture.hasStagePooling, flavor == .mmdet else { return flavor }
    guard let fileName = fileName?.lowercased() else { return nil }
    return Self.knownFiles.first { fileName.contains($0.name) }?.arithmetic
  }

  /// Parts of published file and model-zoo names. The first are the authors' v1b weights with the
  /// stem renamed; the last are detectors that mmdet trained from them with its own arithmetic.
  private static let knownFiles: [(name: String, arithmetic: Flavor)] = [
    ("res2net50_v1b_26w_4s", .official),
    ("res2net101_v1b_26w_4s", .official),
    ("res2net50_v1d_26w_4s", .official),
    ("res2net101_v1d_26w_4s", .official),
    ("r2_101_fpn", .mmdet),
    ("r2-101_fpn", .mmdet),
  ]

  private func generalAssumptions(
    _ graph: ModelGraph, arithmetic: Flavor?
  ) -> [Detection.Assumption] {
    var found: [Detection.Assumption] = []
    for argument in ["style", "strides", "dilations", "zero_init_residual"] {
      guard let value = graph.arguments[argument], isOpen(argument, graph) else { continue }
      let text = value.string ?? value.integers.map { "\($0)" } ?? value.description
      found.append(.init(code: argument, text: "\(argument) \(text)"))
    }
    let eps = graph.arguments["norm_cfg"]?["eps"]?.number.map { " \($0)" } ?? ""
    found += [
      .init(code: "activation", text: "activation ReLU"),
      .init(code: "eps", text: "eps\(eps) of the norms"),
      .init(code: "anti_aliasing", text: "no anti-aliasing: strided convolutions and max pooling"),
    ]
    if architecture.hasStagePooling, let arithmetic {
      found.append(
        .init(
          code: "pooling", text: "the last split is pooled as in \(arithmetic)'s implementation"))
    }
    if arithmetic == nil {
      found.append(
        .init(
          code: "arithmetic-unknown",
          text: """
            the names are mmdet's, but the weights may have been trained with the official \
            arithmetic: it average-pools the last split in the first block of every stage, mmdet \
            only where the stride is not 1
            """))
    }
    return found
  }

  /// Whether the argument could have another value with the same names and shapes.
  private func isOpen(_ argument: String, _ graph: ModelGraph) -> Bool {
    guard argument == "style" else { return true }
    let isBasic = graph.arguments["block"]?.string == "basic"
    return !isBasic
      && architecture.flavors.values.contains {
        $0.fixed["style"] == nil && $0.forced["style"] == nil
      }
  }
}

extension ResidualArchitecture {
  /// Whether flavors differ in the pooling of the last split.
  var hasStagePooling: Bool { defaultBlock == .bottle2neck }
}
