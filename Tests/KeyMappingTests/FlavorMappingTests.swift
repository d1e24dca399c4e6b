import PthBackbones
import PthKeyMapping
import Testing

/// Keys of one real implementation, a backbone of another.
@Suite struct FlavorMappingTests {
  struct Pair: Sendable, CustomTestStringConvertible {
    let source: String
    let target: String
    let arguments: BackboneArguments
    let flavor: Flavor
    /// Keys whose names differ.
    let renamed: Int
    /// Classifiers and the like.
    let unexpected: Int

    init(
      _ source: String, _ target: String, _ arguments: BackboneArguments, _ flavor: Flavor,
      renamed: Int = 0, unexpected: Int = 0
    ) {
      self.source = source
      self.target = target
      self.arguments = arguments
      self.flavor = flavor
      self.renamed = renamed
      self.unexpected = unexpected
    }

    var testDescription: String { "\(source) → \(target) \(flavor)" }
  }

  private static let v1b: BackboneArguments = ["depth": 50, "deep_stem": true, "avg_down": true]

  @Test(arguments: [
    Pair("timm_res2net50_26w_6s", "res2net50_26w_6s", [:], .official),
    Pair("timm_res2net50_26w_6s", "res2net50_26w_6s", [:], .timm),
    Pair("timm_res2net101_26w_4s", "res2net101_26w_4s", [:], .official),
    Pair("timm_res2next50", "res2next50", [:], .official),
    // The deep stem's 3 convolutions and 3 norms.
    Pair("timm_res2net50d", "Res2Net", ["depth": 50], .mmdet, renamed: 18),
    Pair("mmdet_res2net50", "Res2Net", v1b, .official, renamed: 18),
    Pair("mmdet_res2net50", "Res2Net", v1b, .timm, renamed: 18),
    Pair("torchvision_resnet50", "resnet50", [:], .mmdet),
    Pair("torchvision_resnet50", "resnet50", [:], .timm),
    Pair("mmdet_resnet18", "resnet18", [:], .torchvision),
    Pair("timm_resnet50d", "ResNetV1d", ["depth": 50], .mmdet, renamed: 18),
    Pair("mmdet_resnetv1d50", "resnet50d", [:], .timm, renamed: 18),
    Pair("timm_resnext50_32x4d", "ResNeXt", ["depth": 50], .mmdet),
  ])
  func completeAcrossFlavors(_ pair: Pair) throws {
    let target = try graph(pair.target, pair.arguments, pair.flavor)
    let keys = try backboneKeys(pair.source).without("fc.")
    let report = try KeyMapping(of: keys, to: target).report
    #expect(report.isComplete)
    #expect(report.coverage.total.ofKeys == 1)
    #expect(report.ways[.rule, default: 0] == pair.renamed)
    #expect(report.ways[.exact, default: 0] == keys.count - pair.renamed)
    // The same meaning behind both names: role and shape agree.
    for loaded in report.loaded {
      #expect(loaded.source.split(separator: ".").last == loaded.target.split(separator: ".").last)
      #expect((loaded.rule != nil) == (loaded.source != loaded.target))
    }
  }

  @Test func theDeepStemIsMappedPartByPart() throws {
    let keys = try backboneKeys("timm_res2net50d")
    let report = try KeyMapping(of: keys, to: graph("Res2Net", ["depth": 50], .mmdet)).report
    let found = Dictionary(
      report.loaded.filter { $0.how == .rule && $0.target.hasSuffix("weight") }
        .map { ($0.target, $0.source) }, uniquingKeysWith: { $1 })
    #expect(
      found == [
        "stem.0.weight": "conv1.0.weight", "stem.1.weight": "conv1.1.weight",
        "stem.3.weight": "conv1.3.weight", "stem.4.weight": "conv1.4.weight",
        "stem.6.weight": "conv1.6.weight", "stem.7.weight": "bn1.weight",
      ])
    #expect(report.loaded.first { $0.target == "stem.7.weight" }?.rule == "mmdet-stem")
  }

  /// v1's norm follows a 7×7 convolution: it is not the norm of a deep stem, though the shape fits.
  @Test func v1DoesNotFillADeepStem() throws {
    let keys = try backboneKeys("timm_res2net50_26w_4s")
    let report = try KeyMapping(of: keys, to: graph("Res2Net", ["depth": 50], .mmdet)).report
    // Three convolutions, three norms of four; the counters start at 0 as in any file without them.
    #expect(report.missing.filter { $0.target.hasPrefix("stem.") }.count == 15)
    #expect(report.unexpected.contains { $0.source == "bn1.weight" })
    #expect(report.unexpected.contains { $0.source == "conv1.weight" })
    #expect(
      report.mismatched.map(\.target) == (1...4).map { "layer\($0).0.downsample.1.weight" })
    let mismatch = try #require(report.mismatched.first)
    #expect(mismatch.hint.contains("avg_down False"))
    #expect(mismatch.initializer == "kaiming normal, fan_out, relu")
    #expect(report.codes.contains(.lowCoverage))
    #expect(report.codes.contains(.contradictsFile))
    #expect(!report.codes.contains(.flavorsComputeDifferently))
  }

  @Test(arguments: [
    ("mmpretrain_resnetv1d50", "resnet50_v1d", Flavor.mmdet, 18 + 6),
    ("mmpretrain_resnetv1d50", "resnet50d", .timm, 18 + 6),
    ("mmpretrain_res2net50", "Res2Net", .mmdet, 18),
    ("mmpretrain_res2net50", "res2net50d", .timm, 18),
  ])
  func mmpretrain(_ source: String, _ target: String, _ flavor: Flavor, _ renamed: Int) throws {
    let head = [KeyShape("head.fc.weight", [1000, 2048]), KeyShape("head.fc.bias", [1000])]
    let keys = try backboneKeys(source).prefixed("backbone.") + head
    let report = try KeyMapping(of: keys, to: graph(target, [:], flavor)).report
    #expect(report.missing.isEmpty && report.mismatched.isEmpty)
    #expect(report.source.prefix == "backbone.")
    #expect(report.source.detection?.flavor == .mmpretrain)
    #expect(report.ways[.rule] == renamed)
    #expect(report.unexpected.map(\.source) == head.map(\.key))
  }

  @Test func backToMMPretrain() throws {
    let keys = try backboneKeys("timm_resnet50d").without("fc.")
    let target = try graph("ResNet", ["deep_stem": true, "avg_down": true], .mmpretrain)
    let report = try KeyMapping(of: keys, to: target).report
    #expect(report.isComplete)
    let shortcut = report.loaded.first { $0.target == "layer1.0.downsample.0.weight" }
    #expect(shortcut?.source == "layer1.0.downsample.1.weight")
  }

  /// The names that `Detectron2Tests` holds against detectron2's own code.
  @Test func detectron2() throws {
    let keys = try backboneKeys("torchvision_resnet50").without("num_batches_tracked")
      .without("fc.")
      .map { entry in
        var parts = entry.key.split(separator: ".").map(String.init)
        if parts[0].hasPrefix("layer"), let stage = Int(parts[0].dropFirst(5)) {
          parts[0] = "res\(stage + 1)"
        } else {
          parts.insert("stem", at: 0)
        }
        let path = parts.joined(separator: ".")
          .replacing("downsample.0", with: "shortcut")
          .replacing("downsample.1", with: "shortcut.norm")
          .replacing(/bn(\d)/) { "conv\($0.output.1).norm" }
        return KeyShape("backbone.bottom_up.\(path)", entry.shape)
      }
    let report = try KeyMapping(of: keys, to: graph("resnet50")).report
    #expect(report.isComplete)
    #expect(report.source.prefix == "backbone.bottom_up.")
    #expect(report.ways == [.rule: keys.count] && report.filled.count == 53)
    let norm = try #require(report.loaded.first { $0.target == "layer2.0.downsample.1.bias" })
    #expect(norm.source == "backbone.bottom_up.res3.0.shortcut.norm.bias")
    #expect(norm.rule == "prefix backbone.bottom_up. removed; detectron2")
  }

  @Test func groupNormsAndDeformableConvolutions() throws {
    let group: ArgumentValue = .dictionary([.init("type", "GN"), .init("num_groups", 32)])
    let grouped = try KeyMapping(
      of: backboneKeys("timm_resnet50_gn").without("fc."),
      to: graph("ResNet", ["depth": 50, "norm_cfg": group], .mmdet)
    ).report
    #expect(grouped.isComplete)
    #expect(grouped.loaded.contains { $0.target == "layer1.0.gn1.weight" && $0.how == .rule })

    let keys = try backboneKeys("mmdet_resnet50_dcnv2")
    let old = keys.map { KeyShape($0.key.replacing(".conv_offset", with: "_offset"), $0.shape) }
    let detection = try #require(BackboneRegistry.standard.detect(keys))
    let target = try graph("ResNet", detection.arguments, .mmdet)
    #expect(try KeyMapping(of: keys, to: target).report.isComplete)
    let renamed = try KeyMapping(of: old, to: target).report
    #expect(renamed.isComplete)
    #expect(renamed.ways[.rule, default: 0] == keys.count { $0.key.contains("conv_offset") })
  }
}
