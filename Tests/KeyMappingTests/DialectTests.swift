import PthBackbones
import PthKeyMapping
import Testing

/// Names of other implementations, in any order of the keys.
@Suite struct DialectTests {
  /// An implementation that calls the parts of torchvision's ResNet otherwise.
  struct Dialect: CustomTestStringConvertible, Sendable {
    let testDescription: String
    /// What stands before the network's keys.
    var prefix = ""
    /// A key of torchvision as it is called there; nil if it is not there.
    let rename: @Sendable (String) -> String?
  }

  static let dialects: [Dialect] = [
    Dialect(testDescription: "transformers", prefix: "resnet.", rename: transformers),
    Dialect(
      testDescription: "Caffe2", rename: { caffe2($0, norm: "bn", ["s", "b", "rm", "riv"]) }),
    Dialect(
      testDescription: "Caffe2 with long names",
      rename: { caffe2($0, norm: "bn", ["gamma", "beta", "running_mean", "running_var"]) }),
    Dialect(testDescription: "children", rename: { sequential($0) }),
    Dialect(testDescription: "features", prefix: "features.", rename: { sequential($0) }),
    Dialect(
      testDescription: "fastai", prefix: "0.",
      rename: { $0.hasPrefix("fc.") ? nil : sequential($0) }),
    Dialect(
      testDescription: "shortcut",
      rename: { $0.replacing("downsample.", with: "shortcut.") }),
    Dialect(
      testDescription: "shortcut.conv",
      rename: {
        $0.replacing("downsample.0.", with: "shortcut.conv.")
          .replacing("downsample.1.", with: "shortcut.bn.")
      }),
    Dialect(
      testDescription: "layer0", prefix: "encoder.",
      rename: { name in
        ["conv1.": "layer0.0.", "bn1.": "layer0.1."].first { name.hasPrefix($0.key) }
          .map { $0.value + name.dropFirst($0.key.count) } ?? name
      }),
    Dialect(
      testDescription: "stage1", rename: { $0.replacing(/^layer(\d)/) { "stage\($0.1)" } }),
    Dialect(
      testDescription: "ConvModule",
      rename: {
        $0.replacing(/(^|\.)conv(\d)\./) { "\($0.1)conv\($0.2).conv." }
          .replacing(/(^|\.)bn(\d)\./) { "\($0.1)conv\($0.2).bn." }
          .replacing("downsample.0.", with: "downsample.conv.")
          .replacing("downsample.1.", with: "downsample.bn.")
      }),
    Dialect(
      testDescription: "layer0.conv1",
      rename: { $0.hasPrefix("conv1.") || $0.hasPrefix("bn1.") ? "layer0." + $0 : $0 }),
  ]

  private static func transformers(_ name: String) -> String? {
    let parts = name.split(separator: ".").map(String.init)
    func kind(_ part: String) -> String {
      part.hasPrefix("conv") || part == "0" ? "convolution" : "normalization"
    }
    let attribute = parts[parts.count - 1]
    guard let stage = parts[0].last?.wholeNumberValue, parts.count > 3 else {
      return parts[0] == "fc"
        ? nil : "embedder.embedder.\(kind(parts[0])).\(attribute)"
    }
    let block = "encoder.stages.\(stage - 1).layers.\(parts[1])"
    if parts[2] == "downsample" { return "\(block).shortcut.\(kind(parts[3])).\(attribute)" }
    let number = parts[2].last?.wholeNumberValue ?? 0
    return "\(block).layer.\(number - 1).\(kind(parts[2])).\(attribute)"
  }

  private static func caffe2(_ name: String, norm: String, _ words: [String]) -> String? {
    let parts = name.split(separator: ".").map(String.init)
    let order = ["weight", "bias", "running_mean", "running_var"]
    guard let index = order.firstIndex(of: parts[parts.count - 1]) else { return nil }
    if parts[0] == "fc" { return "fc1000_" + ["w", "b"][index] }
    if parts[0] == "conv1" { return "conv1_w" }
    if parts[0] == "bn1" { return "res_conv1_\(norm)_\(words[index])" }
    let stage = (parts[0].last?.wholeNumberValue ?? 0) + 1
    let isShortcut = parts[2] == "downsample"
    let isNorm = isShortcut ? parts[3] == "1" : parts[2].hasPrefix("bn")
    let letter =
      isShortcut ? "1" : "2" + ["a", "b", "c"][(parts[2].last?.wholeNumberValue ?? 1) - 1]
    return "res\(stage)_\(parts[1])_branch\(letter)_" + (isNorm ? "\(norm)_\(words[index])" : "w")
  }

  /// `nn.Sequential(*resnet.children())`: ReLU, pooling and average have numbers too.
  private static func sequential(_ name: String) -> String {
    let numbers = [
      "conv1": "0", "bn1": "1", "layer1": "4", "layer2": "5", "layer3": "6", "layer4": "7",
      "fc": "9",
    ]
    let first = String(name.prefix { $0 != "." })
    return (numbers[first] ?? first) + name.dropFirst(first.count)
  }

  /// Deep stems, by number and beside the stages.
  @Test(
    arguments: dialects.filter {
      ["children", "features", "layer0"].contains("\($0.testDescription)")
    })
  func deepStemsFindTheirPlaces(_ dialect: Dialect) throws {
    try everyTensorFindsItsPlace(dialect, "resnet50d")
  }

  @Test(arguments: dialects, ["resnet18", "resnet50"])
  func everyTensorFindsItsPlace(_ dialect: Dialect, _ network: String) throws {
    let target = try graph(network)
    var names: [String: String] = [:]
    for entry in try graph(network, ["num_classes": 10]).state {
      if let name = dialect.rename(entry.name) { names[entry.name] = dialect.prefix + name }
    }
    let keys = target.state.compactMap { entry in
      names[entry.name].map { KeyShape($0, entry.shape) }
    }
    let expected = target.state.filter { names[$0.name] != nil }.map(\.name)
    for order in [keys, keys.sorted { $0.key < $1.key }, keys.reversed()] {
      let detection = try #require(BackboneRegistry.standard.detect(order))
      #expect(detection.prefix == dialect.prefix)
      #expect(detection.isWhole)
      #expect(detection.arguments["depth"]?.integer == (network == "resnet18" ? 18 : 50))
      let report = try KeyMapping(of: order, to: target).report
      let loaded = report.loaded
      #expect(loaded.map(\.target) == expected)
      #expect(loaded.allSatisfy { $0.source == names[$0.target] })
      #expect(report.mismatched.isEmpty && report.unexpected.isEmpty)
    }
  }

  /// Caffe2's ResNets have their stride in the first convolution, its ResNeXts in the 3×3.
  @Test(arguments: [("resnet50", "caffe"), ("resnext50_32x4d", "pytorch")])
  func caffe2TellsTheStyle(_ network: String, _ style: String) throws {
    let keys = try graph(network).keyShapes.compactMap { entry in
      Self.caffe2(entry.key, norm: "bn", ["s", "b", "rm", "riv"]).map { KeyShape($0, entry.shape) }
    }
    let detection = try #require(BackboneRegistry.standard.detect(keys))
    #expect(detection.arguments["style"]?.string == style)
  }

  @Test(arguments: ["conv2.conv_offset_mask", "conv2_offset", "conv2_offset_mask"])
  func offsetsOfModulatedConvolutions(_ name: String) throws {
    let arguments: BackboneArguments = [
      "depth": 50, "dcn": .dictionary([.init("type", "DCNv2")]),
      "stage_with_dcn": [false, true, true, true],
    ]
    let target = try graph("ResNet", arguments, .mmdet)
    let keys = target.keyShapes.map {
      KeyShape($0.key.replacing("conv2.conv_offset", with: name), $0.shape)
    }
    let detection = try #require(BackboneRegistry.standard.detect(keys))
    #expect(detection.arguments["dcn"]?["type"] == "DCNv2")
    #expect(detection.isWhole)
    let report = try KeyMapping(of: keys, to: target).report
    #expect(report.missing.isEmpty && report.unexpected.isEmpty && report.mismatched.isEmpty)
  }
}
