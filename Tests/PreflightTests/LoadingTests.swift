import Foundation
import PthBackbones
import PthConfigs
import PthPreflight
import Testing

/// What a file means for a backbone, what cannot be told, and numbers that no network has.
@Suite struct LoadingTests {
  /// Every key of a ResNet-50 is in the file of a ResNet-101, in the same shape.
  @Test(arguments: ["", ", plugins=[dict(cfg=dict(type='ContextBlock'), position='after_conv3')]"])
  func aDeeperNetworksFileIsNoneOfThisOne(_ more: String) throws {
    let scene = try Scene()
    try Weights.save("ResNet", ["depth": 101, "base_channels": 8], to: scene.path + "/file.pth")
    let report = try scene.preflight(
      """
      model = dict(type='X', backbone=dict(
          type='ResNet', depth=50, base_channels=8\(more),
          init_cfg=dict(type='Pretrained', checkpoint='\(scene.path)/file.pth')))
      """)
    let finding = try #require(report.only(.wrongNetwork))
    #expect(finding.severity == .error && finding.location?.line == 3)
    #expect(finding.why.contains("layer3.6.conv1.weight"))
  }

  /// A configuration of mmdet 1.x with the authors' Res2Net in place of the ResNet.
  @Test func theFirstErasRecipe() throws {
    let scene = try Scene()
    try Weights.save(
      "Res2Net", ["layers": [1, 1, 1, 1], "base_width": 26, "scales": 6, "num_classes": 1000],
      flavor: .official, to: scene.path + "/file.pth")
    let text = """
      model = dict(
          type='CascadeRCNN',
          num_stages=3,
          pretrained='\(scene.path)/file.pth',
          backbone=dict(
              type='Res2Net', layers=[1, 1, 1, 1], baseWidth=26, scale=6, num_classes=1000),
          neck=dict(type='FPN', in_channels=[256, 512, 1024, 2048], out_channels=256, num_outs=5))
      optimizer = dict(type='SGD', lr=0.02)
      data = dict(imgs_per_gpu=2)
      """
    let report = try scene.preflight(text, gpus: 8)
    #expect(report.errors.isEmpty && report.backbones[0].coverage == 1)
    #expect(report.sources[0].entry == "model.pretrained")
    let wrong = try scene.preflight(text.replacing("scale=6", with: "scale=4"))
    #expect(wrong.errors.first?.location?.line == 4)
  }

  /// Classes of the same name in other packages have other parts.
  @Test(arguments: [("mmaction", 1), ("mmocr", 1), ("mmdet", 0), ("mmseg", 0)])
  func otherPackages(_ scope: String, _ count: Int) throws {
    let report = try Scene().preflight(
      """
      default_scope = '\(scope)'
      model = dict(type='X', backbone=dict(type='ResNet', depth=50, frozen_stages=1))
      """)
    #expect(report.all(.unknownBackbone).count == count && report.hasErrors == (count == 0))
  }

  /// In the lazy style types are imported.
  @Test(arguments: [
    ("mmdet.models.backbones", 0), ("mmpretrain.models", 0), ("torchvision.models.resnet", 1),
  ])
  func importedTypes(_ module: String, _ count: Int) throws {
    let report = try Scene().preflight(
      """
      from mmengine.config import read_base
      from \(module) import ResNet

      model = dict(type='X', backbone=dict(type=ResNet, depth=50, frozen_stages=1))
      """)
    #expect(report.all(.unknownBackbone).count == count && report.hasErrors == (count == 0))
  }

  /// A detector on the first three stages leaves the fourth one of the file out.
  @Test func aStageThatIsNotWantedIsNoFinding() throws {
    let scene = try Scene()
    try Weights.save("ResNet", ["depth": 50, "base_channels": 8], to: scene.path + "/file.pth")
    let report = try scene.preflight(
      """
      model = dict(type='X', backbone=dict(
          type='ResNet', depth=50, base_channels=8, num_stages=3, strides=(1, 2, 2),
          dilations=(1, 1, 1), out_indices=(2, ), frozen_stages=1,
          init_cfg=dict(type='Pretrained', checkpoint='\(scene.path)/file.pth')))
      """)
    #expect(report.findings.isEmpty)
    #expect(report.backbones[0].channels == [128] && report.backbones[0].coverage == 1)
  }

  /// What cannot be told is not said.
  @Test(arguments: [
    "init_cfg=dict(type='Pthconv', checkpoint='x.pth')", "init_cfg=some_function()",
    "init_cfg=dict(type='Pretrained', checkpoint=some_function())", "pretrained=some_function()",
  ])
  func unknownWaysToLoad(_ arguments: String) throws {
    let report = try Scene().preflight(
      """
      from somewhere import some_function
      model = dict(type='X', backbone=dict(
          type='ResNet', depth=50, frozen_stages=1,
          \(arguments)))
      """)
    #expect(!report.hasErrors)
    #expect(report.backbones[0].coverage == nil)
    #expect(report.only(.opaque) != nil)
  }

  @Test(arguments: ["resume = True", "load_from = some_function()", "auto_resume = True"])
  func whatARunTakesFromElsewhere(_ line: String) throws {
    let report = try Scene().preflight(
      """
      from somewhere import some_function
      model = dict(type='X', backbone=dict(type='ResNet', depth=50, frozen_stages=1))
      \(line)
      """)
    #expect(!report.hasErrors && report.only(.opaque) != nil)
  }

  /// torch.load reads no safetensors; pthconv's own loader does.
  @Test func theFormatCounts() throws {
    let scene = try Scene()
    let file = scene.path + "/file.safetensors"
    try Weights.save("ResNet", ["depth": 50, "base_channels": 8], to: file)
    func report(_ name: String) throws -> PreflightReport {
      try scene.preflight(
        """
        model = dict(type='X', backbone=dict(
            type='ResNet', depth=50, base_channels=8,
            init_cfg=dict(type='Pretrained', checkpoint='\(name)')))
        """)
    }
    #expect(try report(file).only(.unreadable)?.severity == .error)
    #expect(try !report("pthconv://" + file).hasErrors)
  }

  /// Four channels of an image are somebody's wish, and their first convolution has no weights.
  @Test func imagesOfOtherChannels() throws {
    let scene = try Scene()
    try Weights.save("ResNet", ["depth": 50, "base_channels": 8], to: scene.path + "/file.pth")
    let report = try scene.preflight(
      """
      model = dict(type='X', backbone=dict(
          type='ResNet', depth=50, base_channels=8, in_channels=4,
          init_cfg=dict(type='Pretrained', checkpoint='\(scene.path)/file.pth')))
      """)
    #expect(report.errors.isEmpty)
    #expect(report.findings.contains { $0.severity == .warning && $0.what.contains("stem") })
  }

  /// Numbers that no network has end in no trap.
  @Test(arguments: [
    "start_level=-9223372036854775807", "end_level=9223372036854775807", "num_outs=-5",
    "start_level=5", "in_channels=[]", "in_channels=None",
  ])
  func absurdNumbers(_ neck: String) throws {
    _ = try Scene().preflight(
      """
      model = dict(type='X', backbone=dict(type='ResNet', depth=50, frozen_stages=99999999999),
          neck=dict(type='FPN', \(neck)\(neck.hasPrefix("in_") ? "" : ", in_channels=[256, 512, 1024, 2048]")))
      """)
    _ = try Scene().preflight(
      """
      model = dict(type='X', backbone=dict(type='ResNet', depth=50))
      optim_wrapper = dict(accumulative_counts=9223372036854775807, optimizer=dict(lr=1e308))
      train_dataloader = dict(batch_size=9223372036854775807)
      auto_scale_lr = dict(base_batch_size=1)
      """, gpus: 65536)
  }

  @Test(arguments: [
    ("file-20200915.pth", false), ("file-0123abcd.pth", true), ("file-12345678.pth", true),
  ])
  func digitsOfANameAreADigestUnlessTheyAreADay(_ name: String, _ isFound: Bool) throws {
    let scene = try Scene()
    try Weights.save("ResNet", ["depth": 50, "base_channels": 8], to: scene.path + "/" + name)
    let report = try scene.preflight(
      """
      model = dict(type='X', backbone=dict(
          type='ResNet', depth=50, base_channels=8,
          init_cfg=dict(type='Pretrained', checkpoint='\(scene.path)/\(name)')))
      """)
    #expect((report.only(.digestDiffers) != nil) == isFound)
  }
}

extension LoadingTests {
  /// A teacher's weights fill the network of its own configuration, or they do not.
  @Test func aTeacher() throws {
    let scene = try Scene()
    try Weights.save(
      "ResNet", ["depth": 50, "base_channels": 8], to: scene.path + "/teacher.pth",
      prefix: "backbone.")
    func report(_ depth: Int, _ checkpoint: String) throws -> PreflightReport {
      try scene.write(
        "model = dict(type='GFL', backbone=dict(type='ResNet', depth=\(depth), base_channels=8))",
        as: "teacher.py")
      return try scene.preflight(
        """
        model = dict(
            type='KnowledgeDistillationSingleStageDetector',
            backbone=dict(type='ResNet', depth=50, base_channels=8),
            teacher_config='\(scene.path)/teacher.py',
            \(checkpoint))
        """)
    }
    let file = "teacher_ckpt='\(scene.path)/teacher.pth'"
    #expect(try !report(50, file).hasErrors)
    let finding = try #require(try report(101, file).only(.wrongNetwork))
    #expect(finding.severity == .error && finding.location?.line == 5)
    let beside = try scene.preflight(
      """
      model = dict(type='LAD', backbone=dict(type='ResNet', depth=50, base_channels=8),
          teacher_backbone=dict(type='ResNet', depth=101, base_channels=8),
          \(file))
      """)
    #expect(beside.only(.wrongNetwork)?.location?.line == 3)
    let random = try report(50, "teacher_ckpt=None")
    #expect(random.all(.randomBackbone).contains { $0.severity == .warning })
  }
}
