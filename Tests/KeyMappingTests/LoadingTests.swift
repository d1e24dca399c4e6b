import OrderedCollections
import PthBackbones
import PthBytes
import PthInitializers
import PthKeyMapping
import PthTensors
import Testing

@Suite struct LoadingTests {
  private func floats(_ tensor: Tensor?) throws -> [Float] {
    let tensor = try #require(tensor)
    #expect(tensor.dtype == .float32)
    return try tensor.contiguousBytes().withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
  }

  private func initialised(_ graph: ModelGraph, seed: Int) throws -> StateDict {
    var generator = Generator(seed: seed)
    return try InitializationPlan(for: graph).run(with: &generator)
  }

  private func tensor<Element: BitwiseCopyable>(
    _ elements: [Element], _ dtype: DType, _ shape: [Int]
  ) throws -> Tensor {
    let bytes = elements.withUnsafeBytes { Bytes($0) }
    return try Tensor(storage: TensorStorage(key: "t", bytes: bytes), dtype: dtype, shape: shape)
  }

  @Test func loadedTensorsShareTheFileAndMissingOnesAreDrawn() throws {
    let target = try graph("resnet18")
    let source = try initialised(target, seed: 1)
    var partial = source
    for name in ["layer3.0.conv2.weight", "layer4.1.bn2.weight", "layer4.1.bn2.running_var"] {
      partial.tensors.removeValue(forKey: name)
    }
    let loaded = try LoadedBackbone(target, from: partial, seed: 2)
    #expect(Array(loaded.weights.keys) == target.state.map(\.name))
    #expect(loaded.report.missing.count == 3)
    #expect(loaded.weights["conv1.weight"]?.storage === source["conv1.weight"]?.storage)
    // What is missing is what a fresh model would have there.
    let fresh = try initialised(target, seed: 2)
    for name in ["layer3.0.conv2.weight", "layer4.1.bn2.weight", "layer4.1.bn2.running_var"] {
      #expect(try floats(loaded.weights[name]) == floats(fresh[name]))
    }
    #expect(loaded.weights.moduleVersions?["layer1.0.bn1"] == 2)
    #expect(loaded.weights.moduleVersions?["layer1.0.conv1"] == 1)
  }

  @Test func otherTypesAreConverted() throws {
    let target = try graph("resnet18")
    var source = try initialised(target, seed: 1)
    let norm = (0..<64).map { Float($0) / 8 - 3 }
    source["bn1.weight"] = try tensor(norm.map { Float16($0) }, .float16, [64])
    source["bn1.bias"] = try tensor(
      norm.map { UInt16($0.bitPattern >> 16) }, .bfloat16, [64])
    source["bn1.running_mean"] = try tensor(norm.map { Double($0) * (1 + 1e-12) }, .float64, [64])
    source["bn1.num_batches_tracked"] = try tensor([Int32(77)], .int32, [1])
    source["layer1.0.bn1.num_batches_tracked"] = try tensor([Float16(5)], .float16, [])
    let loaded = try LoadedBackbone(target, from: source)
    #expect(loaded.report.isComplete)
    for name in ["bn1.weight", "bn1.bias", "bn1.running_mean"] {
      #expect(try floats(loaded.weights[name]) == norm)
    }
    let counter = try #require(loaded.weights["bn1.num_batches_tracked"])
    #expect(counter.dtype == .int64 && counter.shape == [])
    #expect(try counter.contiguousBytes().integer(at: 0, as: Int64.self) == 77)
    let half = try #require(loaded.weights["layer1.0.bn1.num_batches_tracked"])
    #expect(try half.contiguousBytes().integer(at: 0, as: Int64.self) == 5)
    let converted = loaded.report.loaded.compactMap { item in
      item.convertedFrom.map { "\(item.target) \($0)" }
    }
    #expect(
      converted == [
        "bn1.weight float16", "bn1.bias bfloat16", "bn1.running_mean float64",
        "bn1.num_batches_tracked int32", "layer1.0.bn1.num_batches_tracked float16",
      ])
  }

  @Test func whatCannotBeConvertedIsAMismatch() throws {
    let target = try graph("resnet18")
    var source = try initialised(target, seed: 1)
    source["bn1.weight"] = try tensor([Int8](repeating: 1, count: 64), .int8, [64])
    source["bn1.bias"] = try Tensor(
      storage: .meta(key: "m", byteCount: 256), dtype: .float32, shape: [64])
    source["conv1.weight"] = try tensor(
      [Float](repeating: 1, count: 9408), .float32, [3, 64, 7, 7])
    let loaded = try LoadedBackbone(target, from: source, seed: 4)
    let hints = Dictionary(
      loaded.report.mismatched.map { ($0.target, $0.hint) }, uniquingKeysWith: { $1 })
    #expect(hints["bn1.weight"] == "int8 cannot be converted to float32")
    #expect(hints["bn1.bias"] == "the file has this tensor's shape without its values")
    #expect(hints.count == 3)
    let fresh = try initialised(target, seed: 4)
    #expect(try floats(loaded.weights["conv1.weight"]) == floats(fresh["conv1.weight"]))
    #expect(try floats(loaded.weights["bn1.weight"]).allSatisfy { $0 == 1 })
  }

  /// As PyTorch: required from version 2 of a batch norm on, otherwise 0.
  @Test(arguments: ["none", "1", "2"])
  func countersAreMissedByVersion(_ version: String) throws {
    let target = try graph("resnet18")
    var state = try initialised(target, seed: 0)
    for key in state.keys where key.hasSuffix("num_batches_tracked") {
      state.tensors.removeValue(forKey: key)
    }
    if let number = Int(version) {
      state.moduleVersions = Dictionary(
        uniqueKeysWithValues: target.modules.map { ($0.path, number) })
    }
    let expected = try #require(try missingCounters()[version])
    let report = try KeyMapping(of: state, to: target).report
    #expect(report.missing.map(\.target) == expected)
    #expect(report.filled.count == 20 - expected.count)

    // Versions are found behind a prefix too.
    var prefixed = StateDict()
    for (key, tensor) in state.tensors { prefixed["module.\(key)"] = tensor }
    prefixed.moduleVersions = state.moduleVersions.map { versions in
      Dictionary(uniqueKeysWithValues: versions.map { ("module.\($0.key)", $0.value) })
    }
    #expect(try KeyMapping(of: prefixed, to: target).report.missing.map(\.target) == expected)
  }

  @Test func valuesAreLookedAt() throws {
    let target = try graph("resnet18")
    var source = try initialised(target, seed: 1)
    let clean = try LoadedBackbone(target, from: source).valueWarnings()
    #expect(clean == [])
    var weight = [Float](repeating: 0.5, count: 64)
    weight[3] = .nan
    source["bn1.bias"] = try tensor(weight, .float32, [64])
    source["layer1.0.bn1.bias"] = try tensor(
      [Float16](repeating: .infinity, count: 64), .float16, [64])
    source["bn1.running_var"] = try tensor([Float](repeating: 0, count: 64), .float32, [64])
    source["layer1.0.bn2.weight"] = try tensor([Float](repeating: 0, count: 64), .float32, [64])
    source.tensors.removeValue(forKey: "layer2.0.bn1.weight")
    let warnings = try LoadedBackbone(
      target, from: source, options: MappingOptions(targetPrefix: "backbone")
    ).valueWarnings()
    #expect(warnings.map(\.code) == [.notFinite, .varianceNotPositive, .zeroNorm])
    #expect(warnings[0].keys == ["backbone.bn1.bias", "backbone.layer1.0.bn1.bias"])
    #expect(warnings[1].keys == ["backbone.bn1.running_var"])
    #expect(warnings[2].keys == ["backbone.layer1.0.bn2.weight"])
  }

  @Test func aTrainersInitialisationFillsTheGaps() throws {
    let target = try graph("resnet18")
    let rules =
      target.initialization
      + [InitializationRule(.named("layer4"), weight: .constant(0.25))]
    let loaded = try LoadedBackbone(
      target, from: StateDict(), options: MappingOptions(initialization: rules))
    #expect(try floats(loaded.weights["layer4.0.conv1.weight"]).allSatisfy { $0 == 0.25 })
    let missing = loaded.report.missing.first { $0.target == "layer4.0.conv1.weight" }
    #expect(missing?.initializer == "constant 0.25")
  }
}
