extension ResidualArchitecture {
  /// ResNet (He et al. 2015), ResNeXt (Xie et al. 2016), wide ResNet (Zagoruyko and Komodakis 2016)
  /// and the variants b, c and d of "Bag of Tricks for Image Classification" (He et al. 2018).
  static let resNet = ResidualArchitecture(
    name: "ResNet",
    summary:
      "ResNet, with groups ResNeXt, with base_width wide; v1c with deep_stem, v1d also avg_down",
    table: [
      .init(
        "depth", .integer(1...1000), replaces: "layers", implies: ["block"],
        fixes: ArgumentSpecification.fixedByDepth + ["block", "groups", "base_width"],
        isTelling: true, hasOption: true,
        "18, 34, 50, 101, 152 or 200: stands for block and layers; by default 50"),
      .init(
        "layers", .integers(1...1000), replaces: "depth", isTelling: true, hasOption: true,
        "blocks of each stage"),
      .init(
        "block", .choice(["basic", "bottleneck"]), "the kind of block; by default that of the depth"
      ),
      .init(
        "base_width", aliases: ["baseWidth", "width_per_group"], .integer(1...4096),
        isTelling: true, hasOption: true,
        "channels per group of a block's 3×3 convolution in layer1; by default 64, with groups 4"),
      .groups,
    ] + ArgumentSpecification.residual,
    flavorOrder: [.torchvision, .mmdet, .timm, .mmpretrain, .detectron2],
    flavors: ResidualFlavor.resNet,
    depths: [
      .init(18, .basic, [2, 2, 2, 2]),
      .init(26, .bottleneck, [2, 2, 2, 2]),
      .init(34, .basic, [3, 4, 6, 3]),
      .init(50, .bottleneck, [3, 4, 6, 3]),
      .init(101, .bottleneck, [3, 4, 23, 3]),
      .init(152, .bottleneck, [3, 8, 36, 3]),
      .init(200, .bottleneck, [3, 24, 36, 3]),
    ],
    presets: BackbonePreset.resNet, defaultDepth: 50, defaultBlock: .bottleneck,
    defaultBaseWidth: 64, configurationTypes: ["ResNet", "ResNeXt", "ResNetV1c", "ResNetV1d"],
    detectron2: .resNet, usualArguments: ["base_width": 64, "groups": 1],
    publishedWeights: .resNet)
}
