extension InvertedArchitecture {
  /// EfficientNet-Lite (Google 2020): EfficientNet (Tan and Le 2019) without squeeze-and-excitation,
  /// with ReLU6. The `tf_` networks were trained in TensorFlow; timm's others are padded as in PyTorch.
  static let efficientNetLite = InvertedArchitecture(
    name: "EfficientNetLite",
    summary: "EfficientNet-Lite: inverted residual blocks with 3×3 and 5×5 kernels, ReLU6",
    flavors: [.timm, .litePackage],
    layers: [1, 2, 2, 3, 3, 4, 1], channels: [16, 24, 40, 80, 112, 192, 320],
    kernels: [3, 3, 5, 3, 5, 5, 3], padsAsTensorFlow: true,
    presets: sizes.enumerated().flatMap { number, size -> [BackbonePreset] in
      let arguments: BackboneArguments = [
        "layers": ArgumentValue(size.layers), "channels": ArgumentValue(size.channels),
        "stem_channels": 32, "head_channels": 1280,
      ]
      return [("tf_", "same"), ("", "symmetric")].map { prefix, padding in
        .init(
          "\(prefix)efficientnet_lite\(number)", "EfficientNetLite",
          arguments.merging(["padding": .string(padding)]))
      }
    },
    publishedWeights: [
      PublishedPreparation(
        of: Set(sizes.indices.map { "tf_efficientnet_lite\($0).in1k" }),
        mean: [127.5, 127.5, 127.5], deviation: [127.5, 127.5, 127.5])
    ])

  /// Lite0 to lite4.
  private static let sizes: [(layers: [Int], channels: [Int])] = [
    ([1, 2, 2, 3, 3, 4, 1], [16, 24, 40, 80, 112, 192, 320]),
    ([1, 3, 3, 4, 4, 5, 1], [16, 24, 40, 80, 112, 192, 320]),
    ([1, 3, 3, 4, 4, 5, 1], [16, 24, 48, 88, 120, 208, 352]),
    ([1, 3, 3, 5, 5, 6, 1], [24, 32, 48, 96, 136, 232, 384]),
    ([1, 4, 4, 6, 6, 8, 1], [24, 32, 56, 112, 160, 272, 448]),
  ]
}
