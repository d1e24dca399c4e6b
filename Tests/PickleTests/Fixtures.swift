import PthBytes
import Foundation

/// The committed pickles and what CPython says of them.
enum Fixtures {
  static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Fixtures")

  /// Every pickle of `folder` that has a truth file, without its extension.
  static func pickles(in folder: String) -> [String] {
    let files =
      (try? FileManager.default.contentsOfDirectory(atPath: root.path + "/" + folder)) ?? []
    return files.filter { $0.hasSuffix(".pkl.json") }
      .map { String($0.dropLast(".pkl.json".count)) }.sorted()
  }

  static func data(_ name: String) throws -> Data {
    try Data(contentsOf: root.appending(path: name))
  }

  static func bytes(_ name: String) throws -> Bytes { Bytes(try data(name)) }

  static func json<T: Decodable>(_ name: String, as type: T.Type = T.self) throws -> T {
    try JSONDecoder().decode(T.self, from: try data(name))
  }
}

/// Opcodes put together by hand.
struct PickleWriter {
  var bytes: [UInt8] = []

  mutating func op(_ code: Character) { bytes.append(code.asciiValue ?? 0) }
  mutating func ops(_ text: String) { bytes += Array(text.utf8) }

  mutating func little<T: FixedWidthInteger>(_ value: T) {
    withUnsafeBytes(of: value.littleEndian) { bytes += $0 }
  }

  mutating func text(_ text: String) {
    op("X")
    little(UInt32(text.utf8.count))
    ops(text)
  }

  mutating func global(_ module: String, _ name: String) { ops("c\(module)\n\(name)\n") }
}
