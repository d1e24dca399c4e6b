import PthConvKit
import Testing

/// With other base channels than 64 the same block width has two numbers: mmdet's `base_width` is
/// measured against the base channels, the others' against 64.
@Suite struct BaseWidthTests {
  static let pairs: [(Flavor, Flavor)] = [(.official, .mmdet), (.mmdet, .official)]

  @Test(arguments: pairs)
  func isTranslated(_ from: Flavor, _ to: Flavor) throws {
    let registry = BackboneRegistry.standard
    let arguments: BackboneArguments = [
      "layers": [1, 1, 1, 1], "base_channels": 32, "base_width": 32, "deep_stem": true,
      "avg_down": true,
    ]
    let source = try registry.makeGraph("Res2Net", arguments: arguments, flavor: from)
    let detection = try #require(registry.detect(source.keyShapes))
    let target = try BackboneRequest("Res2Net", flavor: to).graph(detection: detection)
    let width = target.arguments["base_width"]?.integer
    #expect(width == (from == .official ? 16 : 64))
    let ours = target.entry(named: "layer4.0.convs.0.weight")?.shape
    #expect(ours == source.entry(named: "layer4.0.convs.0.weight")?.shape)
    #expect(detection.contradictions(with: target.arguments, flavor: to).isEmpty)
    #expect(!detection.contradictions(with: ["base_width": 5], flavor: to).isEmpty)
  }

  /// 26 · 16 / 64 is no integer: no number gives mmdet the same width, so it stays as it is.
  @Test func staysWhereNoNumberFits() throws {
    let registry = BackboneRegistry.standard
    let arguments: BackboneArguments = ["base_channels": 16, "base_width": 26]
    let source = try registry.makeGraph("Res2Net", arguments: arguments, flavor: .official)
    let detection = try #require(registry.detect(source.keyShapes))
    #expect(detection.arguments(for: .mmdet) == detection.arguments)
  }
}
