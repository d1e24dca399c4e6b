import Foundation
import PthBackbones
import PthConfigs
import PthPreflight
import Testing

/// Configurations of detectron2.
@Suite struct Detectron2Tests {
  private func config(_ weights: String, _ more: String = "", resnets: String = "") -> String {
    """
    MODEL:
      META_ARCHITECTURE: "GeneralizedRCNN"
      WEIGHTS: "\(weights)"
      BACKBONE:
        NAME: "build_resnet_fpn_backbone"
      RESNETS:
        OUT_FEATURES: ["res2", "res3"]
        DEPTH: 18
        RES2_OUT_CHANNELS: 64
    \(resnets)
    \(more)

    """
  }

  private func scene(
    _ name: String, prefix: String = "", flavor: Flavor = .detectron2, without: String? = nil,
    depth: ArgumentValue = 18
  ) throws -> Scene {
    let scene = try Scene()
    try Weights.save(
      "ResNet",
      [
        "depth": depth, "num_stages": 2, "strides": [1, 2], "dilations": [1, 1],
        "out_indices": [0, 1],
      ], flavor: flavor, to: scene.path + "/" + name, prefix: prefix, without: without)
    return scene
  }

  /// Of a .pth the names count, unless they are to be matched by their ends.
  @Test func namesOfAFile() throws {
    let whole = try scene("whole.pth", prefix: "backbone.bottom_up.")
    let report = try whole.preflight(config("\(whole.path)/whole.pth"), as: "a.yaml")
    #expect(report.findings.isEmpty, "\(report.findings)")
    #expect(report.backbones[0].coverage == 1 && report.backbones[0].channels == [64, 128])
    let bare = try scene("bare.pth")
    let found = try bare.preflight(config("\(bare.path)/bare.pth"), as: "a.yaml")
    let finding = try #require(found.only(.wrongPrefix))
    #expect(finding.location?.line == 3 && finding.severity == .error)
    #expect(finding.instead == "WEIGHTS: \"\(bare.path)/bare.pth?matching_heuristics=True\"")
    let mended = try bare.preflight(
      config("\(bare.path)/bare.pth?matching_heuristics=True"), as: "a.yaml")
    #expect(mended.findings.isEmpty && mended.backbones[0].coverage == 1)
  }

  @Test func torchvisionsNamesAreOthers() throws {
    let scene = try scene("tv.pth", flavor: .torchvision)
    for query in ["", "?matching_heuristics=True"] {
      let report = try scene.preflight(config("\(scene.path)/tv.pth\(query)"), as: "a.yaml")
      let finding = try #require(report.only(.otherNames))
      #expect(finding.why.contains("--flavor detectron2") && finding.location?.line == 3)
      #expect(report.only(.frozenButRandom) != nil && report.backbones[0].coverage != 1)
    }
  }

  @Test func aMissingStageAndAnotherDepth() throws {
    let lacking = try scene("file.pth", prefix: "backbone.bottom_up.", without: "res3.")
    let report = try lacking.preflight(config("\(lacking.path)/file.pth"), as: "a.yaml")
    #expect(report.only(.partlyLoaded)?.why.contains("res3.0") == true)
    #expect(report.all(.frozenButRandom).isEmpty && report.only(.normsOfNothing) != nil)
    let other = try scene("file.pth", prefix: "backbone.bottom_up.", depth: 50)
    #expect(
      try other.preflight(config("\(other.path)/file.pth"), as: "a.yaml").only(.wrongNetwork) != nil
    )
  }

  @Test func withoutWeights() throws {
    let scene = try Scene()
    let report = try scene.preflight(config(""), as: "a.yaml")
    #expect(report.only(.frozenButRandom)?.why.contains("default") == true)
    #expect(report.only(.normsOfNothing) != nil && report.only(.randomBackbone) != nil)
    let frozen = try scene.preflight(
      config("").replacing("  RESNETS:", with: "    FREEZE_AT: 0\n  RESNETS:").replacing(
        "DEPTH: 18", with: "DEPTH: 18\n    NORM: BN"), as: "a.yaml")
    #expect(!frozen.hasErrors && frozen.backbones[0].coverage == 0)
  }

  /// The files of detectron2's zoo want what its configurations give them.
  @Test(arguments: [
    ("MSRA/R-50.pkl", "", [PreflightFinding.Kind]()),
    ("MSRA/R-50.pkl", "  PIXEL_STD: [57.375, 57.12, 58.395]", [.preparation]),
    ("MSRA/R-50.pkl", "INPUT: {FORMAT: \"RGB\"}", [.channelOrder]),
    ("FAIR/X-101-32x8d.pkl", "", [.preparation, .style]),
    (
      "FAIR/X-101-32x8d.pkl",
      "  PIXEL_STD: [57.375, 57.12, 58.395]\n  RESNETS: {STRIDE_IN_1X1: False}", []
    ),
  ])
  func preparation(_ file: String, _ more: String, _ kinds: [PreflightFinding.Kind]) throws {
    let scene = try Scene()
    let report = try scene.preflight(
      """
      MODEL:
        WEIGHTS: "detectron2://ImageNetPretrained/\(file)"
      \(more)

      """, as: "a.yaml")
    #expect(report.errors.map(\.kind) == kinds, "\(report.findings)")
    let finding = try #require(report.only(.notHere))
    #expect(
      finding.why.contains(
        scene.path + "/.torch/iopath_cache/detectron2/ImageNetPretrained/\(file)"))
    #expect(finding.why.contains("https://dl.fbaipublicfiles.com/detectron2/"))
  }

  @Test(arguments: [
    ("torchvision://resnet50", PreflightFinding.Kind.unknownSource),
    ("catalog://ImageNetPretrained/FAIR/R-50-GN", .notHere), ("x.pkl", .notHere),
    ("https://example.org/models/x.pkl", .notHere),
  ])
  func sources(_ name: String, _ kind: PreflightFinding.Kind) throws {
    let report = try Scene().preflight(config(name), as: "a.yaml")
    #expect(report.only(kind)?.location?.line == 3 && !report.hasErrors)
  }

  @Test func thePyramidTakesWhatThereIs() throws {
    let report = try Scene().preflight(
      config("x.pkl", "  FPN:\n    IN_FEATURES: [\"res2\", \"res4\"]"), as: "a.yaml")
    let finding = try #require(report.only(.neckOutputs))
    #expect(finding.location?.line == 12 && finding.what.contains("res4"))
  }

  @Test func imagesAndTheirRate() throws {
    let scene = try Scene()
    try scene.write(
      config("x.pkl", "SOLVER: {IMS_PER_BATCH: 16, BASE_LR: 0.02}"), as: "base.yaml")
    func report(_ text: String, gpus: Int? = nil, images: Int? = nil) throws -> PreflightReport {
      try scene.preflight(
        "_BASE_: base.yaml\n\(text)\n", gpus: gpus, imagesPerGPU: images, as: "a.yaml")
    }
    #expect(try report("").all(.rateNotScaled).isEmpty)
    let finding = try #require(try report("SOLVER: {IMS_PER_BATCH: 4}").only(.rateNotScaled))
    #expect(finding.instead == "BASE_LR: 0.005" && finding.severity == .warning)
    #expect(try report("SOLVER: {IMS_PER_BATCH: 4, BASE_LR: 0.005}").all(.rateNotScaled).isEmpty)
    #expect(try report("", gpus: 3).only(.batch)?.severity == .error)
    #expect(try report("", gpus: 4, images: 4).all(.batch).isEmpty)
    #expect(
      try report("", gpus: 4, images: 2).only(.batch)?.instead == "IMS_PER_BATCH: 8, BASE_LR: 0.01")
    let scaled = try report("SOLVER: {REFERENCE_WORLD_SIZE: 8}", gpus: 4, images: 2)
    #expect(scaled.only(.rate)?.what.contains("0.01") == true && scaled.all(.batch).isEmpty)
  }

  @Test func whatDetectron2DoesNotBuild() throws {
    let report = try Scene().preflight("MODEL:\n  RESNETS: {DEPTH: 18}\n", as: "a.yaml")
    #expect(report.only(.unknownBackbone)?.severity == .error)
    #expect(report.only(.unknownBackbone)?.location?.line == 2)
  }

  /// Numbers and builders that nobody has end in no trap.
  @Test(arguments: [
    "MODEL: {BACKBONE: {NAME: build_swin}}", "MODEL: {RESNETS: {DEPTH: -1}}",
    "MODEL: {RESNETS: {OUT_FEATURES: 5, NUM_GROUPS: 99999999999}}", "MODEL: []",
    "MODEL: {WEIGHTS: 5}", "SOLVER: {IMS_PER_BATCH: 2}", "MODEL: {RESNETS: {NORM: BN}}",
    "SOLVER: {IMS_PER_BATCH: 9223372036854775807, REFERENCE_WORLD_SIZE: 1}",
    "SOLVER: {IMS_PER_BATCH: 16, REFERENCE_WORLD_SIZE: 9223372036854775807}",
    "MODEL: {BACKBONE: {FREEZE_AT: 9223372036854775807}}", "MODEL: {PIXEL_STD: [0]}",
  ])
  func absurdValues(_ text: String) throws {
    for count in [65536, 0, -1, .min, .max] {
      _ = try Scene().preflight(text, gpus: count, imagesPerGPU: count, as: "a.yaml")
    }
  }
}
