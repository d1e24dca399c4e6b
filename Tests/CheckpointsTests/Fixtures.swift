import Foundation
import Testing

@testable import PthCheckpoints

/// The committed files and what real PyTorch says of them.
enum Fixtures {
  static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Fixtures")

  /// Every file under `folder` that has a truth file beside it, as paths relative to `Fixtures`.
  static func names(in folder: String) -> [String] {
    let base = root.appending(path: folder)
    let files =
      FileManager.default.enumerator(atPath: base.path)?.compactMap { $0 as? String } ?? []
    let known = Set(files)
    return files.filter { known.contains($0 + ".json") }.map { "\(folder)/\($0)" }.sorted()
  }

  static func path(_ name: String) -> String { root.appending(path: name).path }

  static func truth<T: Decodable>(_ name: String, as type: T.Type = T.self) throws -> T {
    let data = try Data(contentsOf: root.appending(path: name + ".json"))
    return try JSONDecoder().decode(T.self, from: data)
  }
}

/// What a truth file of `Fixtures/checkpoints` records.
struct CheckpointTruth: Decodable {
  struct Entry: Decodable {
    let name: String
    let dtype: String
    let shape: [Int]
    let stride: [Int]
    let storage_offset: Int
    let sha256: String?
  }
  let format: String?
  let byte_order: String?
  let state_dict_key: String?
  let tensors: [Entry]?
  let shared: [[String]]?
  let weights_only: Bool?
  let weights_only_error: String?
  let scan: String?
  let error: String?
}
