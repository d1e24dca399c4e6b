import PthBackbones
import PthReports
import Testing

/// The networks with the same keys that a target is held against.
@Suite struct TargetAlternativesTests {
  /// What two implementations compute alike is advised in the target's own.
  @Test(
    arguments: [
      ("tf_efficientnet_lite0", "efficientnet_lite_pytorch", "--arg padding=symmetric"),
      ("tf_efficientnet_lite0", "timm", "--arg padding=symmetric"),
      ("ResNet", "mmdet", "--arg 'strides=[1, 2, 2, 1]'"),
      ("resnet50", "timm", "--arg 'strides=[1, 2, 2, 1]'"),
    ] as [(String, Flavor, String)])
  func theOwnFlavorComesFirst(_ name: String, _ flavor: Flavor, _ options: String) throws {
    let target = try BackboneRegistry.standard.makeGraph(
      name, arguments: name == "ResNet" ? ["depth": 50] : [:], flavor: flavor)
    let changes = TargetAlternatives(target: target, registry: .standard).candidates.map(\.change)
    #expect(changes.contains { $0.options == options }, "\(changes.map(\.options))")
    for change in changes {
      #expect(change.flavor == nil || change.flavor != flavor)
    }
  }
}
