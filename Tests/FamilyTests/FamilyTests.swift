import Foundation
import PthConvKit
import TestSupport
import Testing

/// What a family can do that is registered from outside, through the public interface alone.
@Suite struct FamilyTests {
  let registry: BackboneRegistry
  let options: MappingOptions
  let folder: TemporaryFolder

  init() throws {
    registry = try PebbleNet.registry()
    options = MappingOptions(registry: registry)
    folder = try TemporaryFolder()
  }

  /// A file of the zoo's network, behind a prefix; some keys may be left out.
  private func file(
    width: Int, depth: Int, without isLeftOut: (String) -> Bool = { _ in false }
  ) throws -> (path: String, state: StateDict) {
    let graph = try registry.makeGraph(
      "PebbleNet", arguments: ["width": .integer(width), "depth": .integer(depth)],
      flavor: PebbleNet.zoo)
    var state = StateDict()
    for (number, entry) in graph.state.enumerated() where !isLeftOut(entry.name) {
      let values = (0..<entry.shape.reduce(1, *)).map {
        0.25 + Float(($0 * 7 + number * 5) % 16) / 16
      }
      state["model.\(entry.name)"] =
        entry.dtype == .int64
        ? try Tensor([Int64(3)], shape: []) : try Tensor(values, shape: entry.shape)
    }
    let path = folder.path("pebble-\(width)-\(depth).pth")
    try state.write(to: path, replaces: true)
    return (path, state)
  }

  @Test func isMappedFromAnotherImplementation() throws {
    let (path, state) = try file(width: 12, depth: 3)
    let request = BackboneRequest("PebbleNet", flavor: "authors")
    let backbone = try load(path, into: request, options: options)
    #expect(backbone.report.verdict == .complete)
    #expect(backbone.report.coverage.total.ofKeys == 1)
    // Nobody said how wide and deep it is.
    #expect(backbone.graph.outputs.map(\.name) == ["layer1", "layer2", "layer3"])
    #expect(backbone.graph.arguments["width"] == 12)
    let source = try #require(state["model.features.2.convolution.weight"])
    let loaded = try #require(backbone.weights["blocks.2.conv.weight"])
    #expect(try loaded.array(of: Float.self) == source.array(of: Float.self))
    #expect(loaded.shape == [12, 12, 3, 3])
  }

  /// Names that are one word, which a table takes apart.
  @Test func joinedNamesAreMapped() throws {
    let (_, zoo) = try file(width: 8, depth: 2)
    var state = StateDict()
    for (name, tensor) in zoo {
      let own = name.dropFirst("model.".count).replacing("features", with: "blocks")
        .replacing("convolution", with: "conv").replacing("normalization", with: "norm")
      state[String(own).replacing(".", with: "_")] = tensor
    }
    let path = folder.path("joined.pth")
    try state.write(to: path)
    let backbone = try load(path, into: BackboneRequest("PebbleNet"), options: options)
    #expect(backbone.report.verdict == .complete)
    #expect(backbone.report.loaded.contains { $0.source == "blocks_1_gate_bias" })
  }

  @Test func aPresetIsWhatItsNameSays() throws {
    let (path, _) = try file(width: 8, depth: 2)
    let small = try load(path, into: .named("pebble_small"), options: options)
    #expect(small.report.verdict == .complete)
    let tiny = try load(path, into: .named("pebble_tiny"), options: options)
    #expect(tiny.report.verdict == .foreign)
    #expect(throws: BackboneError.self) {
      var registry = registry
      try registry.register(BackbonePreset("pebble_small", "PebbleNet", [:]))
    }
  }

  @Test func missingWeightsAreInitialisedItsWay() throws {
    let (path, _) = try file(width: 8, depth: 2) { $0.hasPrefix("features.1.") }
    let request = BackboneRequest("PebbleNet", arguments: ["depth": 2])
    let backbone = try load(path, into: request, options: options)
    #expect(backbone.report.verdict == .partial)
    let missing = Dictionary(
      uniqueKeysWithValues: backbone.report.missing.map { ($0.target, $0.initializer) })
    #expect(missing["features.1.convolution.weight"] == "xavier normal")
    #expect(missing["features.1.normalization.weight"] == "constant 0.5")
    let norm = try #require(backbone.weights["features.1.normalization.weight"])
    #expect(try norm.array(of: Float.self) == [Float](repeating: 0.5, count: 8))
  }

  @Test func isVerified() throws {
    let (path, _) = try file(width: 8, depth: 2)
    let request = BackboneRequest("PebbleNet", flavor: "authors")
    let verification = try verify(path, in: request, height: 32, width: 32, options: options)
    #expect(verification.verdict == .consistent, "\(verification.text)")
    let shapes = verification.outputs.map(\.tensor.shape)
    #expect(shapes == [[1, 8, 16, 16], [1, 8, 16, 16]])
    // Its own outputs prove it.
    let proof = try verify(
      path, in: request, reference: verification.outputs, height: 32, width: 32, options: options)
    #expect(proof.verdict == .proven, "\(proof.text)")
  }

  @Test func isExportedAndRun() throws {
    let (path, _) = try file(width: 8, depth: 1)
    let backbone = try load(path, into: BackboneRequest("PebbleNet"), options: options)
    let model = folder.path("pebble.onnx")
    try backbone.writeONNX(to: model, fold: true)
    let bytes = try Data(contentsOf: URL(filePath: model))
    for word in ["features.0.convolution.weight", "Gelu", "Mul", "GlobalAveragePool"] {
      #expect(bytes.range(of: Data(word.utf8)) != nil, "\(word)")
    }
    let image = try Tensor((0..<3 * 64).map { Float($0 % 9) - 4 }, shape: [1, 3, 8, 8])
    let exact = try BackboneRunner(backbone, engine: .reference).run(image)
    let fast = try BackboneRunner(backbone).run(image)
    let expected = try #require(exact["layer1"]).array(of: Double.self)
    let actual = try #require(fast["layer1"]).array(of: Double.self)
    #expect(expected.count == 8 * 16)
    #expect(zip(expected, actual).allSatisfy { abs($0 - $1) < 1e-4 * (1 + abs($0)) })
  }
}
