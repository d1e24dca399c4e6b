import PthBackbones

extension RenamingTable {
  /// All tables, in the order in which they are used.
  static let all = [
    mmpretrainHead, mmpretrainStem, mmpretrainShortcut, mmdetStem, detectron2, mmcvOldOffset,
    mmcvGroupNorm, deepStem,
  ]

  /// mmpretrain's classifier.
  private static let mmpretrainHead = RenamingTable(
    "mmpretrain-head", [RenamingRule("head.fc", "fc")])

  /// mmpretrain's deep stem: three `ConvModule`s.
  private static let mmpretrainStem = RenamingTable(
    "mmpretrain-stem",
    [
      RenamingRule("stem.0.conv", "conv1.0"), RenamingRule("stem.0.bn", "conv1.1"),
      RenamingRule("stem.1.conv", "conv1.3"), RenamingRule("stem.1.bn", "conv1.4"),
      RenamingRule("stem.2.conv", "conv1.6"), RenamingRule("stem.2.bn", "conv1.7"),
    ])

  /// mmpretrain's averaging shortcut has no pooling, and so no place for it, where the stride is 1.
  private static let mmpretrainShortcut = RenamingTable(
    "mmpretrain-shortcut",
    [("0", "1"), ("1", "2")].map {
      RenamingRule("layer1.0.downsample.\($0)", "layer1.0.downsample.\($1)")
    },
    ifPresent: ["layer1.0.downsample.0.weight", "layer2.0.downsample.2.weight"])

  /// mmdet's deep stem: one `Sequential` that ends with the last norm.
  private static let mmdetStem = RenamingTable(
    "mmdet-stem",
    ["0", "1", "3", "4", "6", "7"].map { RenamingRule("stem.\($0)", "conv1.\($0)") })

  private static let detectron2 = RenamingTable(
    "detectron2", Detectron2Names.rules.map { RenamingRule($0.own, $0.common) })

  /// The first deformable convolutions of mmdet, and detectron2's, keep their offsets beside them.
  private static let mmcvOldOffset = RenamingTable(
    "old-offset", [RenamingRule("conv2_offset", "conv2.conv_offset")], anywhere: true)

  /// mmcv names a norm after its type.
  private static let mmcvGroupNorm = RenamingTable(
    "mmdet-group-norm", (1...3).map { RenamingRule("gn\($0)", "bn\($0)") }, anywhere: true)

  /// The last norm of timm's and the official deep stem is called like that of a plain one; only
  /// the convolution before it tells them apart.
  static let deepStem = RenamingTable(
    "deep-stem", [RenamingRule("bn1", "conv1.7")], ifPresent: ["conv1.6.weight"])
}
