import Foundation
import OrderedCollections
import PthBackbones
import PthBytes
import PthKeyMapping
import PthTensors
import TestSupport
import Testing

/// Parameters in parts, against what PyTorch's layers compute with.
@Suite struct FoldingTests {
  private struct Values: Decodable {
    let shape: [Int]
    let values: [Double]

    func tensor(_ name: String) throws -> Tensor {
      let bytes = values.map { Float($0) }.withUnsafeBytes { Bytes($0) }
      return try Tensor(
        storage: TensorStorage(key: name, bytes: bytes), dtype: .float32, shape: shape)
    }
  }

  private struct Case: Decodable {
    let state: [String: Values]
    let expected: [String: Values]
  }

  private struct File: Decodable {
    let cases: [String: Case]
  }

  private func cases() throws -> [String: Case] {
    try Fixtures.json("keymapping/folding.json", as: File.self).cases
  }

  static let methods: [(name: String, method: ParameterFold.Method)] = [
    ("prune", .pruning), ("weight_norm", .weightNorm), ("weight_norm_dim_1", .weightNorm),
    ("weight_norm_whole", .weightNorm), ("weight_norm_one_by_one", .weightNorm),
    ("parametrized_weight_norm", .weightNorm), ("spectral_norm", .spectralNorm),
    ("parametrized_spectral_norm", .spectralNorm),
  ]

  @Test(arguments: methods)
  func partsMakeWhatPyTorchComputesWith(
    _ name: String, _ method: ParameterFold.Method
  ) throws {
    let layer = try #require(try cases()[name])
    var state = StateDict()
    for (key, values) in layer.state {
      state["layer1.0.conv1.\(key)"] = try values.tensor(key)
    }
    let folded = FoldedState(state)
    #expect(Set(folded.state.keys) == Set(layer.expected.keys.map { "layer1.0.conv1.\($0)" }))
    #expect(folded.folds.values.allSatisfy { $0.method == method })
    for (key, expected) in layer.expected {
      let tensor = try #require(folded.state["layer1.0.conv1.\(key)"])
      #expect(tensor.shape == expected.shape && tensor.dtype == .float32)
      let values = try tensor.contiguousBytes().withUnsafeBytes {
        Array($0.bindMemory(to: Float.self))
      }
      // A product of two floats is rounded once in either order; sums differ in the last bits.
      let tolerance = method == .pruning ? 0 : 1e-6
      for (value, wanted) in zip(values, expected.values) {
        #expect(abs(Double(value) - wanted) <= tolerance * max(1, abs(wanted)), "\(key)")
      }
    }
  }

  private func body() throws -> [KeyShape] {
    try backboneKeys("torchvision_resnet18").without("fc.")
  }

  /// The convolutions in parts, as `change` makes them.
  private func split(_ change: (KeyShape) -> [KeyShape]) throws -> [KeyShape] {
    try body().flatMap { $0.shape.count == 4 ? change($0) : [$0] }
  }

  @Test func aPrunedNetworkIsComplete() throws {
    let keys = try split { key in
      [KeyShape(key.key + "_orig", key.shape), KeyShape(key.key + "_mask", key.shape)]
    }
    let mapping = try KeyMapping(of: keys.prefixed("module."), to: graph("resnet18"))
    let report = mapping.report
    #expect(report.verdict == .complete && report.isComplete)
    #expect(report.folds == ["pruning (weight_orig, weight_mask)": 20])
    let first = try #require(report.loaded.first)
    #expect(first.source == "module.conv1.weight_orig")
    #expect(first.otherParts == ["module.conv1.weight_mask"])
    #expect(first.rule == "pruning (weight_orig, weight_mask); prefix module. removed")
    #expect(report.source.detection?.arguments["depth"] == 18)
  }

  /// What cannot be put together is not guessed at.
  @Test func partsOfAnotherKindStayUnused() throws {
    let kinds: [(KeyShape) -> [KeyShape]] = [
      { [KeyShape($0.key + "_orig", $0.shape)] },
      { [KeyShape($0.key + "_orig", $0.shape), KeyShape($0.key + "_mask", [1])] },
      { [KeyShape($0.key + "_v", $0.shape), KeyShape($0.key + "_g", [7, 1, 1, 1])] },
      { key in
        let path = key.key.dropLast("weight".count) + "parametrizations.weight."
        return [
          KeyShape(path + "original0", [key.shape[0], 1, 1, 1]),
          KeyShape(path + "original1", key.shape), KeyShape(path + "1.scale", [1]),
        ]
      },
    ]
    for kind in kinds {
      let report = try KeyMapping(of: split(kind), to: graph("resnet18")).report
      #expect(report.verdict == .nothing && report.folds.isEmpty)
      #expect(report.missing.count == 20)
      #expect(report.unusedInNetwork.allSatisfy { $0.part == "a weight kept in parts" })
    }
  }

  /// A whole weight beside its parts is the one that counts.
  @Test func aWeightThatIsThereIsNotReplaced() throws {
    let keys = try split { key in
      [
        key, KeyShape(key.key + "_orig", key.shape), KeyShape(key.key + "_mask", key.shape),
      ]
    }
    let report = try KeyMapping(of: keys, to: graph("resnet18")).report
    #expect(report.folds.isEmpty && report.loaded.first?.source == "conv1.weight")
    #expect(report.verdict == .foreign)
  }
}
