extension InvertedArchitecture {
  /// MobileNetV2 (Sandler et al. 2018).
  static let mobileNetV2 = InvertedArchitecture(
    name: "MobileNetV2", summary: "MobileNetV2: inverted residual blocks, ReLU6",
    flavors: [.torchvision, .timm, .mmdet, .mmpretrain],
    layers: [1, 2, 3, 4, 3, 3, 1], channels: [16, 24, 32, 64, 96, 160, 320],
    kernels: [3, 3, 3, 3, 3, 3, 3], padsAsTensorFlow: false,
    presets: [
      .init("mobilenet_v2", "MobileNetV2", arguments(), flavor: .torchvision),
      .init("mobilenetv2_100", "MobileNetV2", arguments(), flavor: .timm),
      .init(
        "mobilenetv2_035", "MobileNetV2",
        arguments([8, 8, 16, 24, 32, 56, 112], stem: 16), flavor: .timm),
      .init(
        "mobilenetv2_050", "MobileNetV2",
        arguments([8, 16, 16, 32, 48, 80, 160], stem: 16), flavor: .timm),
      .init(
        "mobilenetv2_075", "MobileNetV2",
        arguments([16, 24, 24, 48, 72, 120, 240], stem: 24), flavor: .timm),
      .init(
        "mobilenetv2_140", "MobileNetV2",
        arguments([24, 32, 48, 88, 136, 224, 448], stem: 48, head: 1792), flavor: .timm),
      .init(
        "mobilenetv2_110d", "MobileNetV2",
        arguments([16, 24, 32, 72, 104, 176, 352], layers: [1, 3, 4, 5, 4, 4, 1]), flavor: .timm),
      .init(
        "mobilenetv2_120d", "MobileNetV2",
        arguments([24, 32, 40, 80, 112, 192, 384], layers: [1, 3, 5, 6, 5, 5, 1]), flavor: .timm),
    ])

  private static func arguments(
    _ channels: [Int] = [16, 24, 32, 64, 96, 160, 320], stem: Int = 32, head: Int = 1280,
    layers: [Int] = [1, 2, 3, 4, 3, 3, 1]
  ) -> BackboneArguments {
    [
      "layers": ArgumentValue(layers), "channels": ArgumentValue(channels),
      "stem_channels": .integer(stem), "head_channels": .integer(head),
    ]
  }
}
