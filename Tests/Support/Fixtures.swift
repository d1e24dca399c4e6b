import Foundation

/// The committed files and what the real implementations say of them.
public enum Fixtures {
  public static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Fixtures")

  public static func url(_ name: String) -> URL { root.appending(path: name) }

  public static func path(_ name: String) -> String { url(name).path }

  public static func data(_ name: String) throws -> Data { try Data(contentsOf: url(name)) }

  public static func json<T: Decodable>(_ name: String, as type: T.Type = T.self) throws -> T {
    try JSONDecoder().decode(T.self, from: data(name))
  }

  /// What the truth file beside a file says.
  public static func truth<T: Decodable>(_ name: String, as type: T.Type = T.self) throws -> T {
    try json(name + ".json")
  }

  /// Every file under `folder` that has a truth file beside it, as paths relative to `Fixtures`.
  public static func names(in folder: String) -> [String] {
    let files = Set(files(in: folder))
    return files.filter { files.contains($0 + ".json") }.map { "\(folder)/\($0)" }.sorted()
  }

  /// Every file under `folder`, as paths relative to it.
  public static func files(in folder: String) -> [String] {
    let all = FileManager.default.enumerator(atPath: path(folder))
    return (all?.compactMap { $0 as? String } ?? []).sorted()
  }
}

/// What a truth file of `Fixtures/checkpoints` records.
public struct CheckpointTruth: Decodable, Sendable {
  public struct Entry: Decodable, Sendable {
    public let name: String
    public let dtype: String
    public let shape: [Int]
    public let stride: [Int]
    public let storage_offset: Int
    public let sha256: String?
  }
  public let format: String?
  public let byte_order: String?
  public let state_dict_key: String?
  public let tensors: [Entry]?
  public let shared: [[String]]?
  public let weights_only: Bool?
  public let weights_only_error: String?
  public let scan: String?
  public let error: String?
}
