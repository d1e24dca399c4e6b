extension RenamingTables {
  /// The implementations' names for the parts of a network of inverted residual blocks.
  ///
  /// The canonical names are `stem`, `stem_norm`, `layer8.conv`, `layer8.norm`, `fc` and in blocks (`layer1.0.…`)
  /// `expand`, `depthwise` and `project`, each with its norm (`expand_norm`).
  static let inverted = RenamingTables(
    litePackage + [torchvision, timm, timmStem, mmdet, mmpretrain, openMMLab],
    tellingComponents: Set(stages.map { "layer\($0)" }).union(["_blocks"]),
    isTelling: { $0.hasPrefix("_blocks.") || InvertedTensors.place(of: $0) != nil },
    stage: { $0 == "stem" || $0 == "stem_norm" ? .stem : Stage($0) })
}

private let stages = 1...InvertedArchitecture.blockStages

/// Rules that rename a convolution to `name` and its norm to `<name>_norm`.
private func pair(_ conv: String, _ norm: String, _ name: String) -> [RenamingRule] {
  [RenamingRule(conv, name), RenamingRule(norm, "\(name)_norm")]
}

/// Rules for the convolutions of a block; if there are only two, as in the first stage, none expands.
private func block(
  _ block: String, _ name: String, _ parts: (conv: String, norm: String)...
) -> [RenamingRule] {
  zip(["expand", "depthwise", "project"].suffix(parts.count), parts).flatMap { own, part in
    pair("\(block).\(part.conv)", "\(block).\(part.norm)", "\(name).\(own)")
  }
}

private func isFirst(_ stage: Int) -> Bool { stage == 1 }

private let timm = RenamingTable(
  "timm",
  stages.flatMap { stage -> [RenamingRule] in
    let (own, name) = ("blocks.\(stage - 1).*", "layer\(stage).*")
    return isFirst(stage)
      ? block(own, name, ("conv_dw", "bn1"), ("conv_pw", "bn2"))
      : block(own, name, ("conv_pw", "bn1"), ("conv_dw", "bn2"), ("conv_pwl", "bn3"))
  } + stages.map { RenamingRule("blocks.\($0 - 1)", "layer\($0)") } + [
    RenamingRule("conv_stem", "stem"), RenamingRule("conv_head", "layer8.conv"),
    RenamingRule("bn2", "layer8.norm"), RenamingRule("classifier", "fc"),
  ])

/// timm's norm of the stem; many networks have a `bn1`, so timm's `conv_stem` is required as well.
private let timmStem = RenamingTable(
  "timm", [RenamingRule("bn1", "stem_norm")], ifPresent: ["conv_stem.weight"])

/// torchvision numbers blocks across stages; the rules are for the published numbers of blocks, the only ones that
/// it builds by default.
private let torchvision = RenamingTable(
  "torchvision",
  pair("features.0.0", "features.0.1", "stem")
    + numbered(InvertedArchitecture.mobileNetV2.layers).flatMap { number, stage, index in
      let (own, name) = ("features.\(number + 1).conv", "layer\(stage).\(index)")
      return isFirst(stage)
        ? block(own, name, ("0.0", "0.1"), ("1", "2"))
        : block(own, name, ("0.0", "0.1"), ("1.0", "1.1"), ("2", "3"))
    }
    + [
      RenamingRule("features.18.0", "layer8.conv"), RenamingRule("features.18.1", "layer8.norm"),
      RenamingRule("classifier.1", "fc"),
    ])

private let openMMLab = RenamingTable(
  "openmmlab",
  pair("conv1.conv", "conv1.bn", "stem") + [
    RenamingRule("conv2.conv", "layer8.conv"), RenamingRule("conv2.bn", "layer8.norm"),
    RenamingRule("head.fc", "fc"),
  ])

private let mmdet = RenamingTable(
  "mmdet",
  stages.flatMap { stage in
    block(
      "layer\(stage).*", "layer\(stage).*", ("expand_conv.conv", "expand_conv.bn"),
      ("depthwise_conv.conv", "depthwise_conv.bn"), ("linear_conv.conv", "linear_conv.bn"))
  })

private let mmpretrain = RenamingTable(
  "mmpretrain",
  stages.flatMap { stage in
    (isFirst(stage) ? ["depthwise", "project"] : ["expand", "depthwise", "project"]).enumerated()
      .flatMap { number, name in
        let block = "layer\(stage).*"
        return pair(
          "\(block).conv.\(number).conv", "\(block).conv.\(number).bn", "\(block).\(name)")
      }
  })

/// The package `efficientnet_lite_pytorch` numbers blocks across stages. There is one table for each published
/// total number of blocks, largest first, which requires the key of the last block.
private let litePackage: [RenamingTable] =
  Set(
    InvertedArchitecture.efficientNetLite.presets.compactMap { $0.arguments["layers"]?.integers }
  )
  .sorted { $0.reduce(0, +) > $1.reduce(0, +) }
  .map { layers in
    let blocks = numbered(layers)
    return RenamingTable(
      Flavor.litePackage.rawValue,
      pair("_conv_stem", "_bn0", "stem")
        + blocks.flatMap { number, stage, index in
          block(
            "_blocks.\(number)", "layer\(stage).\(index)", ("_expand_conv", "_bn0"),
            ("_depthwise_conv", "_bn1"), ("_project_conv", "_bn2"))
        }
        + [
          RenamingRule("_conv_head", "layer8.conv"), RenamingRule("_bn1", "layer8.norm"),
          RenamingRule("_fc", "fc"),
        ],
      ifPresent: ["_blocks.\(blocks.count - 1)._project_conv.weight"])
  }

/// For each block its number across stages, its stage (from 1) and its index in the stage.
private func numbered(_ layers: [Int]) -> [(number: Int, stage: Int, index: Int)] {
  var number = -1
  return layers.enumerated().flatMap { stage, count in
    (0..<count).map { index in
      number += 1
      return (number, stage + 1, index)
    }
  }
}
