/// The properties in which implementations of residual networks differ.
struct ResidualFlavor: Sendable {
  /// How the deep stem (three 3×3 convolutions) is laid out.
  enum DeepStem: Sendable {
    /// `conv1` is an `nn.Sequential` that ends with the third convolution; `bn1` follows it.
    case conv1ThenNorm
    /// `stem` is an `nn.Sequential` of all three convolutions and norms.
    case stem
    /// `stem` is an `nn.Sequential` of three modules, each with a `conv` and a norm.
    case convModules
  }

  /// Whether the last split of a stage's first block is average-pooled (3×3, padding 1).
  enum StagePooling: String, Sendable, CaseIterable {
    /// With any stride.
    case always
    /// Only when the stride is not 1.
    case strided
  }

  /// The names of modules, and the order in which a block registers them.
  enum Layout: Sendable {
    /// `conv1`, `bn1`, `layer1` to `layer4`; in a block `conv1`, `bn1`… and `downsample` last.
    case common
    /// `stem.conv1`, `res2` to `res5`; in a block `shortcut` first, and every norm a child of its
    /// convolution (`conv1.norm`).
    case detectron2

    func stage(_ index: Int) -> String {
      self == .common ? "layer\(index + 1)" : "res\(index + 2)"
    }
  }

  var layout = Layout.common
  var deepStem = DeepStem.conv1ThenNorm
  /// mmcv names a norm after its type: `bn1` or `gn1`.
  var normNamesFollowType = false
  /// mmdet's Res2Net block replaces its parent's 3×3 convolution, so that `convs` and `bns` are
  /// registered after everything else.
  var registersSplitsLast = false
  /// timm treats a stage's first block like the others if it has no shortcut convolution (and so no stride).
  var firstBlockNeedsShortcut = false
  /// The first block of a dilated stage has the previous stage's dilation.
  var firstBlockKeepsDilation = false
  /// The second convolution of a basic block is dilated too.
  var dilatesSecondConvolution = false
  /// Whether block width is `floor(planes · base_width / base_channels)`, not `/ 64`.
  var widthFollowsBaseChannels = false
  /// A bottleneck's width depends on `base_width` also without groups (wide ResNets).
  var widensWithoutGroups = true
  /// Kernel of the shortcut's average pooling; nil if the kernel equals the stride.
  var shortcutPoolKernel: Int?
  /// With avg_down and stride 1 there is no pooling module, so the convolution has its number 0.
  var omitsUnstridedPool = false
  var stagePooling = StagePooling.always
  var zeroInitResidual = false
  /// `zero_init_residual` has no effect on the blocks of ResNeXt and Res2Net: mmdet compares block classes by
  /// identity with ResNet's own.
  var zeroInitSkipsDerivedBlocks = false
  /// Defaults that differ from those of the table.
  var defaults: BackboneArguments = [:]
  /// Arguments that the implementation accepts but overrides: they always have this value.
  var forced: BackboneArguments = [:]
  /// Arguments that the implementation does not have: any value but this one is an error.
  var fixed: BackboneArguments = [:]
  var minimumScales = 1
  var largestStride = 8
}

extension ResidualFlavor {
  static let res2Net: [Flavor: ResidualFlavor] = [
    .official: ResidualFlavor(),
    .timm: ResidualFlavor(
      firstBlockNeedsShortcut: true, firstBlockKeepsDilation: true, shortcutPoolKernel: 2,
      zeroInitResidual: true,
      fixed: ["style": "pytorch", "dcn": .null, "base_channels": 64],
      largestStride: 2),
    .mmdet: ResidualFlavor(
      deepStem: .stem, normNamesFollowType: true, registersSplitsLast: true,
      widthFollowsBaseChannels: true, stagePooling: .strided, zeroInitResidual: true,
      zeroInitSkipsDerivedBlocks: true,
      forced: ["style": "pytorch", "deep_stem": true, "avg_down": true],
      fixed: ["groups": 1, "num_classes": 0], minimumScales: 2),
    .mmpretrain: ResidualFlavor(
      deepStem: .convModules, normNamesFollowType: true, registersSplitsLast: true,
      widthFollowsBaseChannels: true, zeroInitResidual: true,
      defaults: ["deep_stem": true, "avg_down": true, "stem_channels": 64],
      fixed: ["groups": 1, "num_classes": 0, "dcn": .null], minimumScales: 2),
  ]

  static let resNet: [Flavor: ResidualFlavor] = [
    .torchvision: ResidualFlavor(
      firstBlockKeepsDilation: true,
      fixed: [
        "style": "pytorch", "deep_stem": false, "avg_down": false, "dcn": .null,
        "base_channels": 64,
        "stem_channels": 64,
      ]),
    .timm: ResidualFlavor(
      firstBlockKeepsDilation: true, dilatesSecondConvolution: true, shortcutPoolKernel: 2,
      zeroInitResidual: true, fixed: ["style": "pytorch", "dcn": .null, "base_channels": 64],
      largestStride: 2),
    .mmdet: ResidualFlavor(
      deepStem: .stem, normNamesFollowType: true, widthFollowsBaseChannels: true,
      widensWithoutGroups: false, zeroInitResidual: true, zeroInitSkipsDerivedBlocks: true,
      fixed: ["num_classes": 0]),
    .mmpretrain: ResidualFlavor(
      deepStem: .convModules, normNamesFollowType: true, widthFollowsBaseChannels: true,
      widensWithoutGroups: false, omitsUnstridedPool: true, zeroInitResidual: true,
      defaults: ["stem_channels": 64], fixed: ["num_classes": 0, "dcn": .null]),
    .detectron2: ResidualFlavor(
      layout: .detectron2, widthFollowsBaseChannels: true,
      defaults: ["style": "caffe", "norm_cfg": .dictionary([.init("type", "FrozenBN")])],
      fixed: [
        "num_classes": 0, "deep_stem": false, "avg_down": false, "zero_init_residual": false,
      ]),
  ]
}
