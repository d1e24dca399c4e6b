import Testing

@testable import PthBackbones

@Suite struct DetectionTests {
  let registry = BackboneRegistry.standard

  /// What is detected, built again, has the keys that it was detected in.
  @Test(arguments: Fixture.all)
  func roundTrip(_ fixture: Fixture) throws {
    let keys = fixture.keyShapes
    // Group norms have the names of batch norms without statistics, but for what the file is called.
    let hasGroupNorms = fixture.name.hasSuffix("_gn")
    let detection = try #require(
      registry.detect(keys, fileName: hasGroupNorms ? fixture.name : nil))
    #expect(detection.isWhole)
    let truth = try fixture.graph()
    #expect(detection.backbone == truth.backbone)
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
      "strides", "dilations", "zero_init_residual", "eps", "activation", "stem_pooling",
      "anti_aliasing",
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

  @Test func otherNetworksAreNotTakenForWholeResNets() throws {
    let keys = try Fixture.named("torchvision_resnet50").keyShapes
    // Squeeze-and-excitation in every block.
    let attention = keys.flatMap { entry in
      entry.key.hasSuffix("bn3.weight")
        ? [entry, KeyShape(entry.key.replacing("bn3", with: "se.fc1"), [16, 256, 1, 1])] : [entry]
    }
    let detection = try #require(registry.detect(attention))
    #expect(!detection.isWhole && detection.strangers.count == 16)
    #expect(detection.strangers.first == "layer1.0.se.fc1.weight")
    #expect(detection.matchedKeys == detection.expectedKeys)
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

  /// HRNet begins with one stage of a ResNet.
  @Test(arguments: ["", "backbone."])
  func highResolutionNetworksAreNoResNets(_ prefix: String) throws {
    let resNet = try Fixture.named("torchvision_resnet50").keyShapes
    var keys = resNet.filter { $0.key.hasPrefix("layer1.") }
    keys += ["conv1", "conv2"].enumerated().map { index, name in
      KeyShape("\(name).weight", [64, index == 0 ? 3 : 64, 3, 3])
    }
    for stage in 2...4 {
      for branch in 0..<stage {
        for (number, entry) in keys.prefix(30).enumerated() where number % 2 == 0 {
          keys.append(
            KeyShape(
              "stage\(stage).0.branches.\(branch).\(entry.key.dropFirst("layer1.".count))",
              entry.shape))
        }
      }
    }
    #expect(registry.detect(keys.map { KeyShape(prefix + $0.key, $0.shape) }) == nil)
  }

  /// A detector's head may hold the last stage, and the first three are the backbone.
  @Test func theLastStageAloneIsNoNetwork() throws {
    let keys = try Fixture.named("torchvision_resnet50").keyShapes.map { entry in
      KeyShape((entry.key.hasPrefix("layer4.") ? "head." : "backbone.") + entry.key, entry.shape)
    }
    let detections = registry.detectAll(keys)
    #expect(detections.map(\.prefix) == ["backbone."])
    #expect(detections[0].arguments["depth"] == 50)
    #expect(detections[0].assumptions.contains { $0.code == "depth" })
  }

  /// Where layers alone leave two depths, the file's name decides.
  @Test func namesDecideBetweenDepths() throws {
    let keys = try Fixture.named("torchvision_resnet101").keyShapes.filter {
      !$0.key.hasPrefix("layer3.")
    }
    let open = try #require(registry.detect(keys))
    #expect(open.assumptions.contains { $0.code == "depth" && $0.text.contains("50 or 101") })
    // Neither contradicts the file.
    for depth in [50, 101] {
      #expect(open.contradictions(with: ["depth": .integer(depth)]) == [])
    }
    let named = try #require(registry.detect(keys, fileName: "resnet101-63fe2227.pth"))
    #expect(named.arguments["depth"] == 101)
  }

  /// Stems of other kinds are named, not taken for the plain one.
  @Test func threeConvolutionsAreNoPlainStem() throws {
    var keys = try Fixture.named("torchvision_resnet50").keyShapes.filter {
      !$0.key.hasPrefix("conv1.")
    }
    let shapes = [[32, 3, 3, 3], [32, 32, 3, 3], [64, 32, 3, 3]]
    for (index, shape) in shapes.enumerated() {
      keys.append(KeyShape("conv\(index + 1).weight", shape))
      if index > 0 { keys.append(KeyShape("bn\(index + 1).weight", [shape[0]])) }
    }
    let detection = try #require(registry.detect(keys))
    #expect(!detection.isWhole)
    #expect(
      detection.strangers == ["conv2.weight", "bn2.weight", "conv3.weight", "bn3.weight"])
  }

  @Test func biasesAreStrangers() throws {
    let keys = try Fixture.named("torchvision_resnet101").keyShapes.flatMap { entry in
      entry.shape.count == 4
        ? [entry, KeyShape(entry.key.replacing(".weight", with: ".bias"), [entry.shape[0]])]
        : [entry]
    }
    let detection = try #require(registry.detect(keys))
    #expect(detection.arguments["depth"] == 101)
    #expect(detection.strangers.count == 104)
  }

  /// Parameters without buffers: nothing says that the norms are group norms.
  @Test func lostStatisticsMakeNoGroupNorms() throws {
    let keys = try Fixture.named("torchvision_resnet50").keyShapes.filter {
      !$0.key.contains("running_") && !$0.key.contains("num_batches")
    }
    let detection = try #require(registry.detect(keys))
    #expect(detection.arguments["norm_cfg"]?["type"] == "BN")
    #expect(detection.expectedWeights - detection.matchedWeights == 106)
    #expect(detection.assumptions.contains { $0.code == "norm_cfg" })
  }

  @Test(
    arguments: [
      (nil, "resnet50_caffe-788b5fa3.pth", "caffe"), (nil, "resnet50_msra-5891d200.pth", "caffe"),
      ("torchvision", "R-50.pkl", "pytorch"), ("Caffe2", "R-50.pkl", "caffe"),
    ] as [(String?, String, String)])
  func theFileTellsItsStyle(_ author: String?, _ name: String, _ style: String) throws {
    var hints = FileHints(fileName: name)
    hints.author = author
    let keys = try Fixture.named("torchvision_resnet50").keyShapes
    let detection = try #require(registry.detect(keys, hints: hints))
    #expect(detection.arguments["style"]?.string == style)
    #expect(detection.flavor == (style == "caffe" ? .mmdet : .torchvision))
    let assumed = try #require(detection.assumptions.first { $0.code == "style" })
    #expect(assumed.text.hasPrefix("style \(style), by "))
    #expect(registry.detect(keys)?.arguments["style"] == nil)
  }

  @Test func configurationsTellTheStyle() throws {
    var hints = FileHints()
    hints.configuration = "model = dict(backbone=dict(type='ResNet', depth=50, style='caffe'))"
    let keys = try Fixture.named("mmdet_resnet50_frozen").keyShapes
    #expect(registry.detect(keys, hints: hints)?.arguments["style"] == "caffe")
    hints.configuration = "norm_cfg=dict(type='BN')"
    #expect(registry.detect(keys, hints: hints)?.arguments["style"] == nil)
  }

  /// timm's anti-aliased networks have a ResNet's keys; only what they are called tells.
  @Test func antiAliasedNetworksAreNotKnown() throws {
    let keys = try Fixture.named("timm_resnet50").keyShapes
    var hints = FileHints()
    hints.architecture = "resnetblur50"
    let detection = try #require(registry.detect(keys, hints: hints))
    #expect(detection.arithmetic == nil)
    #expect(detection.assumptions.contains { $0.code == "arithmetic-unknown" })
    hints.architecture = "resnet50"
    #expect(registry.detect(keys, hints: hints)?.arithmetic != nil)
  }

  @Test func thePublishedNetworkIsNamedWithItsShare() throws {
    let keys = try Fixture.named("timm_res2net50_26w_6s").keyShapes
    let whole = try #require(registry.detect(keys)?.published)
    #expect(whole == .init(name: "res2net50_26w_6s", share: 1, isWhole: true))
    let cut = keys.filter { !$0.key.hasPrefix("layer3.2.") }
    let damaged = try #require(registry.detect(cut)?.published)
    #expect(damaged.name == whole.name)
    #expect(damaged.share > 0.9 && damaged.share < 1)
    // One argument differs.
    let grey = keys.map { $0.key == "conv1.weight" ? KeyShape($0.key, [64, 1, 7, 7]) : $0 }
    let other = try #require(registry.detect(grey)?.published)
    #expect(other.name == whole.name && other.share < 1 && other.share > 0.99)
  }

  /// What the configuration says of the backbone counts, not what it says of something else.
  @Test func theConfigurationOfTheBackboneCounts() throws {
    let keys = try Fixture.named("torchvision_resnet50").keyShapes
    var hints = FileHints()
    hints.configuration = """
      img = dict(style='caffe')
      model = dict(type='EncoderDecoder', backbone=dict(type='ResNetV1c', depth=50,
        strides=(1, 2, 1, 1), dilations=(1, 1, 2, 4), style='pytorch', note='a) b'),
        neck=dict(strides=(9, 9, 9, 9)))
      """
    let detection = try #require(registry.detect(keys, hints: hints))
    #expect(detection.arguments["strides"]?.integers == [1, 2, 1, 1])
    #expect(detection.arguments["dilations"]?.integers == [1, 1, 2, 4])
    #expect(detection.arguments["style"]?.string == "pytorch")
    let asked = try registry.makeGraph("resnet50").arguments
    #expect(detection.contradicted(by: asked).map(\.argument) == ["strides", "dilations"])
    // Broken text says nothing.
    hints.configuration = "model = dict(backbone=dict(type='ResNet', style='caffe'"
    #expect(try #require(registry.detect(keys, hints: hints)).arguments["style"] == nil)
  }

  @Test(arguments: [
    ("resnet50_caffe-788b5fa3.pth", true), ("faster_rcnn_r50_caffe_fpn_1x.pth", true),
    ("resnet50_msra-5891d200.pth", true), ("msra_face_r50.pth", false),
    ("resnet50_caffe_to_pytorch.pth", false), ("resnet50.pth", false),
  ]) func namesOfFilesSayTheStyle(_ name: String, _ isCaffe: Bool) throws {
    let keys = try Fixture.named("torchvision_resnet50").keyShapes
    let detection = try #require(registry.detect(keys, fileName: name))
    #expect((detection.arguments["style"]?.string == "caffe") == isCaffe)
  }
}
