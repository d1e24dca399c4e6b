import Foundation
import PthConvKit
import TestSupport
import Testing

/// Configurations that ask for a family from outside, read, mapped and preflighted through the public
/// interface.
@Suite struct ConfigurationTests {
  let registry: BackboneRegistry
  let folder: TemporaryFolder

  init() throws {
    registry = try PebbleNet.registry()
    folder = try TemporaryFolder()
  }

  /// A file of the published small network.
  private func weights(
    _ name: String = "pebble.pth", flavor: Flavor = "authors", prefix: String = ""
  ) throws -> String {
    let graph = try registry.makeGraph("pebble_small", flavor: flavor)
    var state = StateDict()
    for entry in graph.state {
      state[prefix + entry.name] =
        entry.dtype == .int64
        ? try Tensor([Int64(3)], shape: [])
        : try Tensor(
          (0..<entry.shape.reduce(1, *)).map { 0.25 + Float($0 % 13) / 16 }, shape: entry.shape)
    }
    let path = folder.path(name)
    try state.write(to: path, replaces: true)
    return path
  }

  private func config(_ arguments: String, _ more: String = "") throws -> String {
    let text = """
      model = dict(
          type='FasterRCNN',
          backbone=dict(
              type='PebbleNet',
              \(arguments)),
          neck=dict(type='FPN', in_channels=[8, 8], out_channels=8, num_outs=2))
      \(more)

      """
    return try folder.write("config.py", Data(text.utf8)).path
  }

  private func pretrained(_ path: String) -> String {
    "init_cfg=dict(type='Pretrained', checkpoint='\(path)')"
  }

  private func report(_ config: String) throws -> PreflightReport {
    try preflight(config, PreflightOptions(registry: registry))
  }

  @Test func aConfigurationIsMapped() throws {
    let path = try config("width=8, depth=2, frozen_stages=1")
    let request = try BackboneRequest(config: path, registry: registry)
    let backbone = try load(
      weights(flavor: PebbleNet.zoo), into: request, options: MappingOptions(registry: registry))
    #expect(backbone.report.verdict == .complete)
    #expect(backbone.graph.flavor == "authors" && backbone.graph.arguments["depth"] == 2)
    #expect(backbone.graph.state.contains { $0.isFrozen && $0.name == "stem.conv.weight" })
    // The standard families do not have it.
    #expect(throws: (any Error).self) { try BackboneRequest(config: path) }
    let scoped = try config("width=8", "default_scope = 'mmpretrain'")
    let other = try BackboneRequest(config: scoped, registry: registry)
    let filled = try load(
      weights(), into: other, options: MappingOptions(registry: registry))
    #expect(filled.graph.flavor == PebbleNet.zoo && filled.report.verdict == .complete)
  }

  @Test func aRunIsPreflighted() throws {
    let path = try config(
      "width=8, depth=2, frozen_stages=1, " + pretrained(weights()))
    let good = try report(path)
    #expect(good.findings.isEmpty, "\(good.text)")
    #expect(good.text.contains("PebbleNet, depth 2, returns [8, 8]"), "\(good.text)")
    #expect(good.text.contains("19 of 19"), "\(good.text)")
    // Nobody knows it in the standard registry.
    #expect(try preflight(path).findings.contains { $0.kind == .unknownBackbone })
  }

  @Test func whatDoesNotFitIsFound() throws {
    let zoo = try report(
      config("width=8, depth=2, " + pretrained(weights(flavor: PebbleNet.zoo))))
    #expect(zoo.findings.contains { $0.kind == .otherNames && $0.severity == .error })
    let frozen = try report(config("width=8, depth=2, frozen_stages=1"))
    #expect(frozen.findings.contains { $0.kind == .frozenButRandom }, "\(frozen.text)")
    let beyond = try report(config("width=8, depth=2, frozen_stages=3"))
    #expect(
      beyond.findings.contains { $0.what.contains("frozen_stages is 3 and there are 2 stages") },
      "\(beyond.text)")
    let deep = try report(config("width=8, depth=5"))
    #expect(deep.findings.contains { $0.what.contains("has no depth 5") }, "\(deep.text)")
    let neck = try report(config("width=12, depth=2"))
    let channels = try #require(neck.findings.first { $0.kind == .neckChannels })
    #expect(channels.why == "PebbleNet returns layer1, layer2")
  }

  @Test func publishedWeightsHaveAPreparation() throws {
    let rgb =
      "data_preprocessor = dict(type='DetDataPreprocessor', mean=[123.675, 116.28, 103.53],"
      + " std=[58.395, 57.12, 57.375], bgr_to_rgb=True)"
    let file = try weights("pebble_small-0a1b2c3d.pth")
    let report = try report(config("width=8, depth=2, " + pretrained(file), rgb))
    let order = try #require(report.findings.first { $0.kind == .channelOrder })
    #expect(order.instead == "mean=[100.0, 110.0, 120.0], std=[1.0, 1.0, 1.0], bgr_to_rgb=False")
    let activation = try #require(report.findings.first { $0.kind == .style })
    #expect(
      activation.why == "the file was trained with activation='gelu', the backbone has 'relu': "
        + "its blocks end with another function")
    #expect(activation.instead == "activation='gelu'")
  }

  @Test func detectron2AsksForIt() throws {
    func yaml(_ settings: String, _ weights: String) throws -> String {
      let text = """
        MODEL:
          WEIGHTS: "\(weights)"
          BACKBONE: {NAME: build_pebbles}
          PEBBLES: {\(settings)}

        """
      return try folder.write("config.yaml", Data(text.utf8)).path
    }
    let file = try weights(prefix: "backbone.")
    let good = try report(yaml("GELU: True", file))
    #expect(good.findings.isEmpty, "\(good.text)")
    #expect(good.text.contains("19 of 19"), "\(good.text)")
    let refused = try report(yaml("BLOCKS: 7", file))
    #expect(
      refused.findings.contains { $0.severity == .error && $0.why == "seven blocks are not built" })
    let zoo = folder.path("Pebbles")
    try FileManager.default.createDirectory(atPath: zoo, withIntermediateDirectories: true)
    try FileManager.default.moveItem(atPath: file, toPath: zoo + "/small.pth")
    let published = try report(yaml("GELU: False", zoo + "/small.pth"))
    let finding = try #require(published.findings.first { $0.kind == .style })
    #expect(finding.instead == "GELU: True" && finding.line == 4, "\(published.text)")
  }

  @Test func aNameIsPreflighted() throws {
    let options = PreflightOptions(checkpoint: try weights(), registry: registry)
    let report = try preflight("pebble_small", options)
    #expect(!report.hasErrors, "\(report.text)")
    #expect(report.text.contains("19 of 19"), "\(report.text)")
    #expect(throws: (any Error).self) { try preflight("pebble_small") }
  }
}
