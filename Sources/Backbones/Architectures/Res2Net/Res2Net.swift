extension ResidualArchitecture {
  /// Res2Net and Res2NeXt (Gao et al., "Res2Net: A New Multi-scale Backbone Architecture", 2019).
  static let res2Net = ResidualArchitecture(
    name: "Res2Net",
    summary: "Res2Net and, with groups, Res2NeXt; v1b with deep_stem and avg_down",
    table: [
      .init(
        "depth", .integer(1...1000), replaces: "layers",
        fixes: ArgumentSpecification.fixedByDepth, isTelling: true, hasOption: true,
        "50, 101 or 152: stands for the layers; by default 50"),
      .init(
        "layers", .integers(1...1000), replaces: "depth", isTelling: true, hasOption: true,
        "blocks of each stage"),
      .init(
        "scales", aliases: ["scale"], .integer(1...64), default: 4, isTelling: true,
        hasOption: true,
        "splits of a block's 3×3 convolution"),
      .init(
        "base_width", aliases: ["baseWidth", "width_per_group"], .integer(1...4096),
        isTelling: true, hasOption: true,
        "channels of a split in layer1; by default 26, with groups 4"),
      .groups,
      .init(
        "stage_pooling", .choice(ResidualFlavor.StagePooling.allCases.map(\.rawValue)),
        "whether a stage's first block average-pools the last split always (official, timm) or only when strided (mmdet); by default as the flavor does"
      ),
    ] + ArgumentSpecification.residual,
    flavorOrder: [.official, .timm, .mmdet, .mmpretrain],
    flavors: ResidualFlavor.res2Net,
    depths: [
      .init(50, .bottle2neck, [3, 4, 6, 3]),
      .init(101, .bottle2neck, [3, 4, 23, 3]),
      .init(152, .bottle2neck, [3, 8, 36, 3]),
    ],
    presets: BackbonePreset.res2Net, defaultDepth: 50, defaultBlock: .bottle2neck,
    defaultBaseWidth: 26, configurationTypes: ["Res2Net"], usualArguments: ["groups": 1],
    publishedWeights: .res2Net)
}
