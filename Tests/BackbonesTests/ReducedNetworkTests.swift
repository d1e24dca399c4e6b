import Testing

@testable import PthBackbones

/// Networks of which one kind of tensor is gone, or that carry other tensors in every module.
@Suite struct ReducedNetworkTests {
  private func detection(
    _ name: String, _ change: (KeyShape) -> [KeyShape]
  ) throws -> Detection {
    let keys = try Fixture.named(name).keyShapes.flatMap(change)
    return try #require(BackboneRegistry.standard.detect(keys))
  }

  private func isNorm(_ key: String) -> Bool {
    key.contains("bn") || key.contains("downsample.1")
  }

  /// Norms folded into the convolutions leave weights and biases of convolutions.
  @Test(arguments: ["torchvision_resnet18", "torchvision_resnet50"])
  func foldedNorms(_ name: String) throws {
    let whole = try detection(name) { [$0] }
    let folded = try detection(name) { key in
      guard !isNorm(key.key) else { return [] }
      return key.shape.count == 4
        ? [key, KeyShape(key.key.replacing(".weight", with: ".bias"), [key.shape[0]])] : [key]
    }
    #expect(folded.arguments["depth"] == whole.arguments["depth"])
    #expect(!folded.isWhole)
    let norms = try #require(folded.assumptions.first { $0.code == "norm_cfg" })
    #expect(norms.text.contains("of which nothing is in the file"))
  }

  /// Quantisation-aware training keeps more tensors beside the network's than it has itself.
  @Test func strangersInEveryModule() throws {
    let found = try detection("torchvision_resnet18") { key in
      guard key.shape.count == 4 else { return [key] }
      let module = key.key.dropLast(".weight".count)
      return [key]
        + ["scale", "zero_point", "eps", "min_val", "max_val", "enabled", "observed", "count"].map {
          KeyShape("\(module).weight_fake_quant.\($0)", [1])
        }
    }
    #expect(found.arguments["depth"] == 18)
    #expect(found.strangers.count > 150)
  }

  /// Half of the convolutions, and as many strangers as keys, are no network of this kind.
  @Test func halfOfTheConvolutionsIsNoLicence() throws {
    let keys = try Fixture.named("torchvision_resnet50").keyShapes.filter { key in
      key.shape.count == 4 && (key.key.hasPrefix("layer1") || key.key.hasPrefix("layer4"))
    }
    #expect(BackboneRegistry.standard.detect(keys) == nil)
  }
}
