import Foundation
import TestSupport
import Testing

import PthBytes
@testable import PthCheckpoints

/// `inspect --json` against what PyTorch says of the same files.
@Suite struct InspectJSONTests {
  @Test func fixturesAreThere() {
    #expect(Fixtures.names(in: "checkpoints").count > 80)
  }

  @Test(arguments: Fixtures.names(in: "checkpoints"))
  func tellsWhatPyTorchTells(_ name: String) throws {
    let truth: CheckpointTruth = try Fixtures.truth(name)
    let outcome = try Program.run("inspect", "--json", name)
    guard truth.error == nil else {
      #expect(outcome.exitCode == 2)
      #expect(outcome.text.isEmpty)
      return
    }
    #expect(outcome.exitCode == 0, "\(outcome.errors)")
    #expect(outcome.errors.isEmpty)
    let output: InspectOutput = try outcome.json()
    #expect(output.file == name)
    #expect(output.bytes == (try Fixtures.data(name).count))
    #expect(output.format == truth.format)
    #expect(output.byte_order == truth.byte_order)
    #expect(output.state_dict_key == truth.state_dict_key)
    #expect(output.safety == truth.scan)
    if let accepted = truth.weights_only {
      #expect(output.weights_only?.accepted == accepted)
    }
    #expect(Set(output.shared.map(Set.init)) == Set((truth.shared ?? []).map(Set.init)))
    try compare(output, with: try #require(truth.tensors), file: name)
  }

  private func compare(
    _ output: InspectOutput, with truth: [CheckpointTruth.Entry], file: String
  ) throws {
    // An index is a JSON object, which has no order; the shards have.
    let tensors =
      output.format.hasSuffix("sharded")
      ? try truth.map { entry in
        try #require(output.tensors.first { $0.name == entry.name }, "\(entry.name) is missing")
      } : output.tensors
    #expect(output.tensors.count == truth.count)
    #expect(tensors.map(\.name) == truth.map(\.name))
    #expect(output.parameters == truth.reduce(0) { $0 + $1.shape.reduce(1, *) })
    #expect(output.tensor_bytes == tensors.reduce(0) { $0 + $1.nbytes })
    let data = try Fixtures.data(file)
    for (tensor, entry) in zip(tensors, truth) {
      #expect(tensor.dtype == entry.dtype, "\(entry.name)")
      #expect(tensor.shape == entry.shape, "\(entry.name)")
      #expect(tensor.stride == entry.stride, "\(entry.name)")
      #expect(tensor.storage_offset == entry.storage_offset, "\(entry.name)")
      if let bytes = gathered(tensor, from: data, byteOrder: output.byte_order) {
        let digest = try SHA256.hexDigest(of: Bytes(bytes))
        #expect(digest == entry.sha256, "\(entry.name)")
      }
    }
  }

  /// The elements in C order, little-endian, picked out of the file by the offset and strides that
  /// the JSON gives; nil if it gives no offset.
  private func gathered(
    _ tensor: InspectOutput.Tensor, from data: Data, byteOrder: String
  ) -> [UInt8]? {
    let count = tensor.shape.reduce(1, *)
    guard let start = tensor.byte_offset else { return nil }
    guard count > 0 else { return [] }
    let size = tensor.nbytes / count
    let unit = tensor.dtype.contains("complex") ? size / 2 : size
    var bytes: [UInt8] = []
    for index in 0..<count {
      var (rest, position) = (index, 0)
      for (length, stride) in zip(tensor.shape, tensor.stride).reversed() {
        position += rest % length * stride
        rest /= length
      }
      let first = start + position * size
      guard first + size <= data.count else { return [] }
      let element = Array(data[first..<first + size])
      for part in stride(from: 0, to: size, by: unit) {
        let digits = element[part..<part + unit]
        bytes += byteOrder == "big" ? digits.reversed() : Array(digits)
      }
    }
    return bytes
  }

  /// The offset is there for all that lies in the file as it is: the check above is no empty one.
  @Test(arguments: [
    ("zip-res2net.pth", 152), ("legacy-res2net.pth", 152), ("zip-views.pth", 18),
    ("safetensors-dtypes.safetensors", 18), ("zip-deflated.pth", 0), ("npy-plain.npy", 1),
  ])
  func offsetsAreGiven(_ name: String, _ count: Int) throws {
    let output: InspectOutput = try Program.run("inspect", "--json", "checkpoints/\(name)").json()
    #expect(output.tensors.count { $0.byte_offset != nil } == count)
  }

  /// The keys at the top, in the documented order: scripts may rely on them.
  @Test func keysAreStable() throws {
    let expected = [
      "file", "bytes", "format", "era", "byte_order", "state_dict_key", "candidates", "tensors",
      "shared", "parameters", "tensor_bytes", "metadata", "globals", "safety", "weights_only",
      "architecture",
    ]
    let outcome = try Program.run("inspect", "--json", "checkpoints/train-mmcv.pth")
    let object = try #require(
      try JSONSerialization.jsonObject(with: outcome.standardOutput) as? [String: Any])
    #expect(Set(object.keys) == Set(expected))
    let positions = expected.compactMap { outcome.text.range(of: "\"\($0)\":")?.lowerBound }
    #expect(positions == positions.sorted())
    #expect(outcome.text.hasSuffix("}\n"))
    #expect(outcome.text.count { $0 == "\n" } == 1)
  }

  @Test func metadataIsThere() throws {
    struct Output: Decodable {
      struct Metadata: Decodable {
        struct Meta: Decodable {
          let epoch: Int
          let CLASSES: [String]
        }
        let meta: Meta
        let state_dict: String
      }
      let metadata: Metadata
    }
    let output: Output = try Program.run("inspect", "--json", "checkpoints/train-mmcv.pth").json()
    #expect(output.metadata.meta.epoch == 12)
    #expect(output.metadata.meta.CLASSES == ["cat", "dog"])
    #expect(output.metadata.state_dict == "<state dict>")
  }

  @Test func severalFilesAreAnArray() throws {
    let names = ["checkpoints/zip-tensor.pth", "checkpoints/legacy-tensor.pth"]
    let outcome = try Program.run(["inspect", "--json"] + names)
    #expect(outcome.exitCode == 0)
    #expect(try outcome.json([InspectOutput].self).map(\.file) == names)
  }

  @Test func oneBadFileOfSeveralIsAnObjectWithAnError() throws {
    let outcome = try Program.run(
      "inspect", "--json", "checkpoints/zip-tensor.pth", "hostile/zeros.pth",
      "checkpoints/legacy-tensor.pth")
    #expect(outcome.exitCode == 2)
    let items = try #require(
      try JSONSerialization.jsonObject(with: outcome.standardOutput) as? [[String: Any]])
    #expect(
      items.map { $0["file"] as? String } == [
        "checkpoints/zip-tensor.pth", "hostile/zeros.pth", "checkpoints/legacy-tensor.pth",
      ])
    #expect(items.map { $0["error"] != nil } == [false, true, false])
    #expect(outcome.errors.contains("hostile/zeros.pth"))
  }
}
