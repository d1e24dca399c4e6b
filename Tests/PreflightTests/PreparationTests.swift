import Foundation
import PthConfigs
import PthPreflight
import Testing

/// Colours, style and learning rate.
@Suite struct PreparationTests {
  private func config(
    _ checkpoint: String, style: String = "pytorch", _ preparation: String, depth: Int = 50
  ) -> String {
    """
    model = dict(
        type='FasterRCNN',
        data_preprocessor=dict(
            type='DetDataPreprocessor',
            \(preparation)),
        backbone=dict(
            type='ResNet', depth=\(depth),
            style='\(style)',
            init_cfg=dict(type='Pretrained', checkpoint='\(checkpoint)')))
    """
  }

  static let rgb = "mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375], bgr_to_rgb="
  static let caffe = "mean=[103.53, 116.28, 123.675], std=[1.0, 1.0, 1.0], bgr_to_rgb="
  static let caffeFile = "open-mmlab://detectron2/resnet50_caffe"

  @Test(arguments: [
    ("torchvision://resnet50", "pytorch", rgb + "True", PreflightFinding.Kind?.none),
    ("torchvision://resnet50", "pytorch", rgb + "False", .channelOrder),
    ("torchvision://resnet50", "pytorch", caffe + "False", .channelOrder),
    ("torchvision://resnet50", "caffe", rgb + "True", .style),
    (caffeFile, "caffe", caffe + "False", nil), (caffeFile, "caffe", caffe + "True", .channelOrder),
    (caffeFile, "pytorch", caffe + "False", .style),
    (
      caffeFile, "caffe", "mean=[123.675, 116.28, 103.53], std=[1, 1, 1], bgr_to_rgb=False",
      .channelOrder
    ),
    (
      caffeFile, "caffe", "mean=[103.53, 116.28, 123.675], std=[57, 57, 57], bgr_to_rgb=False",
      .preparation
    ),
    // Slightly other numbers for the same thing.
    ("open-mmlab://detectron/resnet50_caffe", "caffe", caffe + "False", nil),
    (
      "torchvision://resnet50", "pytorch",
      "mean=[123.68, 116.78, 103.94], std=[58.4, 57.12, 57.38], bgr_to_rgb=True", nil
    ),
    // Nothing is known of these.
    ("./own.pth", "caffe", rgb + "False", nil),
    ("torchvision://resnet50", "pytorch", "pad_size_divisor=32", nil),
    ("torchvision://resnet50", "pytorch", rgb + "False, rgb_to_bgr=True", nil),
  ])
  func coloursAndStyle(
    _ checkpoint: String, _ style: String, _ preparation: String, _ kind: PreflightFinding.Kind?
  ) throws {
    let report = try Scene().preflight(config(checkpoint, style: style, preparation))
    #expect(report.errors.map(\.kind) == [kind].compactMap(\.self))
    let lines: [PreflightFinding.Kind: Int] = [.channelOrder: 5, .preparation: 5, .style: 8]
    if let kind { #expect(report.errors[0].location?.line == lines[kind]) }
  }

  /// Basic blocks stride in the same convolution in both styles.
  @Test func styleIsNothingToBasicBlocks() throws {
    let report = try Scene().preflight(
      config("torchvision://resnet18", style: "caffe", Self.rgb + "True", depth: 18))
    #expect(!report.hasErrors)
  }

  @Test func theErasOfMmdet() throws {
    let text = """
      img_norm_cfg = dict(
          mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375], to_rgb=False)
      train_pipeline = [dict(type='LoadImageFromFile'), dict(type='Normalize', **img_norm_cfg)]
      model = dict(
          type='CascadeRCNN',
          pretrained='torchvision://resnet50',
          backbone=dict(type='ResNet', depth=50))
      data = dict(imgs_per_gpu=2, train=dict(pipeline=train_pipeline))
      optimizer = dict(type='SGD', lr=0.02)
      """
    let report = try Scene().preflight(text, gpus: 4)
    #expect(report.only(.channelOrder)?.location?.line == 2)
    #expect(report.only(.channelOrder)?.instead?.contains("to_rgb=True") == true)
    // Nobody says what 0.02 is for: a warning.
    #expect(report.only(.rateNotScaled)?.severity == .warning)
    #expect(report.only(.rateNotScaled)?.instead?.hasPrefix("lr=0.01") == true)
  }

  // MARK: The learning rate

  private let base = """
    model = dict(type='FasterRCNN', backbone=dict(type='ResNet', depth=50))
    optim_wrapper = dict(optimizer=dict(type='SGD', lr=0.02))
    train_dataloader = dict(batch_size=2)
    auto_scale_lr = dict(enable=False, base_batch_size=16)
    """

  private func onTop(_ lines: String, gpus: Int, images: Int? = nil) throws -> PreflightReport {
    let scene = try Scene()
    try scene.write(base, as: "base.py")
    return try scene.preflight("_base_ = 'base.py'\n" + lines, gpus: gpus, imagesPerGPU: images)
  }

  @Test func inheritedAndNotScaled() throws {
    let finding = try #require(try onTop("", gpus: 4).only(.rateNotScaled))
    #expect(finding.severity == .error && finding.instead?.hasPrefix("lr=0.01") == true)
    #expect(finding.location?.path.hasSuffix("base.py") == true && finding.location?.line == 2)
    #expect(try !onTop("", gpus: 8).hasErrors)
    #expect(try onTop("", gpus: 4, images: 4).only(.rateNotScaled) == nil)
  }

  @Test func scaledByHandOnceAndTwice() throws {
    let byHand = "optim_wrapper = dict(optimizer=dict(lr=0.01))\n"
    #expect(try !onTop(byHand, gpus: 4).hasErrors)
    let twice = try onTop(byHand + "auto_scale_lr = dict(enable=True)", gpus: 4)
    let finding = try #require(twice.only(.rateScaledTwice))
    #expect(finding.severity == .error && finding.location?.line == 2)
    #expect(finding.what.contains("0.005"))
    let once = try onTop("auto_scale_lr = dict(enable=True)", gpus: 4)
    #expect(!once.hasErrors && once.only(.rate)?.what.contains("0.01") == true)
  }

  /// Gradients of two batches are one step.
  @Test func accumulatedGradientsCount() throws {
    #expect(try !onTop("optim_wrapper = dict(accumulative_counts=2)", gpus: 4).hasErrors)
  }

  @Test func anotherOptimizerIsAWarning() throws {
    let report = try onTop("optim_wrapper = dict(optimizer=dict(type='AdamW'))", gpus: 4)
    #expect(report.only(.rateNotScaled)?.severity == .warning)
  }

  @Test func withoutGPUsNothingIsSaidOfTheRate() throws {
    let scene = try Scene()
    #expect(
      try scene.preflight(base).findings.allSatisfy {
        $0.kind == .randomBackbone || $0.kind == .normsOfNothing
      })
  }

  @Test(arguments: [
    ("norm_eval=False", 2, true), ("norm_eval=False", 8, false), ("norm_eval=True", 2, false),
    ("norm_eval=False, norm_cfg=dict(type='SyncBN')", 2, false),
    ("norm_eval=False, norm_cfg=dict(type='GN', num_groups=32)", 2, false),
    ("norm_eval=False, norm_cfg=dict(type='BN', requires_grad=False)", 2, false),
  ])
  func smallBatches(_ arguments: String, _ images: Int, _ isFound: Bool) throws {
    let report = try Scene().preflight(
      """
      model = dict(type='X', backbone=dict(type='ResNet', depth=50, \(arguments)))
      train_dataloader = dict(batch_size=\(images))
      """)
    #expect((report.only(.smallBatch) != nil) == isFound)
  }

  /// Norms of necks and heads have nothing that keeps their statistics.
  @Test(arguments: [
    ("neck=dict(type='FPN', norm_cfg=dict(type='BN'))", 2, 1),
    ("bbox_head=[dict(type='A', norm_cfg=dict(type='BN')), dict(type='B')]", 1, 1),
    ("neck=dict(type='FPN', norm_cfg=dict(type='BN'))", 3, 0),
    ("neck=dict(type='FPN', norm_cfg=dict(type='GN', num_groups=32))", 2, 0),
    ("neck=dict(type='FPN', norm_cfg=dict(type='SyncBN'))", 2, 0),
    ("neck=dict(type='FPN', norm_cfg=None)", 1, 0),
  ])
  func smallBatchesOfOtherParts(_ part: String, _ images: Int, _ count: Int) throws {
    let report = try Scene().preflight(
      """
      model = dict(type='X', backbone=dict(type='ResNet', depth=50),
          \(part))
      train_dataloader = dict(batch_size=\(images))
      """)
    let found = report.all(.smallBatch)
    #expect(found.count == count && found.allSatisfy { $0.location?.line == 2 })
  }
}
