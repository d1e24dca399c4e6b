/// A family of networks of inverted residual blocks (Sandler et al. 2018): the properties in which MobileNetV2 and
/// EfficientNet-Lite differ.
struct InvertedArchitecture: Sendable {
  /// In the order of the registry.
  static let all = [mobileNetV2, efficientNetLite]

  /// Number of stages of blocks; the last 1×1 convolution is one more stage, `layer8`.
  static let blockStages = 7
  static let strides = [1, 2, 2, 2, 1, 2, 1]
  /// Expansion factor of all blocks but those of the first stage, which do not expand.
  static let expansion = 6

  let name: String
  let summary: String
  /// In the order of preference.
  let flavors: [Flavor]
  /// Default blocks and channels of the stages: those of MobileNetV2 1.0 and EfficientNet-Lite0.
  let layers: [Int]
  let channels: [Int]
  /// Sizes of the stages' depthwise kernels.
  let kernels: [Int]
  /// Whether strided convolutions are padded as in TensorFlow by default.
  let padsAsTensorFlow: Bool
  let presets: [BackbonePreset]
  var publishedWeights: [PublishedPreparation] = []

  var table: [ArgumentSpecification] {
    [
      .init(
        "layers", .integers(1...1000), isTelling: true,
        "blocks of each of the seven stages; by default \(ArgumentValue(layers))"),
      .init(
        "channels", .integers(1...65536), isTelling: true,
        "channels of each of the seven stages; by default \(ArgumentValue(channels))"),
      .init(
        "in_channels", aliases: ["in_chans"], .integer(1...4096), default: 3,
        "channels of the image"),
      .init("stem_channels", .integer(1...65536), default: 32, "channels that leave the stem"),
      .init(
        "head_channels", .integer(1...65536), default: 1280,
        "channels of layer8, the 1×1 convolution behind the last block"),
      .init(
        "num_stages", .integer(1...8), default: 8, bearing: .extent,
        "number of stages; layer8 is the last 1×1 convolution, which timm's features_only lacks"),
      .init(
        "strides", .integers(1...8),
        "stride of each stage's first block; by default 1, 2, 2, 2, 1, 2, 1"),
      .init(
        "out_indices", .integers(0...7), bearing: .use,
        "stages that are returned, from 0; by default 0, 1, 2, 4, 6 (timm's features_only) and 7"),
      .init(
        "padding", .choice(["symmetric", "same"]),
        default: .string(padsAsTensorFlow ? "same" : "symmetric"),
        "zeros around convolutions with a stride: the same number on all sides, or TensorFlow's SAME"
      ),
      .init(
        "norm_cfg", aliases: ["norm"], .configuration(types: ["BN", "SyncBN"]),
        "norm layers: BN or dict(type='BN', eps=…); eps by default 1e-5, with padding=same 1e-3"),
      .init(
        "frozen_stages", .integer(-1...8), default: -1, bearing: .use,
        "frozen stages: 0 the stem, n also layer1…layern, -1 none"),
      .init(
        "num_classes", .integer(0...1_000_000), bearing: .use, countsClasses: true,
        "classes of the classifier; by default 0: no classifier"),
      .init("conv_cfg", .unsupported, "other kinds of convolution"),
      .init("norm_eval", .unused, "training only"),
      .init("with_cp", .unused, "training only"),
      .init("pretrained", .text, "where weights are loaded from; not part of the graph"),
      .init("init_cfg", .unused, "how weights are initialised; not part of the graph"),
    ]
  }

  /// Values of padding and eps, which no key shows.
  private static let alternatives: [BackboneArguments] = [
    ["padding": "same"], ["padding": "symmetric"],
    ["norm_cfg": .dictionary([.init("type", "BN"), .init("eps", .number(1e-3))])],
    ["norm_cfg": .dictionary([.init("type", "BN"), .init("eps", .number(1e-5))])],
  ]

  /// The graph that canonical arguments describe.
  func graph(_ given: BackboneArguments, flavor: Flavor) throws(BackboneError) -> ModelGraph {
    let configuration = try InvertedConfiguration(self, given)
    var graph = try configuration.graph(InvertedLayout(flavor))
    graph.flavor = flavor
    graph.arguments = configuration.arguments
    return graph
  }

  var definition: BackboneDefinition {
    var definition = BackboneDefinition(
      name, summary: summary, flavors: flavors, arguments: table, alternatives: Self.alternatives,
      names: .inverted,
      detector: BackboneDetector { keys, hints in
        InvertedDetection(self, keys, hints)?.detection
      },
      build: { arguments, flavor throws(BackboneError) in
        try graph(arguments, flavor: flavor)
      })
    definition.poolsBeforeClassifier = true
    definition.usualArguments = ["in_channels": 3, "stem_channels": 32, "head_channels": 1280]
    definition.publishedWeights = publishedWeights
    return definition
  }
}
