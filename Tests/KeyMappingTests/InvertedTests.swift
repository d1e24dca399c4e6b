import PthBackbones
import PthKeyMapping
import PthTensors
import Testing

/// MobileNetV2 and EfficientNet-Lite between the names of their implementations.
@Suite struct InvertedTests {
  private let registry = BackboneRegistry.standard

  @Test(
    arguments: [
      ("timm_mobilenetv2_100", "mobilenetv2_100"), ("torchvision_mobilenet_v2", "mobilenet_v2"),
      ("mmdet_mobilenet_v2", "mobilenetv2_140"), ("mmpretrain_mobilenet_v2", "mobilenetv2_140"),
    ],
    [Flavor.timm, .torchvision, .mmdet, .mmpretrain])
  func completeAcrossFlavors(_ source: (file: String, name: String), _ flavor: Flavor) throws {
    let target = try registry.makeGraph(source.name, flavor: flavor)
    let keys = try backboneKeys(source.file).map { KeyShape("backbone.\($0.key)", $0.shape) }
    let mapping = try KeyMapping(of: StateDict(keys: keys), to: target)
    #expect(mapping.report.verdict == .complete)
    #expect(mapping.report.missing.isEmpty)
    #expect(mapping.report.loaded.count == target.state.count)
    // Every convolution is the right one, not one of the same shape.
    let position = Dictionary(
      uniqueKeysWithValues: target.state.enumerated().map { ($0.element.name, $0.offset) })
    let places = mapping.report.loaded.compactMap { position[$0.target] }
    let order = Dictionary(
      uniqueKeysWithValues: keys.enumerated().map { ($0.element.key, $0.offset) })
    #expect(mapping.report.loaded.compactMap { order[$0.source] } == places)
  }

  /// The package numbers its blocks through, and calls the first norm of an expanding block `_bn0`.
  private func packageName(_ name: String, layers: [Int]) -> String {
    let words = name.split(separator: ".").map(String.init)
    let outer = [
      "conv_stem": "_conv_stem", "bn1": "_bn0", "conv_head": "_conv_head", "bn2": "_bn1",
      "classifier": "_fc",
    ]
    guard words[0] == "blocks", let stage = Int(words[1]), let index = Int(words[2]) else {
      return ([outer[words[0]] ?? ""] + words.dropFirst()).joined(separator: ".")
    }
    let first = [
      "conv_dw": "_depthwise_conv", "bn1": "_bn1", "conv_pw": "_project_conv", "bn2": "_bn2",
    ]
    let later = [
      "conv_pw": "_expand_conv", "bn1": "_bn0", "conv_dw": "_depthwise_conv", "bn2": "_bn1",
      "conv_pwl": "_project_conv", "bn3": "_bn2",
    ]
    let number = layers.prefix(stage).reduce(0, +) + index
    let inner = (stage == 0 ? first : later)[words[3]] ?? ""
    return "_blocks.\(number).\(inner).\(words[4])"
  }

  @Test(arguments: 0...4) func packageNames(_ size: Int) throws {
    let target = try registry.makeGraph(
      "tf_efficientnet_lite\(size)", arguments: ["num_classes": 1000])
    let layers = try #require(
      target.arguments["layers"].flatMap { value -> [Int]? in
        guard case .list(let items) = value else { return nil }
        return items.compactMap(\.integer)
      })
    let package = try registry.makeGraph(
      "tf_efficientnet_lite\(size)", arguments: ["num_classes": 1000],
      flavor: "efficientnet_lite_pytorch")
    #expect(package.state.map(\.name) == target.state.map { packageName($0.name, layers: layers) })
    #expect(package.firstDifference(from: target) == nil)
    let keys = target.state.map { KeyShape(packageName($0.name, layers: layers), $0.shape) }
    let mapping = try KeyMapping(of: StateDict(keys: keys), to: target)
    #expect(mapping.report.verdict == .complete)
    #expect(mapping.report.loaded.map(\.source) == keys.map(\.key))
    #expect(mapping.report.loaded.map(\.target) == target.state.map(\.name))
    let detection = try #require(mapping.report.source.detection)
    #expect(detection.arguments["padding"] == "same")
    #expect(!detection.assumptions.contains { $0.code == "padding" })
    #expect(detection.published?.name == "tf_efficientnet_lite\(size)")
  }

  /// `features_only` leaves the last convolution out, and a file without it is recognised.
  @Test func withoutTheLastConvolution() throws {
    let whole = try backboneKeys("timm_mobilenetv2_100")
    let keys = whole.filter {
      !["conv_head", "bn2", "classifier"].contains(String($0.key.prefix { $0 != "." }))
    }
    let detection = try #require(registry.detect(keys))
    #expect(detection.backbone == "MobileNetV2")
    #expect(detection.arguments["num_stages"] == 7)
    #expect(detection.isWhole)
    let short = try registry.makeGraph("mobilenetv2_100", arguments: ["num_stages": 7])
    #expect(short.keyShapes == keys)
    #expect(short.outputs.map(\.name) == ["layer1", "layer2", "layer3", "layer5", "layer7"])
    #expect(
      try KeyMapping(of: StateDict(keys: whole), to: short).report.verdict == .complete)
  }

  /// Networks with timm's names and other kernels, expansions or attention are none of these.
  @Test func othersAreNotTaken() throws {
    let keys = try backboneKeys("timm_mobilenetv2_100")
    let kernels = keys.map {
      $0.key.hasPrefix("blocks.3.") && $0.key.hasSuffix("conv_dw.weight")
        ? KeyShape($0.key, [$0.shape[0], 1, 7, 7]) : $0
    }
    #expect(registry.detect(kernels) == nil)
    let names = [
      "conv_reduce.weight", "conv_reduce.bias", "conv_expand.weight", "conv_expand.bias",
    ]
    var attention = keys
    for entry in keys where entry.key.hasSuffix("conv_dw.weight") {
      attention += names.map {
        KeyShape(entry.key.replacing("conv_dw.weight", with: "se.\($0)"), [4])
      }
    }
    #expect(registry.detect(attention) == nil)
  }
}
