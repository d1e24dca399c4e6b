extension BackbonePreset {
  /// Published ResNets. Variant b is torchvision's, with the stride in the 3×3 convolution; c has the deep
  /// stem, d also the averaging shortcut, s a deep stem of twice the width.
  static let resNet: [BackbonePreset] =
    [18, 34, 50, 101, 152].map { .init("resnet\($0)", "ResNet", ["depth": .integer($0)]) }
    + [26, 200].map { .init("resnet\($0)", "ResNet", ["depth": .integer($0)], flavor: .timm) }
    + [50, 101, 152].flatMap { (depth: Int) -> [BackbonePreset] in
      let c: BackboneArguments = ["depth": .integer(depth), "deep_stem": true]
      let d = c.merging(["avg_down": true])
      return [
        .init("resnet\(depth)_v1b", "ResNet", ["depth": .integer(depth)]),
        .init("resnet\(depth)_v1c", "ResNet", c, flavor: .mmdet),
        .init("resnet\(depth)_v1d", "ResNet", d, flavor: .mmdet),
        .init(
          "resnet\(depth)_caffe", "ResNet", ["depth": .integer(depth), "style": "caffe"],
          flavor: .mmdet),
        .init("resnet\(depth)c", "ResNet", c, flavor: .timm),
        .init("resnet\(depth)s", "ResNet", c.merging(["stem_channels": 128]), flavor: .timm),
      ]
    }
    + [18, 26, 34, 50, 101, 152, 200].map {
      .init(
        "resnet\($0)d", "ResNet",
        ["depth": .integer($0), "deep_stem": true, "avg_down": true], flavor: .timm)
    }
    + [
      .init("resnet50_gn", "ResNet", ["depth": 50, "norm_cfg": groupNorm], flavor: .timm),
      .init("resnext50_32x4d", "ResNet", ["depth": 50, "groups": 32, "base_width": 4]),
      .init("resnext101_32x4d", "ResNet", ["depth": 101, "groups": 32, "base_width": 4]),
      .init("resnext101_32x8d", "ResNet", ["depth": 101, "groups": 32, "base_width": 8]),
      .init("resnext101_64x4d", "ResNet", ["depth": 101, "groups": 64, "base_width": 4]),
      .init(
        "resnext50d_32x4d", "ResNet",
        ["depth": 50, "groups": 32, "base_width": 4, "deep_stem": true, "avg_down": true],
        flavor: .timm),
      .init("wide_resnet50_2", "ResNet", ["depth": 50, "base_width": 128]),
      .init("wide_resnet101_2", "ResNet", ["depth": 101, "base_width": 128]),
      .init("ResNeXt", "ResNet", ["groups": 32, "base_width": 4], isFamily: true),
      .init("ResNetV1c", "ResNet", ["deep_stem": true], flavor: .mmdet, isFamily: true),
      .init(
        "ResNetV1d", "ResNet", ["deep_stem": true, "avg_down": true], flavor: .mmdet,
        isFamily: true),
    ]

  private static let groupNorm: ArgumentValue = .dictionary([
    .init("type", "GN"), .init("num_groups", 32),
  ])
}
