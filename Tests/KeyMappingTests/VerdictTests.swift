import PthBackbones
import PthKeyMapping
import Testing

/// What a mapping may claim.
@Suite struct VerdictTests {
  private func report(
    _ keys: [KeyShape], _ backbone: String = "resnet50", prefix: String = ""
  ) throws -> LoadReport {
    try KeyMapping(of: keys.prefixed(prefix), to: graph(backbone)).report
  }

  private func body() throws -> [KeyShape] {
    try backboneKeys("torchvision_resnet50").without("fc.")
  }

  @Test func headsNecksAndCountersAreNotAskedFor() throws {
    let beside = [
      KeyShape("fc.weight", [1000, 2048]), KeyShape("fc.bias", [1000]),
      KeyShape("my_classes.weight", [7, 2048]), KeyShape("my_classes.bias", [7]),
      KeyShape("neck.lateral.0.conv.weight", [256, 256, 1, 1]),
      KeyShape("bbox_head.fc_cls.weight", [81, 1024]),
      KeyShape("layer1.0.bn9.num_batches_tracked", []),
    ]
    let report = try report(body() + beside)
    #expect(report.verdict == .complete)
    #expect(report.unusedInNetwork.isEmpty && report.unexpected.count == beside.count)
    #expect(!report.codes.contains(.unusedInNetwork))
  }

  static let additions: [(key: String, shape: [Int], part: String?)] = [
    ("layer2.0.se.conv.weight", [1, 1, 5], "efficient channel attention"),
    ("layer2.0.se.fc1.weight", [32, 512, 1, 1], "squeeze-and-excitation"),
    ("layer3.0.conv2.weight_diff", [256, 256, 3, 3], "switchable atrous convolution"),
    ("layer3.0.conv2.switch.bias", [1], "switchable atrous convolution"),
    ("layer3.0.conv2.weight_gamma", [256, 1, 1, 1], "ConvAWS"),
    ("NL_2.0.g.weight", [256, 512, 1, 1], "non-local block"),
    ("layer1.0.bn1.IN.weight", [32], "instance and batch norm (IBN)"),
    ("layer1.0.conv1.bias", [64], "biases of convolutions"),
    ("layer1.0.conv1.weight_g", [64, 1, 1, 1], "a weight kept in parts"),
    ("layer1.0.unheard_of.weight", [64], nil), ("between.1.weight", [8, 512], nil),
  ]

  @Test(arguments: additions)
  func oneTensorInTheNetworkMakesItForeign(
    _ key: String, _ shape: [Int], _ part: String?
  ) throws {
    for prefix in ["", "module.", "backbone."] {
      let report = try report(body() + [KeyShape(key, shape)], prefix: prefix)
      #expect(report.verdict == .foreign, "\(prefix)")
      #expect(report.unusedInNetwork.map(\.source) == [prefix + key])
      #expect(report.unusedInNetwork.map(\.part) == [part])
      let text = try #require(report.warnings.first { $0.code == .unusedInNetwork }).text
      #expect(text.contains("1 tensor "))
      if let part {
        #expect(text.contains("(\(part))"))
      }
    }
  }

  /// A first word such as `head` does not put a module behind the stages if it takes the image, is a
  /// convolution called a pooling, or says itself what it is.
  @Test(arguments: [
    ("fc_se1.0.weight", [16, 256]), ("proj.weight", [3, 3, 1, 1]),
    ("head.0.weight", [16, 3, 3, 3]),
    ("pool.weight", [64, 1, 3, 3]), ("mean", [1, 3, 1, 1]), ("std", [1, 3, 1, 1]),
  ]) func namesAloneDoNotPutItBehind(_ key: String, _ shape: [Int]) throws {
    let report = try report(body() + [KeyShape(key, shape)])
    #expect(report.verdict == .foreign)
    #expect(report.unusedInNetwork.map(\.source) == [key])
  }

  /// Decoders and heads work on the stages' outputs.
  @Test(arguments: [
    ("deconv_layers.0.weight", [2048, 256, 4, 4]), ("final_layer.weight", [17, 256, 1, 1]),
    ("latlayer1.weight", [256, 1024, 1, 1]), ("aspp.convs.0.0.weight", [256, 2048, 1, 1]),
    ("input_proj.weight", [256, 2048, 1, 1]), ("pool.p", [1]), ("fc2.weight", [10, 512]),
    ("bottleneck.weight", [2048]),
  ]) func decodersAreNotOfTheNetwork(_ key: String, _ shape: [Int]) throws {
    #expect(try report(body() + [KeyShape(key, shape)]).verdict == .complete)
  }

  /// Beside the backbone's prefix it counts only if it is known to work between the stages.
  @Test func nonLocalBlocksBesideThePrefixAreOfTheNetwork() throws {
    let beside = [
      KeyShape("base.NL_2.0.g.weight", [256, 512, 1, 1]),
      KeyShape("base.neck.non_local.g.weight", [128, 256, 1, 1]),
      KeyShape("transformer.encoder.layers.0.self_attn.in_proj_weight", [768, 256]),
    ]
    let report = try report(body().prefixed("base.resnet.") + beside)
    #expect(report.verdict == .foreign)
    #expect(report.unusedInNetwork.map(\.source) == ["base.NL_2.0.g.weight"])
  }

  /// Under a name that nobody knows it may as well be a decoder: then that is said.
  @Test func whatIsNotKnownIsNotCalledAnotherNetwork() throws {
    let report = try report(body() + [KeyShape("between.1.weight", [8, 512])])
    let text = try #require(report.warnings.first { $0.code == .unusedInNetwork }).text
    #expect(
      text.hasSuffix("the names do not show whether the network uses them between its stages"))
    #expect(!text.contains("another network"))
  }

  /// Each missing norm has an unused vector of its shape: that is no other network for certain.
  @Test func otherNamesAreNotCalledAnotherNetwork() throws {
    let renamed = try body().map { key in
      KeyShape(key.key.replacing(/\bbn(\d)/) { "norm\($0.output.1)" }, key.shape)
    }
    let report = try report(renamed)
    #expect(report.verdict == .partial && report.namesMayDiffer)
    let text = try #require(report.warnings.first { $0.code == .unusedInNetwork }).text
    #expect(text.contains("or the same network with other names"))
    let other = try self.report(renamed.filter { !$0.key.contains("layer1.0.norm") })
    #expect(!other.namesMayDiffer)
  }

  /// Many are one line.
  @Test func unusedTensorsAreGrouped() throws {
    let attention = (1...4).flatMap { stage in
      (0..<3).map { KeyShape("layer\(stage).\($0).se.conv.weight", [1, 1, 5]) }
    }
    let report = try report(body() + attention)
    let text = try #require(report.warnings.first { $0.code == .unusedInNetwork }).text
    #expect(
      text.hasSuffix(
        "12 tensors in layer1 to layer4: se.conv.weight (efficient channel attention)"))
  }

  @Test func aBlockTooManyIsForeignAndAStageBehindTheLastIsNot() throws {
    let block = try body().filter { $0.key.hasPrefix("layer4.2.") }
    let more = block.map { KeyShape("layer4.3." + $0.key.dropFirst("layer4.2.".count), $0.shape) }
    #expect(try report(body() + more).verdict == .foreign)
    let three = try graph("ResNet", ["depth": 50, "num_stages": 3, "out_indices": [0, 1, 2]])
    #expect(try KeyMapping(of: body(), to: three).report.verdict == .complete)
  }

  /// Norms fit anything of their width; without a single convolution nothing is shown.
  @Test func normsAloneAreNothing() throws {
    let volumes = try body().map {
      KeyShape($0.key, $0.shape.count == 4 ? $0.shape + [$0.shape[3]] : $0.shape)
    }
    let report = try report(volumes, prefix: "module.")
    #expect(report.verdict == .nothing)
    #expect(!report.loaded.isEmpty && report.missing.isEmpty && !report.mismatched.isEmpty)
    #expect(report.reasonForNothing?.contains("three-dimensional") == true)
    #expect(report.mismatched.allSatisfy { $0.hint.contains("over three dimensions") })
    // A classifier is no backbone either.
    let head = [KeyShape("fc.weight", [10, 512]), KeyShape("fc.bias", [10])]
    let target = try graph("resnet18", ["num_classes": 10])
    #expect(try KeyMapping(of: head, to: target).report.verdict == .nothing)
  }

  @Test func anImageOfOneChannelIsOneSentence() throws {
    let keys = try body().map { $0.key == "conv1.weight" ? KeyShape($0.key, [64, 1, 7, 7]) : $0 }
    let report = try report(keys)
    #expect(report.verdict == .partial)
    #expect(
      report.mismatched.map(\.hint) == [
        "the file's network takes images of 1 channel, the backbone of 3"
      ])
  }

  @Test(arguments: [
    (["blocks.0.attn.qkv.weight", "blocks.0.mlp.fc1.weight"], [768, 768], "a transformer"),
    (
      ["roi_head.bbox_head.fc_cls.weight", "rpn_head.rpn_cls.weight"], [81, 1024],
      "a head, classifier or neck without its backbone"
    ),
    (
      ["layer1.0.conv1.weight", "layer1.0.conv2.weight"], [7, 7, 7, 7, 7],
      "its convolutions are three-dimensional: a network for volumes or videos"
    ),
    (
      ["features.0.weight", "features.3.weight"], [5, 3, 9, 9],
      "no known implementation has its names, and the order of its shapes does not match the "
        + "backbone"
    ),
  ])
  func theLikeliestReasonIsSaid(_ names: [String], _ shape: [Int], _ reason: String) throws {
    let report = try report(names.map { KeyShape($0, shape) })
    #expect(report.verdict == .nothing && report.reasonForNothing == reason)
  }

  @Test func aPrefixThatIsNotThereIsNamed() throws {
    let mapping = try KeyMapping(
      of: body().prefixed("backbone."), to: graph("resnet50"),
      options: MappingOptions(prefix: "net"))
    #expect(
      mapping.report.reasonForNothing
        == "nothing lies under the prefix 'net'; 318 keys match under 'backbone.'")
  }

  @Test func countersThatStartAtZeroAreNotCounted() throws {
    let report = try report(body().without("num_batches_tracked"))
    #expect(report.verdict == .complete)
    #expect(report.filled.count == 53)
    #expect(report.coverage.total.keys == 265 && report.coverage.total.isComplete)
    let nothing = try self.report([KeyShape("blocks.0.attn.qkv.weight", [2304, 768])])
    #expect(nothing.coverage.total.ofKeys == 0 && nothing.coverage.total.keys == 265)
    #expect(nothing.codes.contains(.lowCoverage) && nothing.loaded.isEmpty)
  }

  @Test func aLostTensorIsPartial() throws {
    for lost in ["conv1.weight", "layer3.5.bn2.running_var"] {
      let report = try report(body().filter { $0.key != lost })
      #expect(report.verdict == .partial)
      #expect(report.missing.map(\.target) == [lost])
    }
  }
}
