import Foundation
import PthBytes
import TestSupport

extension Fixtures {
  /// Every pickle of `folder` that has a truth file, without its extension.
  static func pickles(in folder: String) -> [String] {
    files(in: folder).filter { $0.hasSuffix(".pkl.json") && !$0.contains("/") }
      .map { String($0.dropLast(".pkl.json".count)) }
  }

  static func bytes(_ name: String) throws -> Bytes { Bytes(try data(name)) }
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
