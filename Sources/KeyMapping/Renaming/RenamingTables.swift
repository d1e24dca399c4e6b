extension RenamingRule {
  /// All tables. Within a key every table is used at most once, in this order, and in a table the
  /// first rule that matches.
  static let tables: [[RenamingRule]] = [
    mmpretrainHead, mmpretrainStem, mmpretrainShortcut, mmdetStem, detectron2Stem, detectron2Stages,
    mmcvOldOffsets,
    mmcvGroupNorms, deepStemNorm,
  ]

  /// mmpretrain's classifier.
  private static let mmpretrainHead = [RenamingRule("mmpretrain-head", "head.fc", "fc")]

  /// mmpretrain's deep stem: three `ConvModule`s.
  private static let mmpretrainStem = [
    RenamingRule("mmpretrain-stem", "stem.0.conv", "conv1.0"),
    RenamingRule("mmpretrain-stem", "stem.0.bn", "conv1.1"),
    RenamingRule("mmpretrain-stem", "stem.1.conv", "conv1.3"),
    RenamingRule("mmpretrain-stem", "stem.1.bn", "conv1.4"),
    RenamingRule("mmpretrain-stem", "stem.2.conv", "conv1.6"),
    RenamingRule("mmpretrain-stem", "stem.2.bn", "conv1.7"),
  ]

  /// mmpretrain's averaging shortcut has no pooling, and so no place for it, where the stride is 1.
  private static let mmpretrainShortcut = [("0", "1"), ("1", "2")].map { from, to in
    RenamingRule(
      "mmpretrain-shortcut", "layer1.0.downsample.\(from)", "layer1.0.downsample.\(to)",
      ifPresent: ["layer1.0.downsample.0.weight", "layer2.0.downsample.2.weight"])
  }

  /// mmdet's deep stem: one `Sequential` that ends with the last norm.
  private static let mmdetStem = ["0", "1", "3", "4", "6", "7"].map {
    RenamingRule("mmdet-stem", "stem.\($0)", "conv1.\($0)")
  }

  /// The last norm of timm's and the official deep stem is called like that of a plain one; only
  /// the convolution before it tells them apart.
  private static let deepStemNorm = [
    RenamingRule("deep-stem", "bn1", "conv1.7", ifPresent: ["conv1.6.weight"])
  ]

  /// detectron2's stem: the norm belongs to the convolution.
  private static let detectron2Stem = [
    RenamingRule("detectron2", "stem.conv1.norm", "bn1"),
    RenamingRule("detectron2", "stem.conv1", "conv1"),
  ]

  /// detectron2 counts the stages from 2 and calls the shortcut by its name.
  private static let detectron2Stages = (1...4).flatMap { stage in
    [
      ("conv1.norm", "bn1"), ("conv2.norm", "bn2"), ("conv3.norm", "bn3"),
      ("shortcut.norm", "downsample.1"), ("shortcut", "downsample.0"),
      ("conv2_offset", "conv2.conv_offset"),
    ].map { from, to in
      RenamingRule("detectron2", "res\(stage + 1).*.\(from)", "layer\(stage).*.\(to)")
    } + [RenamingRule("detectron2", "res\(stage + 1)", "layer\(stage)")]
  }

  /// The first deformable convolutions of mmdet kept their offsets beside them.
  private static let mmcvOldOffsets = [
    RenamingRule("mmdet-old-offset", "conv2_offset", "conv2.conv_offset", at: .anywhere)
  ]

  /// mmcv names a norm after its type.
  private static let mmcvGroupNorms = (1...3).map {
    RenamingRule("mmdet-group-norm", "gn\($0)", "bn\($0)", at: .anywhere)
  }
}
