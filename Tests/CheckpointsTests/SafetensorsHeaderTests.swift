import Foundation
import PthCheckpoints
import PthTensors
import Testing

/// The usual form of a safetensors header is read by a way of its own, which must say the same as the
/// way for all forms.
@Suite struct SafetensorsHeaderTests {
  private let folder = FileManager.default.temporaryDirectory.appending(
    path: "pthconv-\(UUID().uuidString)")

  init() throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  /// What is read of a header: names with their shapes, and metadata; nil if it is refused.
  private func read(_ header: String, dataCount: Int = 24) throws -> [String]? {
    defer { try? FileManager.default.removeItem(at: folder.appending(path: "x.safetensors")) }
    let file = folder.appending(path: "x.safetensors")
    let start = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Data($0) }
    try (start + Data(header.utf8) + Data(count: dataCount)).write(to: file)
    guard let checkpoint = try? Checkpoint.open(file.path) else { return nil }
    return checkpoint.stateDict.tensors.map {
      "\($0.key) \($0.value.dtype) \($0.value.shape) \($0.value.fileOffset ?? -1)"
    } + ["\(checkpoint.metadata)"]
  }

  /// The same header with a space that makes it unusual, of the same length.
  private func unusual(_ header: String) -> String {
    "{ " + header.dropFirst().dropLast(header.hasSuffix(" ") ? 1 : 0)
  }

  private static let a = #""a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}"#

  @Test(arguments: [
    "{\(a)} ",
    #"{"__metadata__":{"format":"pt"},\#(a)} "#,
    #"{"ä 😀":{"dtype":"I64","shape":[],"data_offsets":[0,8]},"b":{"dtype":"BF16","shape":[8],"data_offsets":[8,24]}} "#,
    #"{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"b":{"dtype":"U8","shape":[24],"data_offsets":[0,24]}} "#,
  ])
  func bothWaysReadTheSame(_ header: String) throws {
    let usual = try #require(try read(header))
    #expect(try read(unusual(header)) == usual)
  }

  @Test(arguments: [
    // A name twice, numbers that are none, what is cut off or has something behind it.
    "{\(a),\(a)} ",
    #"{"__metadata__":{},"__metadata__":{},\#(a)} "#,
    #"{"a":{"dtype":"F32","shape":[02,3],"data_offsets":[0,24]}} "#,
    #"{"a":{"dtype":"F32","shape":[-2,-3],"data_offsets":[0,24]}} "#,
    #"{"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,99999999999999999999]}} "#,
    #"{"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24],"data_offsets":[0,24]}"#,
    "{\(a)", "{\(a)}}", "{\(a)} x", "{", "{\"", "{\"a\":", "{\"a\":{\"dtype\":\"F32",
  ])
  func bothWaysRefuse(_ header: String) throws {
    #expect(try read(header) == nil)
    #expect(try read(unusual(header)) == nil)
  }
}
