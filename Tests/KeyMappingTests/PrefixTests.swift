import PthBackbones
import PthKeyMapping
import Testing

@Suite struct PrefixTests {
  @Test(arguments: [
    "", "module.", "backbone.", "model.backbone.", "encoder_q.", "student.backbone.",
    "module.net.0.", "layer1.",
  ])
  func prefixesAreFound(_ prefix: String) throws {
    let keys = try backboneKeys("torchvision_resnet18").without("fc.").prefixed(prefix)
    let report = try KeyMapping(of: keys, to: graph("resnet18")).report
    #expect(report.isComplete)
    #expect(report.source.prefix == prefix)
    #expect(report.loaded.allSatisfy { $0.how == (prefix.isEmpty ? .exact : .prefix) })
    #expect(report.warnings == [])
  }

  @Test func wholeDetectors() throws {
    let backbone = try backboneKeys("mmdet_resnet18").prefixed("backbone.")
    let others = (0..<4).flatMap { level in
      ["neck.lateral_convs.\(level).conv", "bbox_head.cls_convs.\(level).conv"].flatMap {
        [KeyShape("\($0).weight", [256, 256, 3, 3]), KeyShape("\($0).bias", [256])]
      }
    }
    let report = try KeyMapping(of: backbone + others, to: graph("resnet18", [:], .mmdet)).report
    #expect(report.missing.isEmpty && report.mismatched.isEmpty)
    #expect(report.unexpected.count == others.count)
    #expect(
      Set(report.unexpected.map(\.why)) == [
        "not a part of the backbone: neck", "not a part of the backbone: bbox_head",
      ])
  }

  @Test func aNeckBesideABareBackbone() throws {
    let keys = try backboneKeys("torchvision_resnet18") + [KeyShape("neck.conv.weight", [8, 8])]
    let report = try KeyMapping(of: keys, to: graph("resnet18")).report
    #expect(
      report.unexpected.map(\.why) == [
        "a classifier of 1000 classes; the backbone has none",
        "a classifier; the backbone has none", "not a part of the backbone: neck",
      ])
  }

  /// A student beside its teacher is another network, and may be the one that is meant.
  @Test func aNetworkOfAnotherDepthIsNamed() throws {
    let both =
      try backboneKeys("torchvision_resnet18").without("fc.").prefixed("student.")
      + backboneKeys("torchvision_resnet50").without("fc.").prefixed("teacher.")
    let report = try KeyMapping(of: both, to: graph("resnet50")).report
    #expect(report.source.prefix == "teacher." && report.verdict == .complete)
    let warning = try #require(report.warnings.first { $0.code == .severalCopies })
    #expect(warning.text.contains("a ResNet of depth 18 under student."))
  }

  @Test func theFirstOfSeveralCopiesIsUsed() throws {
    let keys = try backboneKeys("torchvision_resnet18").without("fc.")
    let both = keys.prefixed("encoder_q.") + keys.prefixed("encoder_k.")
    let report = try KeyMapping(of: both, to: graph("resnet18")).report
    #expect(report.source.prefix == "encoder_q.")
    #expect(report.codes == [.severalCopies])
    #expect(report.unexpected.count == keys.count)
    #expect(
      Set(report.unexpected.map(\.why)) == ["another backbone, under encoder_k."])

    let chosen = try KeyMapping(
      of: both, to: graph("resnet18"), options: MappingOptions(prefix: "encoder_k")
    ).report
    #expect(chosen.source.prefix == "encoder_k.")
    #expect(chosen.loaded.count == keys.count)
  }

  @Test func aPrefixThatIsSaidIsTakenAtItsWord() throws {
    let keys = try backboneKeys("torchvision_resnet18").without("fc.").prefixed("backbone.")
    let none = try KeyMapping(
      of: keys, to: graph("resnet18"), options: MappingOptions(prefix: "")
    ).report
    #expect(none.ways[.exact] == nil && none.ways[.prefix] == nil)
    #expect(none.missing.count + none.filled.count == keys.count)
    let wrong = try KeyMapping(
      of: keys, to: graph("resnet18"), options: MappingOptions(prefix: "model")
    ).report
    #expect(wrong.unexpected.count == keys.count)
  }

  @Test func targetsCanGetAPrefix() throws {
    let keys = try backboneKeys("torchvision_resnet18").without("fc.")
    let report = try KeyMapping(
      of: keys, to: graph("resnet18"), options: MappingOptions(targetPrefix: "backbone")
    ).report
    #expect(report.isComplete)
    #expect(report.loaded.map(\.target) == keys.map { "backbone.\($0.key)" })
  }

  @Test func theBareNamesComeBeforeACopy() throws {
    let keys = try backboneKeys("torchvision_resnet18").without("fc.")
    let report = try KeyMapping(of: keys.prefixed("old.") + keys, to: graph("resnet18")).report
    #expect(report.source.prefix == "")
    #expect(report.loaded.allSatisfy { $0.how == .exact })
  }

  /// Deep names cost no more than their length.
  @Test(.timeLimit(.minutes(1))) func endlessNames() throws {
    let endless = String(repeating: "layer1.", count: 200_000)
    let keys = [KeyShape(endless + "0.conv1.weight", [64, 64, 3, 3]), KeyShape("..", [1])]
    let report = try KeyMapping(of: keys, to: graph("resnet18")).report
    #expect(report.source.prefix == String(endless.dropLast("layer1.".count)))
    #expect(report.unexpected.map(\.source) == [".."])
  }
}
