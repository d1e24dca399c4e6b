extension ArgumentSpecification {
  /// The arguments that Res2Net and ResNet share; `base_width` and arguments of only one family are in the
  /// families' tables.
  static let residual: [ArgumentSpecification] = [
    .init(
      "in_channels", aliases: ["in_chans"], .integer(1...4096), default: 3, "channels of the image"),
    .init(
      "stem_channels", .integer(1...65536),
      "channels that leave the stem; by default base_channels"),
    .init(
      "base_channels", .integer(1...65536), default: 64,
      "channels of layer1 before its expansion; every further stage doubles them"),
    .init(
      "num_stages", .integer(1...4), bearing: .extent,
      "number of stages; by default that of layers, else 4"),
    .init(
      "strides", .integers(1...8),
      "stride of each stage's first block; by default 1, 2, 2, 2"),
    .init("dilations", .integers(1...64), "dilation of each stage; by default 1"),
    .init(
      "out_indices", .integers(0...3), bearing: .use,
      "stages that are returned, from 0; by default all"),
    .init(
      "style", .choice(["pytorch", "caffe"]), default: "pytorch",
      difference: "the stride lies in another convolution",
      "where a block has its stride: at the 3×3 (pytorch) or the first 1×1 convolution (caffe)"),
    .init(
      "deep_stem", .boolean, isTelling: true, hasOption: true,
      "three 3×3 convolutions instead of one 7×7 (v1b of Res2Net, v1c of ResNet)"
    ),
    .init(
      "avg_down", .boolean, isTelling: true, hasOption: true,
      "the shortcut average-pools instead of striding (v1b of Res2Net, v1d of ResNet)"),
    .init(
      "frozen_stages", .integer(-1...4), default: -1, bearing: .use, hasOption: true,
      "frozen stages: 0 the stem, n also layer1…layern, -1 none"),
    .init(
      "norm_cfg", aliases: ["norm"], .configuration(types: ["BN", "SyncBN", "FrozenBN", "GN"]),
      default: .dictionary([.init("type", "BN")]),
      "norm layers: BN, SyncBN, FrozenBN or dict(type='GN', num_groups=32); eps and requires_grad inside"
    ),
    .init(
      "dcn", .configuration(types: ["DCN", "DCNv2"]),
      "deformable 3×3 convolutions: DCN, DCNv2 or dict(type=…, deform_groups=1, fallback_on_stride=False)"
    ),
    .init("stage_with_dcn", .booleans, "which stages have them; by default none"),
    .init(
      "zero_init_residual", aliases: ["zero_init_last"], .boolean,
      "start the last norm of each block at 0; by default as the flavor does"),
    .init(
      "num_classes", .integer(0...1_000_000), bearing: .use, countsClasses: true,
      "classes of the classifier fc; by default 0: no classifier"),
    .init("conv_cfg", .unsupported, "other kinds of convolution"),
    .init("plugins", .unsupported, "modules between the convolutions of a block"),
    .init("norm_eval", .unused, "training only"),
    .init("with_cp", .unused, "training only"),
    .init("pretrained", .text, "where weights are loaded from; not part of the graph"),
    .init("init_cfg", .unused, "how weights are initialised; not part of the graph"),
  ]

  /// Arguments that a published depth fixes: its layers, four stages of the usual width, an image of three
  /// channels, batch norms.
  static let fixedByDepth = [
    "layers", "num_stages", "in_channels", "stem_channels", "base_channels", "norm_cfg",
  ]

  static let groups = ArgumentSpecification(
    "groups", aliases: ["cardinality"], .integer(1...4096), default: 1, isTelling: true,
    "groups of the 3×3 convolutions (ResNeXt, Res2NeXt)")
}
