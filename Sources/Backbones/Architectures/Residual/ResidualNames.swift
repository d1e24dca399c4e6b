extension RenamingTables {
  /// The implementations' names for the parts of a residual network. The canonical names are
  /// timm's, except for the last norm of a deep stem.
  static let residual = RenamingTables(
    [
      RenamingTable("caffe2", splitting: Caffe2Names.components), transformers, sequentialDeepStem,
      sequentialStem, sequentialStages, stagesByName, layer0Deep, layer0, mmpretrainHead,
      mmpretrainStem, detectron2, shortcut, mmpretrainShortcut, mmdetStem, convModules, oldOffset,
      offsetMask, groupNorm, deepStem,
    ], tellingComponents: Set(stages.map { "layer\($0)" }),
    isTelling: { ResidualPlace($0)?.isMember == true },
    stage: { stem.contains($0) ? .stem : $0 == "fc" ? .head : Stage($0) })

  /// The first words of a stem's module names.
  private static let stem: Set<Substring> = ["conv1", "bn1", "gn1"]
}

private let stages = 1...4

/// transformers' ResNet counts stages from 0, and a block's convolutions too.
private let transformers = RenamingTable(
  "transformers",
  [
    RenamingRule("embedder.embedder.convolution", "conv1"),
    RenamingRule("embedder.embedder.normalization", "bn1"),
  ]
    + stages.flatMap { stage in
      let block = "encoder.stages.\(stage - 1).layers.*"
      return [
        RenamingRule("\(block).shortcut.convolution", "layer\(stage).*.downsample.0"),
        RenamingRule("\(block).shortcut.normalization", "layer\(stage).*.downsample.1"),
      ]
        + (1...3).flatMap { number in
          [
            RenamingRule(
              "\(block).layer.\(number - 1).convolution", "layer\(stage).*.conv\(number)"),
            RenamingRule(
              "\(block).layer.\(number - 1).normalization", "layer\(stage).*.bn\(number)"),
          ]
        }
    })

/// The stem of `nn.Sequential(*resnet.children())`. Many networks have keys with bare numbers, so the first
/// block's key is required as well.
private let sequentialStem = RenamingTable(
  "sequential", numberedStem("0", "1", isDeep: false), ifPresent: ["4.0.conv1.weight"])

private let sequentialDeepStem = RenamingTable(
  "sequential", numberedStem("0", "1", isDeep: true),
  ifPresent: ["4.0.conv1.weight", "0.6.weight"])

/// Rules for a stem whose convolution (or sequence of convolutions) and norm have other names.
private func numberedStem(_ conv: String, _ norm: String, isDeep: Bool) -> [RenamingRule] {
  let attributes = ["weight", "bias", "running_mean", "running_var", "num_batches_tracked"]
  let norms = attributes.map {
    RenamingRule("\(norm).\($0)", "\(isDeep ? "conv1.7" : "bn1").\($0)")
  }
  guard isDeep else {
    return ["weight", "bias"].map { RenamingRule("\(conv).\($0)", "conv1.\($0)") } + norms
  }
  return [0, 1, 3, 4, 6].map { RenamingRule("\(conv).\($0)", "conv1.\($0)") } + norms
}

/// The stages of `nn.Sequential(*resnet.children())`: after convolution, norm, ReLU and pooling.
private let sequentialStages = RenamingTable(
  "sequential",
  stages.flatMap { stage in
    [
      "conv1", "conv2", "conv3", "bn1", "bn2", "bn3", "gn1", "gn2", "gn3", "convs", "bns",
      "downsample",
    ].map { RenamingRule("\(stage + 3).*.\($0)", "layer\(stage).*.\($0)") }
  })

/// Stages called `stage1`, `stage2`…
private let stagesByName = RenamingTable(
  "stages", stages.map { RenamingRule("stage\($0)", "layer\($0)") })

/// A stem called `layer0`.
private let layer0 = RenamingTable(
  "layer0",
  numberedStem("layer0.0", "layer0.1", isDeep: false)
    + ["conv1", "bn1"].map { RenamingRule("layer0.\($0)", $0) })

private let layer0Deep = RenamingTable(
  "layer0", numberedStem("layer0.0", "layer0.1", isDeep: true), ifPresent: ["layer0.0.6.weight"])

/// mmpretrain's classifier.
private let mmpretrainHead = RenamingTable("mmpretrain-head", [RenamingRule("head.fc", "fc")])

/// mmpretrain's deep stem: three `ConvModule`s.
private let mmpretrainStem = RenamingTable(
  "mmpretrain-stem",
  [
    RenamingRule("stem.0.conv", "conv1.0"), RenamingRule("stem.0.bn", "conv1.1"),
    RenamingRule("stem.0.gn", "conv1.1"), RenamingRule("stem.1.conv", "conv1.3"),
    RenamingRule("stem.1.bn", "conv1.4"), RenamingRule("stem.1.gn", "conv1.4"),
    RenamingRule("stem.2.conv", "conv1.6"), RenamingRule("stem.2.bn", "conv1.7"),
    RenamingRule("stem.2.gn", "conv1.7"),
  ])

private let detectron2 = RenamingTable(
  "detectron2", Detectron2Names.rules.map { RenamingRule($0.own, $0.common) })

/// A shortcut called `shortcut` or `downsample`, with convolution and norm by number or by name.
private let shortcut = RenamingTable(
  "shortcut",
  ["shortcut", "downsample"].flatMap { own in
    [("conv", "0"), ("bn", "1"), ("norm", "1")].map {
      RenamingRule("\(own).\($0.0)", "downsample.\($0.1)")
    }
  } + ["0", "1", "2"].map { RenamingRule("shortcut.\($0)", "downsample.\($0)") }, anywhere: true)

/// With stride 1, mmpretrain's averaging shortcut has no pooling module, so its convolution has
/// number 0.
private let mmpretrainShortcut = RenamingTable(
  "mmpretrain-shortcut",
  [("0", "1"), ("1", "2")].map {
    RenamingRule("layer1.0.downsample.\($0)", "layer1.0.downsample.\($1)")
  },
  ifPresent: ["layer1.0.downsample.0.weight", "layer2.0.downsample.2.weight"])

/// mmdet's deep stem: one `Sequential` that ends with the last norm.
private let mmdetStem = RenamingTable(
  "mmdet-stem",
  ["0", "1", "3", "4", "6", "7"].map { RenamingRule("stem.\($0)", "conv1.\($0)") })

/// mmaction's blocks: each convolution with its norm is one `ConvModule`.
private let convModules = RenamingTable(
  "conv-modules",
  (1...3).flatMap { number in
    [
      RenamingRule("conv\(number).conv", "conv\(number)"),
      RenamingRule("conv\(number).bn", "bn\(number)"),
    ]
  }, anywhere: true)

/// In early versions of mmdet and in detectron2, the offset convolution is the deformable convolution's sibling,
/// not its child.
private let oldOffset = RenamingTable(
  "old-offset",
  [
    RenamingRule("conv2_offset", "conv2.conv_offset"),
    RenamingRule("conv2_offset_mask", "conv2.conv_offset"),
  ], anywhere: true)

/// Early code for the modulated deformable convolution calls the convolution of offsets and masks
/// `conv_offset_mask`; the order of its channels is the same as in `conv_offset`.
private let offsetMask = RenamingTable(
  "offset-mask", [RenamingRule("conv_offset_mask", "conv_offset")], anywhere: true)

/// mmcv names a norm after its type.
private let groupNorm = RenamingTable(
  "mmdet-group-norm", (1...3).map { RenamingRule("gn\($0)", "bn\($0)") }, anywhere: true)

/// In timm's and the official implementation, `bn1` is the only norm of a plain stem and the last norm of a deep
/// stem; only the deep stem's last convolution shows which.
private let deepStem = RenamingTable(
  "deep-stem", [RenamingRule("bn1", "conv1.7")], ifPresent: ["conv1.6.weight"], isReported: false)
