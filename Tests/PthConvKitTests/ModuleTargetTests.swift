import PthConvKit
import Testing

/// A module of which nothing is known but its keys, and that is a known backbone all the same.
@Suite struct ModuleTargetTests {
  private func entries(_ graph: ModelGraph) -> [ModuleEntry] {
    graph.state.map { ModuleEntry($0.name, $0.shape, $0.dtype) }
  }

  @Test(
    arguments: [
      ("resnet18", nil), ("resnet50", nil), ("ResNet", "mmdet"), ("res2net50_26w_6s", nil),
      ("Res2Net", "mmdet"), ("Res2Net", "timm"),
    ] as [(String, String?)])
  func aKnownBackboneIsRecognised(_ name: String, _ flavor: String?) throws {
    let registry = BackboneRegistry.standard
    let graph = try registry.makeGraph(name, flavor: flavor.map { Flavor(rawValue: $0) })
    let found = try #require(registry.graph(of: entries(graph)))
    #expect(
      found.keyShapes.sorted { $0.key < $1.key } == graph.keyShapes.sorted { $0.key < $1.key })
    let gate = ModuleEntry("layer1.0.gate.weight", [3, 3])
    #expect(registry.graph(of: entries(graph) + [gate]) == nil)
    #expect(registry.graph(of: Array(entries(graph).dropFirst(20))) == nil)
  }

  @Test func aClassifierBelongsToTheModule() throws {
    let graph = try BackboneRegistry.standard.makeGraph("resnet18", arguments: ["num_classes": 10])
    #expect(graph.entry(named: "fc.weight") != nil)
    let found = try #require(BackboneRegistry.standard.graph(of: entries(graph)))
    #expect(found.entry(named: "fc.weight")?.shape == [10, 512])
  }

  @Test func othersAreNot() {
    let registry = BackboneRegistry.standard
    #expect(registry.graph(of: []) == nil)
    #expect(registry.graph(of: [ModuleEntry("conv1.weight", [64, 3, 7, 7])]) == nil)
  }
}
