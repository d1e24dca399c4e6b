import CPthGlibc
import PthBytes
import Foundation
import PthTensors
import TestSupport
import Testing

@testable import PthCheckpoints

/// Files that appear whole or not at all, and safetensors as the reference writes them.
@Suite struct WritingTests {
  private func names(in folder: URL) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path)
  }

  @Test func appearsOnCommitOnly() throws {
    try inFolder { folder in
      let path = folder.appending(path: "a.bin").path
      try Data("old".utf8).write(to: URL(filePath: path))
      let file = try AtomicFile(path)
      try Array("new content".utf8).withUnsafeBytes { try file.write($0, at: 0) }
      #expect(try Data(contentsOf: URL(filePath: path)) == Data("old".utf8))
      try file.commit()
      #expect(try Data(contentsOf: URL(filePath: path)) == Data("new content".utf8))
      #expect(try names(in: folder) == ["a.bin"])
    }
  }

  @Test func leavesNothingWhenAbandoned() throws {
    try inFolder { folder in
      func abandon() throws {
        let file = try AtomicFile(folder.appending(path: "a.bin").path)
        try Array("half".utf8).withUnsafeBytes { try file.write($0, at: 0) }
        #expect(try names(in: folder).filter { !$0.hasPrefix(".pthconv-") }.isEmpty)
      }
      try abandon()
      #expect(try names(in: folder).isEmpty)
    }
  }

  /// What a killed process left goes, where the file system keeps the mark by which it is known; what
  /// only looks alike stays.
  @Test func removesWhatKilledProcessesLeft() throws {
    try inFolder { folder in
      let names = [".pthconv-aB3xY9", ".pthconv-notes", ".pthconv-abcdefg", "x.pthconv-abcdef"]
      for name in names { try Data().write(to: folder.appending(path: name)) }
      let stale = folder.appending(path: ".pthconv-zzzzzz")
      try Data().write(to: stale)
      let handle = try FileHandle(forReadingFrom: stale)
      pthconv_set_mark(handle.fileDescriptor, "user.pthconv")
      let isMarked = pthconv_has_mark(handle.fileDescriptor, "user.pthconv") != 0
      try handle.close()
      let living = try AtomicFile(folder.appending(path: "a.bin").path)
      let other = try AtomicFile(folder.appending(path: "b.bin").path)
      try other.commit()
      try living.commit()
      let left = Set(names + ["a.bin", "b.bin"] + (isMarked ? [] : [".pthconv-zzzzzz"]))
      #expect(try Set(self.names(in: folder)) == left)
    }
  }

  @Test func replacesThroughALinkAndKeepsPermissions() throws {
    try inFolder { folder in
      let target = folder.appending(path: "target.bin")
      try Data("old".utf8).write(to: target)
      chmod(target.path, 0o640)
      let link = folder.appending(path: "link.bin")
      try FileManager.default.createSymbolicLink(
        atPath: link.path, withDestinationPath: "target.bin")
      let file = try AtomicFile(link.path)
      try Array("new".utf8).withUnsafeBytes { try file.write($0, at: 0) }
      try file.commit()
      #expect(try Data(contentsOf: target) == Data("new".utf8))
      var status = stat()
      #expect(lstat(link.path, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK)
      #expect(stat(target.path, &status) == 0 && status.st_mode & 0o777 == 0o640)
    }
  }

  @Test func refusesWhatIsNoPlaceForAFile() throws {
    try inFolder { folder in
      #expect(throws: WriteError.self) { try AtomicFile(folder.path) }
      #expect(throws: WriteError.self) { try AtomicFile(folder.path + "/") }
      #expect(throws: WriteError.self) { try AtomicFile(folder.path + "/absent/a.bin") }
      let input = folder.appending(path: "in.bin").path
      try Data("input".utf8).write(to: URL(filePath: input))
      let other = folder.appending(path: "link.bin").path
      try FileManager.default.linkItem(atPath: input, toPath: other)
      #expect(throws: WriteError.self) { try AtomicFile(other, inputs: [input]) }
      #expect(throws: WriteError.self) { try AtomicFile(other, replaces: false) }
    }
  }

  /// The superuser may write anywhere but on a file system that cannot be written.
  @Test func refusesADirectoryThatCannotBeWritten() {
    #expect(throws: WriteError.self) { try AtomicFile("/proc/pthconv.safetensors") }
  }

  @Test func laysTensorsOutBySizeThenName() throws {
    func tensor(_ values: [UInt8], _ dtype: DType, _ shape: [Int]) throws -> Tensor {
      let bytes = Bytes(values)
      let storage = TensorStorage(key: "", byteCount: values.count) { bytes }
      return try Tensor(storage: storage, dtype: dtype, shape: shape)
    }
    try inFolder { folder in
      let path = folder.appending(path: "a.safetensors").path
      let tensors = [
        ("b\"\n", try tensor([1, 2, 3], .uint8, [3])),
        ("z", try tensor(Array(repeating: 4, count: 8), .float32, [2])),
        ("a", try tensor(Array(repeating: 5, count: 4), .float32, [])),
        ("n", try tensor(Array(repeating: 6, count: 8), .int64, [1])),
        ("e", try tensor([], .float32, [0, 2])),
      ]
      let contents = OutputContents(
        entries: tensors.map { OutputContents.Entry(name: $0.0, tensor: $0.1) })
      try OutputWriter(contents, as: .safetensors, to: path).write()
      let data = try Data(contentsOf: URL(filePath: path))
      let length = Int(data[0]) + Int(data[1]) << 8
      #expect(length % 8 == 0)
      let header = String(decoding: data[8..<(8 + length)], as: UTF8.self)
      #expect(
        header.replacing(#/ +$/#, with: "")
          == #"{"__metadata__":{"format":"pt"},"n":{"dtype":"I64","shape":[1],"data_offsets":[0,8]},"#
          + #""a":{"dtype":"F32","shape":[],"data_offsets":[8,12]},"#
          + #""e":{"dtype":"F32","shape":[0,2],"data_offsets":[12,12]},"#
          + #""z":{"dtype":"F32","shape":[2],"data_offsets":[12,20]},"#
          + #""b\"\n":{"dtype":"U8","shape":[3],"data_offsets":[20,23]}}"#)
      #expect(
        Array(data[(8 + length)...])
          == Array(repeating: 6, count: 8) + Array(repeating: 5, count: 4)
          + Array(repeating: 4, count: 8) + [1, 2, 3])
      let state = try Checkpoint.open(path).stateDict
      #expect(Set(state.keys) == Set(tensors.map(\.0)))
    }
  }

  @Test func refusesTensorsWithoutData() throws {
    let meta = try Tensor(storage: .meta(key: "0", byteCount: 4), dtype: .float32, shape: [1])
    let contents = OutputContents(entries: [.init(name: "weight", tensor: meta)])
    for format in OutputFormat.all {
      #expect(throws: WriteError.self) { try format.check(contents, path: "out") }
    }
  }
}
