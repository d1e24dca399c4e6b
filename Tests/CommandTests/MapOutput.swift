import Foundation
import TestSupport

/// `map --json`, as `docs/json-map.md` describes it: decoding is the test of names and types.
struct MapOutput: Decodable {
  struct Flavors: Decodable {
    let source: String?
    let target: String
  }
  struct Loaded: Decodable {
    let source: String
    let other_parts: [String]
    let target: String
    let how: String
    let rule: String?
  }
  struct Filled: Decodable {
    let target: String
    let why: String
  }
  struct Missing: Decodable {
    let target: String
    let shape: [Int]
    let `init`: String
  }
  struct Unexpected: Decodable {
    let source: String
    let other_parts: [String]
    let shape: [Int]
    let why: String
    let in_network: Bool
    let part: String?
  }
  struct Mismatched: Decodable {
    let source: String
    let other_parts: [String]
    let target: String
    let source_shape: [Int]
    let target_shape: [Int]
    let hint: String
  }
  struct Coverage: Decodable {
    let keys: Double
    let elements: Double
    let stages: [String: Double]
  }
  struct Warning: Decodable {
    let code: String
    let message: String
  }
  let backbone: String
  let verdict: String
  let flavor: Flavors
  let loaded: [Loaded]
  let filled: [Filled]
  let missing: [Missing]
  let unexpected: [Unexpected]
  let mismatched: [Mismatched]
  let coverage: Coverage
  let assumptions: [String]
  let warnings: [Warning]

  var codes: [String] { warnings.map(\.code) }
}

/// What a truth file of `Fixtures/demo` records.
struct DemoTruth: Decodable {
  struct Summary: Decodable {
    let sum: Double
    let squares: Double
    let first: [Double]
  }
  struct Completed: Decodable {
    let sha256: String
    let bytes: Int
    let initialised: [String: Summary]
  }
  struct Tensor: Decodable {
    let name: String
    let shape: [Int]

    init(from decoder: any Decoder) throws {
      var pair = try decoder.unkeyedContainer()
      name = try pair.decode(String.self)
      shape = try pair.decode([Int].self)
    }
  }
  let tensors: [Tensor]
  let missing: [String]
  let mismatched: [String]
  let unexpected: [String]
  let completed: Completed

  init(_ name: String) throws {
    self = try Fixtures.json("demo/\(name).json", as: DemoTruth.self)
  }
}
