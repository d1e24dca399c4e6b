import Foundation
import PthBackbones
import PthConfigs
import PthPreflight
import PthReports
import Testing

/// The faults that a run has, each at the line that is wrong.
@Suite struct PreflightTests {
  /// A detector whose backbone is small, and otherwise of true shape.
  private func config(
    _ backbone: String, neck: String = "in_channels=[32, 64, 128, 256]", more: String = ""
  ) -> String {
    """
    default_scope = 'mmdet'
    model = dict(
        type='FasterRCNN',
        backbone=dict(
            type='ResNet',
            depth=50,
            base_channels=8,
            \(backbone)),
        neck=dict(
            type='FPN',
            \(neck),
            out_channels=256,
            num_outs=5))
    \(more)

    """
  }

  private func scene(
    prefix: String = "", without: String? = nil, with extra: [String: [Int]] = [:],
    name: String = "file.pth", cached: Bool = false
  ) throws -> Scene {
    let scene = try Scene()
    try Weights.save(
      "ResNet", ["depth": 50, "base_channels": 8],
      to: cached ? scene.cached(name) : scene.path + "/" + name,
      prefix: prefix, without: without, with: extra)
    return scene
  }

  private func pretrained(_ scene: Scene, _ rest: String = "") -> String {
    "init_cfg=dict(type='Pretrained', checkpoint='\(scene.path)/file.pth'\(rest))"
  }

  @Test func aWholeFileHasNoFindings() throws {
    let scene = try scene()
    let report = try scene.preflight(config(pretrained(scene)))
    #expect(report.findings.isEmpty)
    #expect(report.backbones[0].channels == [32, 64, 128, 256])
    #expect(report.backbones[0].coverage == 1)
    #expect(report.sources[0].state == .read)
  }

  /// Arguments with which mmdetection stops, or builds more than pthconv knows of.
  @Test(arguments: [
    ("frozen_stages=5", PreflightFinding.Severity.error, "frozen_stages is 5"),
    ("out_indices=(0, 1, 2, 4)", .error, "the last stage is 3"),
    ("styl='pytorch'", .error, "takes no argument 'styl'"),
    ("plugins=[dict(cfg=dict(type='ContextBlock'), position='after_conv3')]", .note, "plugins"),
    ("conv_cfg=dict(type='ConvWS')", .note, "ConvWS"),
  ])
  func argumentsOfTheBackbone(
    text: String, severity: PreflightFinding.Severity, part: String
  ) throws {
    let scene = try scene()
    let report = try scene.preflight(config("\(text), " + pretrained(scene)))
    let finding = try #require(
      report.findings.first { $0.kind == .unknownBackbone || $0.kind == .argument })
    #expect(finding.severity == severity && finding.what.contains(part), "\(finding.what)")
    #expect(finding.location?.line == 8 || severity == .warning)
  }

  @Test func depthsAreThoseOfTheClass() throws {
    let scene = try scene()
    let report = try scene.preflight(
      config(pretrained(scene)).replacing("depth=50", with: "depth=26"))
    #expect(report.errors.contains { $0.what.contains("does not take depth=26") })
  }

  @Test func aDetectorsFileNeedsItsPrefix() throws {
    let scene = try scene(
      prefix: "backbone.", with: ["neck.fpn_convs.0.conv.weight": [4, 4, 3, 3], "rpn_head.w": [3]])
    let finding = try #require(
      try scene.preflight(config(pretrained(scene))).only(.detectorForBackbone))
    #expect(finding.severity == .error && finding.location?.line == 8)
    #expect(finding.instead?.contains("prefix='backbone.'") == true)
    #expect(finding.why.contains("neck"))
    let mended = try scene.preflight(config(pretrained(scene, ", prefix='backbone.'")))
    #expect(mended.errors.isEmpty && mended.backbones[0].coverage == 1)
  }

  @Test func aClassifierIsNoDetector() throws {
    let scene = try scene(prefix: "backbone.", with: ["head.fc.weight": [10, 256]])
    let report = try scene.preflight(config(pretrained(scene)))
    #expect(report.only(.wrongPrefix)?.location?.line == 8)
    #expect(report.all(.detectorForBackbone).isEmpty)
  }

  @Test func aPrefixBehindWhichNothingLiesStopsTheRun() throws {
    let scene = try scene(prefix: "backbone.")
    let finding = try #require(
      try scene.preflight(config(pretrained(scene, ",\n        prefix='encoder.'")))
        .only(.wrongPrefix))
    #expect(finding.location?.line == 9)
    #expect(finding.what.contains("stops"))
  }

  @Test func aMissingStageIsNamed() throws {
    let scene = try scene(without: "layer3.")
    let report = try scene.preflight(config(pretrained(scene) + ",\n        frozen_stages=1"))
    #expect(report.errors.count == 1)
    #expect(report.errors[0].what.contains("layer3 (0 of"))
    #expect(report.all(.frozenButRandom).isEmpty)
  }

  @Test func aMissingStageThatIsFrozenStaysRandom() throws {
    let scene = try scene(without: "layer1.")
    let report = try scene.preflight(config(pretrained(scene) + ",\n        frozen_stages=1"))
    let finding = try #require(report.only(.frozenButRandom))
    #expect(finding.location?.line == 9 && finding.what.contains("layer1"))
    #expect(!finding.what.contains("stem"))
  }

  @Test(arguments: [
    ("frozen_stages=1, init_cfg=None", true), ("frozen_stages=-1", false),
    ("norm_eval=False", false),
    ("frozen_stages=0", true), ("pretrained=None, frozen_stages=1", true),
  ])
  func frozenAndRandom(_ arguments: String, _ isError: Bool) throws {
    let report = try Scene().preflight(config(arguments))
    #expect((report.only(.frozenButRandom) != nil) == isError)
    #expect(report.only(.randomBackbone) != nil)
    #expect(report.hasErrors == isError)
    #expect(report.backbones[0].coverage == 0)
  }

  /// What a later checkpoint brings cannot be told without it.
  @Test func aDetectorsCheckpointMayBringWhatTheBackboneLacks() throws {
    let scene = try Scene()
    let report = try scene.preflight(
      config("frozen_stages=1", more: "load_from = 'https://example.org/faster_rcnn-01234567.pth'"))
    #expect(!report.hasErrors)
    let finding = try #require(report.only(.notHere))
    #expect(finding.severity == .note)
    #expect(finding.why.contains(scene.cached("faster_rcnn-01234567.pth")))
  }

  @Test func loadFromTakesADetectorAndNoBackbone() throws {
    let bare = try scene()
    let from = "load_from = '\(bare.path)/file.pth'"
    let finding = try #require(
      try bare.preflight(config("frozen_stages=-1", more: from)).only(.backboneForDetector))
    #expect(finding.location?.line == 14)
    #expect(finding.instead?.contains("init_cfg") == true)
    let whole = try scene(prefix: "backbone.", with: ["neck.w": [3]])
    let report = try whole.preflight(
      config("frozen_stages=1", more: "load_from = '\(whole.path)/file.pth'"))
    #expect(!report.hasErrors && report.backbones[0].coverage == 1)
  }

  @Test(arguments: [
    ("torchvison://resnet50", PreflightFinding.Kind.unknownSource),
    ("open-mmlab://resnet50_imagenet", .unknownSource), ("torchvision://resnet49", .unknownSource),
    ("torchvision://resnet50", .notHere), ("modelzoo://resnet50", .notHere),
    ("open-mmlab://resnet50_caffe", .notHere), ("./moco.pth", .notHere),
    ("s3://bucket/x.pth", .notHere),
  ])
  func sources(_ name: String, _ kind: PreflightFinding.Kind) throws {
    let report = try Scene().preflight(
      config("frozen_stages=1, init_cfg=dict(type='Pretrained', checkpoint='\(name)')"))
    let finding = try #require(report.only(kind))
    #expect(finding.severity == (kind == .unknownSource ? .error : .note))
    #expect(finding.location?.line == 8)
    // Nobody knows what arrives, so nothing is said about frozen stages.
    #expect(report.all(.frozenButRandom).isEmpty)
  }

  @Test func publishedNamesAreFoundInTheCache() throws {
    let scene = try Scene()
    try Weights.save("ResNet", ["depth": 18], to: scene.cached("resnet18-f37072fd.pth"))
    let report = try scene.preflight(
      """
      model = dict(
          type='RetinaNet',
          backbone=dict(
              type='ResNet', depth=18,
              init_cfg=dict(type='Pretrained', checkpoint='torchvision://resnet18')))
      """)
    #expect(report.sources[0].file == scene.cached("resnet18-f37072fd.pth"))
    #expect(report.backbones[0].coverage == 1 && !report.hasErrors)
    // It was not published, and its name says that it was.
    #expect(report.only(.digestDiffers)?.severity == .warning)
  }

  @Test func aDamagedFileIsAnError() throws {
    let scene = try scene()
    let file = scene.path + "/file.pth"
    let content = try Data(contentsOf: URL(filePath: file))
    try content.prefix(content.count / 2).write(to: URL(filePath: file))
    let report = try scene.preflight(config(pretrained(scene) + ",\n        frozen_stages=1"))
    #expect(report.errors.map(\.kind) == [.unreadable])
    #expect(report.errors[0].location?.line == 8)
  }

  @Test(arguments: [
    ("in_channels=[256, 512, 1024, 2048]", true), ("in_channels=[32, 64, 128]", true),
    ("in_channels=[32, 64, 128, 256], start_level=1", false),
    // What lies below the first level is not looked at.
    ("in_channels=[1, 64, 128, 256], start_level=1", false),
    ("in_channels=[32, 1, 128, 256], start_level=1", true),
  ])
  func channels(_ neck: String, _ isError: Bool) throws {
    let scene = try scene()
    let report = try scene.preflight(config(pretrained(scene), neck: neck))
    #expect((report.only(.neckChannels) != nil) == isError)
    if let finding = report.only(.neckChannels) {
      #expect(finding.location?.line == 11)
      #expect(finding.instead == "in_channels=[32, 64, 128, 256]")
    }
  }

  @Test func tooFewOutputs() throws {
    let scene = try scene()
    let text = config(pretrained(scene)).replacing("num_outs=5", with: "num_outs=3")
    #expect(try scene.preflight(text).only(.neckOutputs)?.location?.line == 13)
  }

  /// Before the last 2.x releases of mmdetection, FPN excluded the level `end_level`: what only some versions refuse is
  /// left open, and channels are wrong only if they are wrong in every version that builds the neck.
  @Test(
    arguments: [
      ("end_level=3, in_channels=[32, 64, 128, 9]", 3, true, []),
      ("end_level=3, in_channels=[32, 64, 9, 256]", 3, true, [.neckChannels]),
      ("end_level=3, in_channels=[32, 64, 128, 256]", 3, false, [.neckOutputs]),
      ("end_level=3, in_channels=[32, 64, 128, 9]", 4, true, [.neckChannels]),
      ("end_level=2, in_channels=[32, 64, 128, 9]", 3, true, []),
      ("end_level=2, in_channels=[32, 64, 128, 256]", 5, true, [.neckOutputs]),
      ("end_level=4, in_channels=[32, 64, 128, 256]", 4, true, []),
      ("end_level=4, in_channels=[32, 64, 128, 256]", 4, false, [.neckOutputs]),
    ] as [(String, Int, Bool, [PreflightFinding.Kind])])
  func endLevelIsReadByTheVersion(
    _ neck: String, _ outputs: Int, _ isFormer: Bool, _ errors: [PreflightFinding.Kind]
  ) throws {
    let scene = try scene()
    let text = config(
      pretrained(scene), neck: neck, more: isFormer ? "optimizer = dict(type='SGD')" : ""
    ).replacing("num_outs=5", with: "num_outs=\(outputs)")
    let found = try scene.preflight(text).findings.filter { $0.severity == .error }.map(\.kind)
    #expect(found == errors)
  }

  @Test func checkpointInPlaceOfTheConfigurations() throws {
    let scene = try scene()
    let file = scene.path + "/file.pth"
    let named = try scene.preflight(
      config("init_cfg=dict(type='Pretrained', checkpoint='torchvision://resnet50')"),
      checkpoint: file)
    #expect(!named.hasErrors && named.backbones[0].coverage == 1)
    let silent = try scene.preflight(config("frozen_stages=1"), checkpoint: file)
    #expect(!silent.hasErrors)
    #expect(silent.only(.randomBackbone)?.instead?.contains(file) == true)
  }

  @Test func theReportIsTextAndJSON() throws {
    let scene = try Scene()
    let report = try scene.preflight(config("frozen_stages=1"), gpus: 4, imagesPerGPU: 2)
    let text = PreflightText(report).text
    #expect(text.hasPrefix("the run would not do what it says: 1 error"))
    for line in text.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
    var writer = JSONWriter()
    PreflightJSON(report).write(to: &writer)
    let json = try #require(
      try JSONSerialization.jsonObject(with: Data(writer.bytes)) as? [String: Any])
    #expect(json["errors"] as? Int == 1)
    let finding = try #require((json["findings"] as? [[String: Any]])?.first)
    #expect(finding["kind"] as? String == "frozen-but-random" && finding["line"] as? Int == 8)
  }
}
