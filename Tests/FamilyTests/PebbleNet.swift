import PthConvKit

/// A family of somebody else's: a stem and blocks of squeeze-and-excitation, published by its authors
/// (`blocks.0.conv`) and by a zoo with other names (`features.0.convolution`).
enum PebbleNet {
  static let zoo: Flavor = "zoo"

  static let definition = BackboneDefinition(
    "PebbleNet", summary: "Blocks of squeeze-and-excitation", flavors: ["authors", zoo],
    arguments: [
      ArgumentSpecification("width", .integer(1...512), default: 16, "channels"),
      ArgumentSpecification("depth", .integer(1...8), default: 2, isTelling: true, "blocks"),
      ArgumentSpecification(
        "activation", .choice(["relu", "gelu"]), default: "relu",
        difference: "its blocks end with another function", "the function at the end of a block"),
      ArgumentSpecification(
        "frozen_stages", .integer(-1...8), default: -1, bearing: .use,
        "stages that training leaves alone"),
    ],
    names: names,
    detector: BackboneDetector { keys, _ in detection(keys) },
    initialization: { _ in
      [
        InitializationRule(.layers([.conv2d]), weight: .xavier(.normal)),
        InitializationRule(.layers([.batchNorm]), weight: .constant(0.5)),
      ]
    },
    configurationClass: configurationClass, detectron2: detectron2,
    publishedWeights: publishedWeights,
    build: { arguments, flavor throws(BackboneError) in
      try graph(
        width: arguments["width"]?.integer ?? 16, depth: arguments["depth"]?.integer ?? 2,
        endsWithGELU: arguments["activation"] == "gelu",
        frozenStages: arguments["frozen_stages"]?.integer ?? -1, usesZooNames: flavor == zoo)
    })

  static let presets = [
    BackbonePreset("pebble_tiny", "PebbleNet", ["width": 8, "depth": 1]),
    BackbonePreset("pebble_small", "PebbleNet", ["width": 8, "depth": 2]),
  ]

  static func registry() throws -> BackboneRegistry {
    var registry = BackboneRegistry.standard
    try registry.register(definition)
    for preset in presets { try registry.register(preset) }
    return registry
  }

  private static func graph(
    width: Int, depth: Int, endsWithGELU: Bool = false, frozenStages: Int = -1,
    usesZooNames: Bool
  ) throws(BackboneError) -> ModelGraph {
    let (list, convolution, normName) =
      usesZooNames ? ("features", "convolution", "normalization") : ("blocks", "conv", "norm")
    return try ModelGraph.build("PebbleNet", inputChannels: 3) { net, input in
      if frozenStages >= 0 { net.freeze(.stem) }
      for number in 0..<max(frozenStages, 0) { net.freeze(.layer(number + 1)) }
      let stem = net.sequential("stem", stage: .stem)
      let conv = stem.conv2d("conv", in: 3, out: width, kernel: 3, stride: 2, padding: 1)
      let norm = stem.batchNorm2d("norm", channels: width)
      var x = stem.gelu(norm(conv(input)))
      let blocks = net.moduleList(list)
      for number in 0..<depth {
        let block = blocks.sequential("\(number)", stage: .layer(number + 1))
        let conv = block.conv2d(convolution, in: width, out: width, kernel: 3, padding: 1)
        let norm = block.batchNorm2d(normName, channels: width)
        let gate = block.conv2d("gate", in: width, out: width, kernel: 1, bias: true)
        let y = norm(conv(x))
        let scale = block.sigmoid(gate(block.globalAvgPool(y, keepsSize: true)))
        let sum = block.add(x, block.multiply(y, scale))
        x = endsWithGELU ? block.gelu(sum) : block.relu(sum)
        net.output("layer\(number + 1)", x)
      }
    }
  }

  // MARK: Recognising it

  private static let names = RenamingTables(
    [
      RenamingTable(
        "pebble-zoo",
        [
          RenamingRule("features.*.convolution", "blocks.*.conv"),
          RenamingRule("features.*.normalization", "blocks.*.norm"),
          RenamingRule("features.*.gate", "blocks.*.gate"),
        ]),
      // `stem_conv_weight` and `blocks_0_norm_running_mean`, as Caffe2 joins words.
      RenamingTable(
        "pebble-joined",
        splitting: { name in
          let words = name.split(separator: "_")
          let modules = ["stem": 2, "blocks": 3][words.first ?? ""] ?? 0
          guard modules > 0, words.count > modules else { return nil }
          let attribute = words[modules...].joined(separator: "_")
          return words[..<modules] + [Substring(attribute)]
        }),
    ],
    tellingComponents: ["blocks"],
    isTelling: { $0.hasPrefix("blocks.") })

  private static func detection(_ keys: KeyIndex) -> Detection? {
    guard let stem = keys.shape(canonical: "stem.conv.weight"), stem.count == 4 else { return nil }
    let depth = (0..<8).prefix { keys.shape(canonical: "blocks.\($0).gate.weight") != nil }.count
    let isZoo = keys.renamed["pebble-zoo"] != nil
    guard depth > 0,
      let graph = try? graph(width: stem[0], depth: depth, usesZooNames: isZoo)
    else { return nil }
    let matched = graph.state.count { keys[$0.name] == $0.shape }
    let flavor = isZoo ? zoo : "authors"
    return Detection(
      backbone: "PebbleNet", flavor: flavor,
      arguments: ["width": .integer(stem[0]), "depth": .integer(depth)], prefix: keys.prefix,
      arithmetic: flavor,
      evidence: [
        .init(
          argument: "width", label: "width", value: .integer(stem[0]),
          seen: "stem.conv.weight of shape \(stem)"),
        .init(
          argument: "depth", label: "depth", value: .integer(depth),
          seen: "blocks.0 to blocks.\(depth - 1)"),
      ], matchedKeys: matched, expectedKeys: graph.state.count)
  }
}
