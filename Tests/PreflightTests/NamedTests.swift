import PthBackbones
import PthConfigs
import PthPreflight
import Testing

/// A network's name in place of a configuration.
@Suite struct NamedTests {
  private func report(_ name: String, _ checkpoint: String? = nil) throws -> PreflightReport {
    try PthPreflightName.report(name, checkpoint)
  }

  @Test(arguments: [
    ("resnet50", "mean=[0.485, 0.456, 0.406]"), ("timm/resnet50.a1_in1k", "mean=[0.485"),
    ("res2net50_26w_4s", "mean=[0.485"), ("torchvision/resnext101_32x8d", "mean=[0.485"),
    ("timm/resnet50d.ra4_e3600_r224_in1k", "mean=[0.5, 0.5, 0.5]"),
    ("resnet50d.ra2_in1k", "mean=[0.485"), ("resnet50_caffe", "mean=[103.53"),
  ])
  func howImagesArePrepared(_ name: String, _ mean: String) throws {
    let report = try report(name)
    #expect(!report.hasErrors && report.files.isEmpty)
    #expect(report.only(.preparation)?.instead?.hasPrefix(mean) == true)
  }

  /// timm has weights of both kinds under this name.
  @Test func aNameThatDoesNotSayIt() throws {
    let finding = try #require(try report("resnet50d").only(.preparation))
    #expect(finding.instead == nil && finding.why.contains("ra4_e3600_r224_in1k"))
  }

  @Test func whetherAFileFillsIt() throws {
    let scene = try Scene()
    func file(_ name: String, flavor: Flavor, prefix: String = "", depth: ArgumentValue = 18) throws
      -> String
    {
      try Weights.save(
        "ResNet", ["depth": depth], flavor: flavor, to: scene.path + "/" + name, prefix: prefix)
      return scene.path + "/" + name
    }
    let own = try report("resnet18", file("own.pth", flavor: .torchvision))
    #expect(!own.hasErrors && own.backbones[0].coverage == 1)
    #expect(try report("resnet18", file("d2.pth", flavor: .detectron2)).only(.otherNames) != nil)
    let behind = try report("resnet18", file("b.pth", flavor: .torchvision, prefix: "module."))
    #expect(behind.only(.wrongPrefix)?.why.contains("'module.'") == true)
    let other = try report("resnet18", file("o.pth", flavor: .torchvision, depth: 34))
    #expect(other.only(.wrongNetwork)?.why.contains("layer1.2") == true, "\(other.findings)")
  }

  @Test(arguments: ["resnet5O", "no/such", "configs", ""])
  func neitherAFileNorAName(_ name: String) throws {
    #expect(throws: (any Error).self) { try report(name) }
  }
}
