import Testing

@testable import PthBackbones

@Suite struct DetectionTests {
  let registry = BackboneRegistry.standard

  /// What is detected, built again, has the keys that it was detected in.
  @Test(arguments: Fixture.all)
  func roundTrip(_ fixture: Fixture) throws {
    let keys = fixture.keyShapes
    let detection = try #require(registry.detect(keys))
    let isRes2Net = keys.contains { $0.key.hasPrefix("layer1.0.convs") }
    #expect(detection.backbone == (isRes2Net ? "Res2Net" : "ResNet"))
    #expect(detection.prefix == "")
    #expect(detection.matchedKeys == detection.expectedKeys)
    var arguments = detection.arguments
    if let classes = detection.headClasses { arguments["num_classes"] = .integer(classes) }
    // A classifier of mmdet names does not exist, of others it does.
    let graph = try registry.makeGraph(
      detection.backbone, arguments: arguments, flavor: detection.flavor)
    // The order is that of the flavor, which names alone tell for Res2Net.
    #expect(graph.keyShapes == keys)
    // Everything that names and shapes tell is as it was asked for.
    let truth = try fixture.graph()
    #expect(detection.contradictions(with: truth.arguments) == [])
  }

  @Test(arguments: [
    "", "module.", "backbone.", "model.backbone.", "encoder_q.", "student.backbone.",
    "module.a.b.c.",
  ])
  func prefixes(_ prefix: String) throws {
    let fixture = try Fixture.named("mmdet_res2net50")
    let keys =
      [KeyShape("neck.lateral_convs.0.conv.weight", [256, 256, 1, 1])]
      + fixture.keyShapes.map { KeyShape(prefix + $0.key, $0.shape) }
      + [KeyShape("bbox_head.fc.weight", [80, 256])]
    let detection = try #require(registry.detect(keys))
    #expect(detection.prefix == prefix)
    #expect(detection.flavor == .mmdet)
    #expect(detection.headClasses == nil)
    #expect(detection.matchedKeys == fixture.keyShapes.count)
  }

  @Test func severalBackbones() throws {
    let small = try Fixture.named("torchvision_resnet18").keyShapes
    let large = try Fixture.named("timm_resnet50d").keyShapes
    let keys =
      small.map { KeyShape("teacher.\($0.key)", $0.shape) }
      + large.map { KeyShape("student.\($0.key)", $0.shape) }
    let detections = registry.detectAll(keys)
    #expect(detections.map(\.prefix) == ["student.", "teacher."])
    #expect(detections.map(\.flavor) == [.timm, .torchvision])
    #expect(detections[0].arguments["deep_stem"] == true)
    #expect(detections[1].headClasses == 1000)
  }

  @Test func arithmeticOfMMDetNames() throws {
    let keys = try Fixture.named("mmdet_res2net101").keyShapes
    let unknown = try #require(registry.detect(keys, fileName: "epoch_12.pth"))
    #expect(unknown.arithmetic == nil)
    #expect(unknown.assumptions.contains { $0.code == "arithmetic-unknown" })

    let renamed = try #require(
      registry.detect(keys, fileName: "open-mmlab://res2net101_v1d_26w_4s"))
    #expect(renamed.arithmetic == .official)
    #expect(renamed.flavor == .mmdet)
    #expect(renamed.arguments["stage_pooling"] == "always")
    #expect(!renamed.assumptions.contains { $0.code == "arithmetic-unknown" })

    let trained = try #require(
      registry.detect(keys, fileName: "faster_rcnn_r2_101_fpn_2x_coco-175f1da6.pth"))
    #expect(trained.arithmetic == .mmdet)
    #expect(trained.arguments["stage_pooling"] == nil)
  }

  @Test func assumptions() throws {
    func codes(_ name: String) throws -> [String] {
      try #require(registry.detect(try Fixture.named(name).keyShapes)).assumptions.map(\.code)
    }
    let common = [
      "strides", "dilations", "zero_init_residual", "activation", "eps", "anti_aliasing",
    ]
    #expect(try codes("torchvision_resnet18") == common)
    #expect(try codes("torchvision_resnet50") == ["style"] + common)
    #expect(try codes("timm_res2net50_26w_6s") == ["style"] + common + ["pooling"])
    #expect(try codes("mmdet_resnet50_gn") == ["norm_cfg", "style"] + common)
  }

  @Test func contradictions() throws {
    let keys = try Fixture.named("timm_res2net50_26w_6s").keyShapes
    let detection = try #require(registry.detect(keys))
    let asked = try registry.resolve(
      "Res2Net", arguments: ["depth": 101, "scale": 4, "baseWidth": 26])
    #expect(
      detection.contradictions(with: asked.arguments) == [
        """
        the checkpoint has depth 50: layer1.0 to 1.2, layer2.0 to 2.3, layer3.0 to 3.5, \
        layer4.0 to 4.2; you asked for 101
        """,
        "the checkpoint has scale 6: convs.0 to convs.4; you asked for 4",
      ])
    #expect(detection.contradictions(with: ["scales": 6]) == [])
  }

  @Test func classifiersOfAnySize() throws {
    var keys = try Fixture.named("timm_res2net50_26w_4s").keyShapes
    keys += [KeyShape("fc.weight", [365, 2048]), KeyShape("fc.bias", [365])]
    #expect(registry.detect(keys)?.headClasses == 365)
  }

  @Test func batchCountersMayBeMissing() throws {
    let keys = try Fixture.named("timm_res2net50_26w_4s").keyShapes
      .filter { !$0.key.hasSuffix("num_batches_tracked") }
    let detection = try #require(registry.detect(keys))
    #expect(detection.expectedKeys - detection.matchedKeys == detection.expectedKeys / 6)
  }

  @Test func otherNetworksAreNotTakenForResNets() throws {
    let keys = try Fixture.named("torchvision_resnet50").keyShapes
    // Squeeze-and-excitation in every block.
    let attention = keys.flatMap { entry in
      entry.key.hasSuffix("bn3.weight")
        ? [entry, KeyShape(entry.key.replacing("bn3", with: "se.fc1"), [16, 256, 1, 1])] : [entry]
    }
    #expect(registry.detect(attention) == nil)
    #expect(registry.detect([]) == nil)
    #expect(registry.detect([KeyShape("layer1.0.conv1.weight", [64, 64, 1, 1])]) == nil)
    // Shapes that make no network.
    #expect(registry.detect(keys.map { KeyShape($0.key, [0]) }) == nil)
    #expect(registry.detect(keys.map { KeyShape($0.key, [3, 5, 7, 11]) }) == nil)
    let huge = keys.map { KeyShape($0.key, $0.shape.map { _ in Int.max }) }
    #expect(registry.detect(huge) == nil)
  }

  @Test func oldNamesOfOffsets() throws {
    let keys = try Fixture.named("mmdet_resnet50_dcnv2").keyShapes
      .map { KeyShape($0.key.replacing("conv2.conv_offset", with: "conv2_offset"), $0.shape) }
    let detection = try #require(registry.detect(keys))
    #expect(detection.arguments["dcn"]?["type"] == "DCNv2")
    #expect(detection.arguments["stage_with_dcn"] == [false, true, true, true])
  }
}
