import Foundation
import OrderedCollections
import PthBackbones
import PthBytes
import PthKeyMapping
import PthTensors
import TestSupport
import Testing

/// Keys and shapes of a real implementation's state dict, from `Fixtures/backbones`.
func backboneKeys(_ name: String) throws -> [KeyShape] {
  struct File: Decodable {
    let modules: [Block]
  }
  struct Block: Decodable {
    let path: String
    let modules: [String]

    init(from decoder: any Decoder) throws {
      var container = try decoder.unkeyedContainer()
      path = try container.decode(String.self)
      modules = try container.decode([String].self)
    }
  }
  return try Fixtures.json("backbones/\(name).json", as: File.self).modules.flatMap { block in
    block.modules.flatMap { line in
      let words = line.split(separator: " ").map(String.init)
      let path = block.path.isEmpty ? words[0] : "\(block.path).\(words[0])"
      let shape = words[2].split(separator: ",").compactMap { Int($0) }
      let attributes: [(String, [Int])] =
        switch words[1] {
        case "c": [("weight", shape)]
        case "C", "l": [("weight", shape), ("bias", [shape[0]])]
        case "b":
          ["weight", "bias", "running_mean", "running_var"].map { ($0, shape) }
            + [("num_batches_tracked", [])]
        default: [("weight", shape), ("bias", shape)]
        }
      return attributes.map { KeyShape("\(path).\($0.0)", $0.1) }
    }
  }
}

/// The counters that PyTorch misses in a ResNet-18's file without them, by the version in the file's
/// metadata.
func missingCounters() throws -> [String: [String]] {
  struct File: Decodable {
    let missing: [String: [String]]
  }
  return try Fixtures.json("keymapping/counters.json", as: File.self).missing
}

extension StateDict {
  /// Tensors of these shapes over one storage of zeros: for tests that look at keys alone.
  init(keys: [KeyShape], dtype: DType = .float32) throws {
    self.init()
    let largest = keys.map { $0.shape.reduce(1, *) }.max() ?? 0
    let buffer = OwnedBuffer(count: Swift.max(largest, 1) * 8)
    buffer.memory.initializeMemory(as: UInt8.self, repeating: 0)
    let storage = TensorStorage(key: "zeros", bytes: Bytes(buffer))
    for key in keys {
      let isCounter = key.shape.isEmpty
      tensors[key.key] = try Tensor(
        storage: storage, dtype: isCounter ? .int64 : dtype, shape: key.shape)
    }
  }
}

extension [KeyShape] {
  func prefixed(_ prefix: String) -> [KeyShape] { map { KeyShape(prefix + $0.key, $0.shape) } }

  func without(_ part: String) -> [KeyShape] { filter { !$0.key.contains(part) } }
}

func graph(
  _ name: String, _ arguments: BackboneArguments = [:], _ flavor: Flavor? = nil
) throws -> ModelGraph {
  try BackboneRegistry.standard.makeGraph(name, arguments: arguments, flavor: flavor)
}

extension KeyMapping {
  /// A mapping of keys alone, with its counts checked.
  init(
    of keys: [KeyShape], to target: ModelGraph, options: MappingOptions = MappingOptions()
  ) throws {
    try self.init(of: StateDict(keys: keys), to: target, options: options)
    expectCountsAddUp(report, keys: keys, target: target)
  }
}

/// Every key of both sides is in exactly one class.
func expectCountsAddUp(_ report: LoadReport, keys: [KeyShape], target: ModelGraph) {
  var sources = report.unexpected.flatMap { [$0.source] + $0.otherParts }
  sources += report.loaded.flatMap { [$0.source] + $0.otherParts }
  sources += report.mismatched.flatMap { [$0.source] + $0.otherParts }
  #expect(sources.count == keys.count)
  #expect(Set(sources) == Set(keys.map(\.key)))
  var targets = report.loaded.map(\.target) + report.filled.map(\.target)
  targets += report.mismatched.map(\.target) + report.missing.map(\.target)
  #expect(targets.count == target.state.count)
  #expect(Set(targets) == Set(target.state.map { report.targetPrefix + $0.name }))
  let total = report.coverage.total
  #expect(total.keys == target.state.count - report.filled.count)
  #expect(total.loadedKeys == report.loaded.count)
  #expect(
    total.elements
      == target.state.reduce(0) { $0 + $1.elementCount } - report.filled.count)
  let stages = report.coverage.stages.map(\.share)
  #expect(stages.reduce(0) { $0 + $1.keys } == total.keys)
  #expect(stages.reduce(0) { $0 + $1.loadedElements } == total.loadedElements)
}

extension LoadReport {
  var codes: [LoadWarning.Code] { warnings.map(\.code) }

  /// How many keys were loaded in each way.
  var ways: [How: Int] { Dictionary(grouping: loaded, by: \.how).mapValues(\.count) }
}
