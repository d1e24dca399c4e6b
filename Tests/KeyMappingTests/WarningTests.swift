import PthBackbones
import PthKeyMapping
import Testing

@Suite struct WarningTests {
  private func warning(
    _ code: LoadWarning.Code, in report: LoadReport
  ) throws -> LoadWarning {
    try #require(report.warnings.first { $0.code == code })
  }

  /// The case that bites: all keys match, and the outputs differ.
  @Test func v1bUnderMMDetComputesDifferently() throws {
    let keys = try backboneKeys("timm_res2net50d").without("fc.")
    let report = try KeyMapping(of: keys, to: graph("Res2Net", ["depth": 50], .mmdet)).report
    #expect(report.isComplete && report.verdict == .complete)
    #expect(report.codes == [.flavorsComputeDifferently])
    let text = try warning(.flavorsComputeDifferently, in: report).text
    #expect(text.contains("layer1.0"))
    #expect(text.contains("AvgPool2d"))
    #expect(text.contains("stage_pooling='always'"))

    let cured = try graph("Res2Net", ["depth": 50, "stage_pooling": "always"], .mmdet)
    #expect(try KeyMapping(of: keys, to: cured).report.warnings == [])
  }

  @Test func mmpretrainUnderMMDetComputesDifferently() throws {
    let keys = try backboneKeys("mmpretrain_res2net50")
    let report = try KeyMapping(of: keys, to: graph("Res2Net", [:], .mmdet)).report
    #expect(report.codes == [.flavorsComputeDifferently])
    #expect(try warning(.flavorsComputeDifferently, in: report).text.contains("mmpretrain"))
  }

  @Test func namesOfMMDetDoNotTellTheArithmetic() throws {
    let keys = try backboneKeys("mmdet_res2net101")
    let target = try graph("Res2Net", ["depth": 101], .mmdet)
    func codes(_ options: MappingOptions) throws -> [LoadWarning.Code] {
      let report = try KeyMapping(of: keys, to: target, options: options).report
      #expect(report.isComplete)
      return report.codes
    }
    #expect(try codes(MappingOptions()) == [.arithmeticUnknown])
    // The person, or a published name, settles it.
    #expect(try codes(MappingOptions(sourceFlavor: .official)) == [.flavorsComputeDifferently])
    #expect(try codes(MappingOptions(sourceFlavor: .mmdet)) == [])
    let renamed = MappingOptions(fileName: "res2net101_v1d_26w_4s_mmdetv2-f0a600f9.pth")
    #expect(try codes(renamed) == [.flavorsComputeDifferently])
    #expect(try codes(MappingOptions(fileName: "faster_rcnn_r2_101_fpn_2x_coco.pth")) == [])
  }

  /// Flavors that share names and arithmetic give no reason to worry.
  @Test(arguments: [
    ("torchvision_resnet50", "resnet50", Flavor.mmdet), ("mmdet_resnet18", "resnet18", .timm),
    ("timm_res2net50_26w_4s", "res2net50", .official), ("timm_resnet50d", "resnet50d", .timm),
    ("mmpretrain_resnetv1d50", "resnet50_v1d", .mmdet),
  ])
  func noWarningWithoutReason(_ source: String, _ target: String, _ flavor: Flavor) throws {
    let keys = try backboneKeys(source).without("fc.")
    let report = try KeyMapping(of: keys, to: graph(target, [:], flavor)).report
    #expect(report.isComplete)
    #expect(report.warnings == [])
  }

  @Test func aFlavorThatTheArchitectureDoesNotHaveIsAnError() throws {
    let keys = try backboneKeys("torchvision_resnet18")
    #expect(throws: KeyMappingError.self) {
      try KeyMapping(
        of: keys, to: graph("resnet18"), options: MappingOptions(sourceFlavor: .official))
    }
  }

  @Test func anotherScaleIsSaidInPlainWords() throws {
    let keys = try backboneKeys("timm_res2net50_26w_6s").without("fc.")
    let report = try KeyMapping(of: keys, to: graph("res2net50_26w_4s")).report
    let text = try warning(.contradictsFile, in: report).text
    #expect(text == "the checkpoint has scale 6: convs.0 to convs.4; you asked for 4")
    #expect(!report.mismatched.isEmpty)
    #expect(report.mismatched.allSatisfy { $0.hint == text })
    let extra = try #require(report.unexpected.first { $0.source == "layer1.0.convs.4.weight" })
    #expect(extra.why == "the backbone has no such parameter")
    let low = try warning(.lowCoverage, in: report)
    #expect(low.keys.count == report.mismatched.count + report.missing.count)
    #expect(!low.text.contains("stem"))
  }

  @Test func anotherArchitectureAndAnotherDepth() throws {
    let keys = try backboneKeys("torchvision_resnet101").without("fc.")
    let crossed = try KeyMapping(of: keys, to: graph("res2net50")).report
    #expect(
      crossed.source.contradictions == ["the checkpoint is a ResNet; you asked for Res2Net"])
    let deeper = try KeyMapping(of: keys, to: graph("resnet50")).report
    #expect(deeper.missing.isEmpty && deeper.verdict == .foreign)
    #expect(deeper.codes == [.contradictsFile, .unusedInNetwork])
    #expect(Set(deeper.unexpected.map(\.why)) == ["the backbone's layer3 has 6 blocks"])
    let shallower = try KeyMapping(
      of: backboneKeys("torchvision_resnet50").without("fc."), to: graph("resnet101")
    ).report
    #expect(shallower.missing.allSatisfy { $0.target.hasPrefix("layer3.") })
    #expect(shallower.verdict == .partial)
    #expect(shallower.codes == [.contradictsFile, .lowCoverage])
    let share = try #require(shallower.coverage.stages.first { $0.stage == .layer(3) }).share
    #expect(!share.isComplete && share.ofKeys > 0.2 && share.ofElements < 0.4)
    #expect(shallower.coverage.stages.filter { $0.share.isComplete }.count == 4)
  }

  @Test func frozenStagesMustBeFilled() throws {
    let keys = try backboneKeys("torchvision_resnet18").without("fc.").without("layer1.1.conv2")
    let frozen = try graph("ResNet", ["depth": 18, "frozen_stages": 1], .mmdet)
    let report = try KeyMapping(
      of: keys, to: frozen, options: MappingOptions(targetPrefix: "backbone")
    ).report
    #expect(report.codes == [.lowCoverage, .frozenButRandom])
    #expect(
      try warning(.frozenButRandom, in: report).keys == ["backbone.layer1.1.conv2.weight"])
    let thawed = try graph("ResNet", ["depth": 18, "frozen_stages": -1], .mmdet)
    #expect(try KeyMapping(of: keys, to: thawed).report.codes == [.lowCoverage])
  }

  @Test func classifiersAreNeverAMismatch() throws {
    let keys = try backboneKeys("torchvision_resnet18")
    let target = try graph("resnet18", ["num_classes": 10])
    let report = try KeyMapping(of: keys, to: target).report
    #expect(report.mismatched.isEmpty)
    #expect(report.missing.map(\.target) == ["fc.weight", "fc.bias"])
    #expect(
      report.missing.map(\.initializer) == [
        "kaiming uniform, fan_in, leaky_relu, a 2.23606797749979", "uniform, ±1/√fan_in",
      ])
    #expect(
      report.unexpected.map(\.why) == [
        "a classifier of 1000 classes where the backbone has 10",
        "a classifier of 1000 classes where the backbone has 10",
      ])
    #expect(report.warnings == [])
    let same = try graph("resnet18", ["num_classes": 1000])
    #expect(try KeyMapping(of: keys, to: same).report.isComplete)
  }

  @Test func aForeignFile() throws {
    let keys = (0..<40).map { KeyShape("transformer.\($0).weight", [64, $0 + 1]) }
    let report = try KeyMapping(of: keys, to: graph("resnet18")).report
    #expect(report.loaded.isEmpty && report.verdict == .nothing)
    #expect(report.unexpected.count == 40)
    #expect(report.source.detection == nil)
    #expect(report.codes == [.lowCoverage])
    #expect(try KeyMapping(of: [], to: graph("resnet18")).report.coverage.total.ofKeys == 0)
  }

  /// The first stages of a network compute what they compute in the whole one.
  @Test(arguments: [("timm_res2net101_26w_4s", "Res2Net"), ("torchvision_resnet50", "ResNet")])
  func fewerStagesAreNoContradiction(_ source: String, _ backbone: String) throws {
    let keys = try backboneKeys(source).without("fc.")
    let detection = try #require(BackboneRegistry.standard.detect(keys))
    var arguments = detection.arguments
    arguments["num_stages"] = 3
    let target = try graph(backbone, arguments, detection.flavor)
    let report = try KeyMapping(of: keys, to: target).report
    #expect(report.verdict == .complete)
    #expect(report.source.contradictions.isEmpty)
    #expect(!report.codes.contains(.flavorsComputeDifferently))
  }

  /// The target was asked to compute something else with the same keys: that is no warning, since files
  /// of both have these names, and has to be said.
  @Test func whatTheTargetWasAskedToCompute() throws {
    let keys = try backboneKeys("torchvision_resnet50").without("fc.")
    func asked(_ arguments: BackboneArguments) throws -> [String] {
      try KeyMapping(of: keys, to: graph("ResNet", arguments, nil)).report.askedAssumptions
        .map(\.text)
    }
    #expect(try asked(["depth": 50]) == [])
    #expect(try asked(["depth": 50, "num_stages": 3]) == [])
    #expect(try asked(["depth": 50, "style": "caffe"]) == ["style caffe, as the target has it"])
    #expect(
      try asked(["depth": 50, "strides": [1, 2, 2, 1], "dilations": [1, 1, 1, 2]]).count == 2)
  }

  /// What is assumed is said of the target, also where the file has fewer stages.
  @Test func assumptionsAreTheTargets() throws {
    let target = try graph("resnet18")
    let keys = target.keyShapes.without("layer3.1.").without("layer4.")
    let report = try KeyMapping(of: keys, to: target).report
    #expect(report.source.detection?.assumptions.map(\.text).contains("strides [1, 2, 2]") == true)
    #expect(report.assumptions.map(\.text).contains("strides [1, 2, 2, 2], as the target has it"))
    #expect(!report.assumptions.map(\.text).contains("strides [1, 2, 2]"))
  }

  /// Of two values that no shape shows, the one that was asked for is the target's.
  @Test func assumptionsAreWhatWasAskedFor() throws {
    let keys = try graph("resnet50").keyShapes
    let target = try graph(
      "ResNet",
      ["depth": 50, "style": "caffe", "strides": [1, 2, 2, 1], "dilations": [1, 1, 1, 2]])
    let texts = try KeyMapping(of: keys, to: target).report.assumptions.map(\.text)
    #expect(texts.contains { $0.hasPrefix("style caffe") })
    #expect(texts.contains { $0.hasPrefix("strides [1, 2, 2, 1]") })
    #expect(!texts.contains { $0.hasPrefix("style pytorch") })
  }
}
