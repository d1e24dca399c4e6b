import Testing

@testable import PthBackbones

@Suite struct RegistryTests {
  private static let tiny = BackboneDefinition(
    "TinyNet", arguments: [.init("width", aliases: ["w"], .integer(1...512), "channels")]
  ) { arguments, _ throws(BackboneError) in
    let width = arguments["width"]?.integer ?? 16
    return try ModelGraph.build("TinyNet", inputChannels: 3) { net, input in
      let conv1 = net.conv2d("conv1", in: 3, out: width, kernel: 3, stride: 2, padding: 1)
      let bn1 = net.batchNorm2d("bn1", channels: width)
      net.output("layer1", net.relu(bn1(conv1(input))))
    }
  }

  @Test func ownBackbones() throws {
    var registry = BackboneRegistry.standard
    try registry.register(Self.tiny)
    try registry.register(BackbonePreset("tiny32", "TinyNet", ["width": 32]))
    let graph = try registry.makeGraph("tiny32")
    #expect(
      graph.state.map(\.name) == [
        "conv1.weight", "bn1.weight", "bn1.bias", "bn1.running_mean", "bn1.running_var",
        "bn1.num_batches_tracked",
      ])
    #expect(graph.state[0].shape == [32, 3, 3, 3])
    #expect(graph.nodes.map(\.name) == ["conv1", "bn1", "relu"])
    #expect(try registry.makeGraph("TinyNet", arguments: ["w": 8]).arguments == ["width": 8])
    #expect(try graph.shapes(input: [1, 3, 9, 8]).last == [1, 32, 5, 4])

    #expect(throws: BackboneError.alreadyRegistered("TinyNet")) { try registry.register(Self.tiny) }
    #expect(throws: BackboneError.self) {
      try registry.register(BackbonePreset("x", "NoNet", [:]))
    }
    // The standard registry is a value of its own.
    #expect(throws: BackboneError.self) { try BackboneRegistry.standard.makeGraph("TinyNet") }
  }

  @Test(arguments: BackboneRegistry.standard.presets)
  func presets(_ preset: BackbonePreset) throws {
    let graph = try BackboneRegistry.standard.makeGraph(preset.name)
    #expect(graph.backbone == preset.backbone)
    let isInverted = ["MobileNetV2", "EfficientNetLite"].contains(preset.backbone)
    #expect(graph.outputs.count == (isInverted ? 6 : 4))
    #expect(graph.notes.isEmpty)
    #expect(BackboneRegistry.standard.detect(graph.keyShapes)?.matchedKeys == graph.state.count)
  }

  /// The sizes that the authors published, in millions, with their classifiers.
  @Test(arguments: [
    ("res2net50_26w_4s", 25.70), ("res2net50_48w_2s", 25.29), ("res2net50_14w_8s", 25.06),
    ("res2net50_26w_6s", 37.05), ("res2net50_26w_8s", 48.40), ("res2net101_26w_4s", 45.21),
    ("res2net50_v1b_26w_4s", 25.72), ("res2net101_v1b_26w_4s", 45.23),
  ])
  func publishedSizes(_ name: String, _ millions: Double) throws {
    let graph = try BackboneRegistry.standard.makeGraph(name, arguments: ["num_classes": 1000])
    #expect(abs(Double(graph.parameterCount) / 1e6 - millions) <= 0.0051)
  }

  @Test func manyThreadsAtOnce() async throws {
    let expected = try BackboneRegistry.standard.makeGraph("resnet18")
    await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<16 {
        group.addTask { (try? BackboneRegistry.standard.makeGraph("resnet18")) == expected }
      }
      for await isEqual in group { #expect(isEqual) }
    }
  }
}
