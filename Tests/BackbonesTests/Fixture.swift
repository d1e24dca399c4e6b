import Foundation
import TestSupport
import Testing

@testable import PthBackbones

/// A real implementation's model, as `Fixtures/generate/backbones.py` wrote it down.
struct Fixture: Decodable, Sendable, CustomTestStringConvertible {
  let name: String
  let backbone: String
  let flavor: String
  let parameters: Int
  let zeroed: String?
  let frozen: [String]
  let modules: [Block]
  let trace: Trace?

  struct Trace: Decodable, Sendable {
    let input: [Int]
    let nodes: [String]
    let outputs: [Int]
  }

  /// `["layer1.0", ["conv1 c 64,64,1,1", …]]`.
  struct Block: Decodable, Sendable {
    let path: String
    let modules: [String]

    init(from decoder: any Decoder) throws {
      var container = try decoder.unkeyedContainer()
      path = try container.decode(String.self)
      modules = try container.decode([String].self)
    }
  }

  var testDescription: String { name }

  static let all: [Fixture] = {
    do {
      let files = Fixtures.files(in: "backbones").filter {
        $0.hasSuffix(".json") && !$0.contains("/")
      }
      return try files.map { try Fixtures.json("backbones/\($0)", as: Fixture.self) }
        .sorted { $0.name < $1.name }
    } catch {
      Issue.record("cannot read the fixtures of backbones: \(error)")
      return []
    }
  }()

  static func named(_ name: String) throws -> Fixture {
    try #require(all.first { $0.name == name })
  }

  /// Path, letter of the kind and shape of each module with parameters.
  var owners: [(path: String, kind: String, shape: [Int])] {
    modules.flatMap { block in
      block.modules.map { line in
        let words = line.split(separator: " ").map(String.init)
        return (
          joined(block.path, words[0]), words[1],
          words[2].split(separator: ",").compactMap { Int($0) }
        )
      }
    }
  }

  /// The state dict's keys and shapes, in order.
  var keyShapes: [KeyShape] {
    owners.flatMap { path, kind, shape -> [KeyShape] in
      let parts: [(String, [Int])] =
        switch kind {
        case "c": [("weight", shape)]
        case "C", "l": [("weight", shape), ("bias", [shape[0]])]
        case "b":
          ["weight", "bias", "running_mean", "running_var"].map { ($0, shape) }
            + [("num_batches_tracked", [])]
        default: [("weight", shape), ("bias", shape)]
        }
      return parts.map { KeyShape("\(path).\($0.0)", $0.1) }
    }
  }

  func graph() throws -> ModelGraph {
    try BackboneRegistry.standard
      .resolve(configuration: backbone, flavor: Flavor(rawValue: flavor)).makeGraph()
  }
}

@Suite struct FixtureTests {
  @Test func manyModelsAreCovered() {
    #expect(Fixture.all.count > 60)
    #expect(Fixture.all.filter { $0.trace != nil }.count > 25)
  }
}
