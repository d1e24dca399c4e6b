extension RenamingTables {
  /// The implementations' names for the parts of a network of inverted residual blocks. The canonical
  /// names are `layer1.0.expand` with `expand_norm`, `depthwise`, `project`; `stem`, `layer8`, `fc`.
  static let inverted = RenamingTables(
    litePackage + [torchvision, timm, timmStem, mmdet, mmpretrain, openMMLab],
    tellingComponents: Set(stages.map { "layer\($0)" }).union(["_blocks"]),
    isTelling: { $0.hasPrefix("_blocks.") || InvertedTensors.place(of: $0) != nil },
    stage: { $0 == "stem" || $0 == "stem_norm" ? .stem : Stage($0) })
}

private let stages = 1...InvertedArchitecture.blockStages

/// Rules that bring a convolution and its norm to one canonical name.
private func pair(_ conv: String, _ norm: String, _ name: String) -> [RenamingRule] {
  [RenamingRule(conv, name), RenamingRule(norm, "\(name)_norm")]
}

private func isFirst(_ stage: Int) -> Bool { stage == 1 }

private let timm = RenamingTable(
  "timm",
  stages.flatMap { stage -> [RenamingRule] in
    let (block, name) = ("blocks.\(stage - 1).*", "layer\(stage).*")
    if isFirst(stage) {
      return pair("\(block).conv_dw", "\(block).bn1", "\(name).depthwise")
        + pair("\(block).conv_pw", "\(block).bn2", "\(name).project")
    }
    return pair("\(block).conv_pw", "\(block).bn1", "\(name).expand")
      + pair("\(block).conv_dw", "\(block).bn2", "\(name).depthwise")
      + pair("\(block).conv_pwl", "\(block).bn3", "\(name).project")
  } + stages.map { RenamingRule("blocks.\($0 - 1)", "layer\($0)") } + [
    RenamingRule("conv_stem", "stem"), RenamingRule("conv_head", "layer8.conv"),
    RenamingRule("bn2", "layer8.norm"), RenamingRule("classifier", "fc"),
  ])

/// Many networks have a `bn1`.
private let timmStem = RenamingTable(
  "timm", [RenamingRule("bn1", "stem_norm")], ifPresent: ["conv_stem.weight"])

/// torchvision numbers the blocks through. It builds the published stages alone.
private let torchvision = RenamingTable(
  "torchvision",
  pair("features.0.0", "features.0.1", "stem")
    + numbered(InvertedArchitecture.mobileNetV2.layers).flatMap { number, stage, index in
      let (block, name) = ("features.\(number + 1).conv", "layer\(stage).\(index)")
      if isFirst(stage) {
        return pair("\(block).0.0", "\(block).0.1", "\(name).depthwise")
          + pair("\(block).1", "\(block).2", "\(name).project")
      }
      return pair("\(block).0.0", "\(block).0.1", "\(name).expand")
        + pair("\(block).1.0", "\(block).1.1", "\(name).depthwise")
        + pair("\(block).2", "\(block).3", "\(name).project")
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
    [("expand_conv", "expand"), ("depthwise_conv", "depthwise"), ("linear_conv", "project")]
      .flatMap { own, name in
        let block = "layer\(stage).*"
        return pair("\(block).\(own).conv", "\(block).\(own).bn", "\(block).\(name)")
      }
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

/// The package `efficientnet_lite_pytorch` numbers the blocks through; how many there are tells the
/// network.
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
          let (block, name) = ("_blocks.\(number)", "layer\(stage).\(index)")
          return pair("\(block)._expand_conv", "\(block)._bn0", "\(name).expand")
            + pair("\(block)._depthwise_conv", "\(block)._bn1", "\(name).depthwise")
            + pair("\(block)._project_conv", "\(block)._bn2", "\(name).project")
        }
        + [
          RenamingRule("_conv_head", "layer8.conv"), RenamingRule("_bn1", "layer8.norm"),
          RenamingRule("_fc", "fc"),
        ],
      ifPresent: ["_blocks.\(blocks.count - 1)._project_conv.weight"])
  }

/// Number, stage and place in it of each block.
private func numbered(_ layers: [Int]) -> [(number: Int, stage: Int, index: Int)] {
  var number = -1
  return layers.enumerated().flatMap { stage, count in
    (0..<count).map { index in
      number += 1
      return (number, stage + 1, index)
    }
  }
}
