import Foundation
import PthConfigs
import PthPreflight
import TestSupport
import Testing

/// `--images`: networks with true running statistics, and configurations that prepare images otherwise.
@Suite struct ImagesTests {
  private static func path(_ name: String) -> String { Fixtures.url(name).path }

  private static let photos = (0..<24).map { path("witness/images/\($0 < 10 ? "0" : "")\($0).jpg") }

  private static let imagenet = "mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375]"
  private static let caffe = "mean=[103.53, 116.28, 123.675], std=[1.0, 1.0, 1.0]"

  private func report(
    _ file: String, style: String = "pytorch", _ preparation: String, images: [String] = photos
  ) throws -> PreflightReport {
    try Scene().preflight(
      """
      model = dict(
          type='X',
          data_preprocessor=dict(
              type='DetDataPreprocessor',
              \(preparation)),
          backbone=dict(
              type='ResNet', depth=50, base_channels=16, num_stages=2, strides=(1, 2),
              dilations=(1, 1), out_indices=(0, 1), style='\(style)',
              init_cfg=dict(type='Pretrained', checkpoint='\(Self.path(file))')))
      """, images: images)
  }

  @Test(arguments: [
    ("witness/resnet.pth", "pytorch", imagenet + ", bgr_to_rgb=True"),
    ("witness/caffe.pth", "caffe", caffe + ", bgr_to_rgb=False"),
    // A little otherwise is the same.
    (
      "witness/resnet.pth", "pytorch",
      "mean=[120, 115, 105], std=[60.0, 58.0, 56.0], bgr_to_rgb=True"
    ),
  ])
  func asItWasTrained(_ file: String, _ style: String, _ preparation: String) throws {
    let report = try report(file, style: style, preparation)
    #expect(report.errors.isEmpty && report.all(.preparation).isEmpty)
    #expect(report.images.count == 1 && report.images[0].agrees == true)
    #expect(report.images[0].size == 64 && report.images[0].imageCount == 24)
  }

  /// The line is that of the number which is wrong.
  @Test(arguments: [
    ("witness/resnet.pth", caffe + ", bgr_to_rgb=False", PreflightFinding.Severity.error),
    ("witness/caffe.pth", imagenet + ", bgr_to_rgb=True", .error),
    ("witness/resnet.pth", "mean=[0, 0, 0], std=[255, 255, 255], bgr_to_rgb=True", .warning),
  ])
  func otherwise(
    _ file: String, _ preparation: String, _ severity: PreflightFinding.Severity
  ) throws {
    let report = try report(
      file, style: file.contains("caffe") ? "caffe" : "pytorch", preparation)
    let finding = try #require(report.only(.preparation))
    #expect(finding.severity == severity && finding.location?.line == 5)
    #expect(finding.instead?.contains(file.contains("caffe") ? "std=[1.0" : "57.12, 5") == true)
    #expect(report.images[0].agrees == false)
  }

  /// The order of the colours, and a preparation that is near the best one.
  @Test(arguments: [
    imagenet + ", bgr_to_rgb=False",
    "mean=[127.5, 127.5, 127.5], std=[127.5, 127.5, 127.5], bgr_to_rgb=True",
    "bgr_to_rgb=True", "mean=[1e300, 0, 0], std=[0, 0, 0], bgr_to_rgb=True",
    "mean=[0], std=[1], bgr_to_rgb=True",
  ])
  func whatCannotBeTold(_ preparation: String) throws {
    let report = try report("witness/resnet.pth", preparation)
    #expect(report.errors.isEmpty && report.all(.preparation).isEmpty)
    #expect(report.images.count == 1 && report.images[0].agrees != false)
  }

  /// Too few images are an error; none of a network that is not known are a note.
  @Test func imagesThatTellNothing() throws {
    #expect(throws: (any Error).self) {
      try report("witness/resnet.pth", Self.imagenet, images: Array(Self.photos.prefix(3)))
    }
    let unknown = try Scene().preflight(
      "model = dict(type='X', backbone=dict(type='Swin'))", images: Self.photos)
    #expect(unknown.only(.preparation)?.severity == .note && unknown.images.isEmpty)
  }
}
