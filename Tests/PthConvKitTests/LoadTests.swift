import Foundation
import PthBytes
import PthConvKit
import TestSupport
import Testing

/// The calls of a trainer.
@Suite struct LoadTests {
  private let demo = Fixtures.path("demo")

  @Test func fillsABackboneInOneCall() throws {
    let backbone = try load("\(demo)/res2net-small.pth", into: .res2net(scales: 4), strict: false)
    #expect(backbone.report.coverage.total.ofKeys == 1)
    #expect(backbone.report.unexpected.map(\.source) == ["fc.weight", "fc.bias"])
    #expect(backbone.weights.keys.count == 150)
    #expect(Array(backbone.weights.keys) == backbone.graph.state.map(\.name))
    let weight = try #require(backbone.weights["bn1.running_var"])
    #expect(weight.shape == [64])
    let values = try weight.contiguousBytes().withUnsafeBytes {
      Array($0.bindMemory(to: Float.self))
    }
    // The generator drew them from this range.
    #expect(values.count == 64)
    #expect(values.allSatisfy { (0.4...1.8).contains($0) })
    #expect(Set(values).count > 60)
  }

  @Test func strictWantsEveryKey() throws {
    let error = try #require(throws: IncompleteLoad.self) {
      try load("\(demo)/res2net-small-mutilated.pth", into: .res2net(), strict: true)
    }
    #expect(error.description == "6 keys are missing, 1 unexpected, 1 mismatched")
    #expect(error.report.missing.count == 6)
    var request = BackboneRequest.res2net()
    request.arguments["num_classes"] = 10
    let whole = try load("\(demo)/res2net-small.pth", into: request, strict: true)
    #expect(whole.report.isComplete)
  }

  @Test func theSeedDecidesWhatTheFileDoesNotGive() throws {
    func drawn(_ seed: Int) throws -> [UInt8] {
      let backbone = try load(
        "\(demo)/res2net-small-mutilated.pth", into: .res2net(), seed: seed)
      return try #require(backbone.weights["layer3.0.conv3.weight"]).contiguousBytes()
        .withUnsafeBytes { Array($0) }
    }
    let first = try drawn(0)
    #expect(try drawn(0) == first)
    #expect(try drawn(1) != first)
  }

  @Test func errorsAreTyped() {
    #expect(throws: CheckpointError.self) { try load("\(demo)/absent.pth", into: .res2net()) }
    #expect(throws: BackboneError.self) {
      try load("\(demo)/res2net-small.pth", into: .named("res2net9000"))
    }
  }
}
