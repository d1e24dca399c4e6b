import Foundation
import Synchronization
import OrderedCollections
import PthBackbones
import PthBytes
import PthCheckpoints
import PthONNXExport
import PthTensors
import TestSupport
import Testing

/// Where bytes come from and go to, and what is refused.
@Suite struct FileTests {
  private func graph() throws -> ModelGraph {
    try ModelGraph.build("Tiny", inputChannels: 3) { net, input in
      let conv = net.conv2d("c", in: 3, out: 40, kernel: 5)
      net.output("y", net.batchNorm2d("b", channels: 40)(conv(input)))
    }
  }

  /// Files, views of them that are not contiguous, and memory: all give the same elements.
  @Test func writesTheElementsOfAnyView() throws {
    let graph = try graph()
    try inFolder { folder in
      var state = try weights(of: graph)
      let bin = folder.appending(path: "weight.bin")
      let padding = Data([1, 2, 3, 4])
      try (padding + elementBytes(#require(state["c.weight"])) + padding).write(to: bin)
      state["c.weight"] = try mappedTensor(bin, [40, 3, 5, 5], offset: 1)
      let bias = try tensor(values(80), [80], .float32)
      state["b.bias"] = try Tensor(
        storage: bias.storage, dtype: .float32, shape: [40], strides: [2], storageOffset: 1)
      let model = try written(graph, state)
      for initializer in model.initializers {
        #expect(initializer.rawData == (try elementBytes(#require(state[initializer.name]))))
      }
      #expect(floats(try model.initializer("b.bias"))[1] == Float(values(80)[3]))
    }
  }

  @Test func putsLargeModelsIntoTwoFiles() throws {
    let graph = try graph()
    let state = try weights(of: graph)
    try inFolder { folder in
      let file = folder.appending(path: "big.onnx")
      let told = Lock(0)
      try ONNXWriter(
        graph, weights: state, producerVersion: "1.2.3", externalDataLimit: 10_000
      ).write(to: file.path) { count in told.withLock { $0 += count } }
      let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
      #expect(names == ["big.onnx", "big.onnx.data"])
      let data = try Data(contentsOf: folder.appending(path: "big.onnx.data"))
      let model = try ReadModel(file)
      #expect(model.initializers.count == 5)
      var end = 0
      for initializer in model.initializers {
        let offset = try #require(initializer.external["offset"].flatMap { Int($0) })
        let length = try #require(initializer.external["length"].flatMap { Int($0) })
        #expect(initializer.external["location"] == "big.onnx.data")
        #expect(initializer.rawData == nil)
        #expect(offset % 4096 == 0 && offset >= end)
        #expect(
          data[offset..<(offset + length)] == (try elementBytes(#require(state[initializer.name]))))
        end = offset + length
      }
      #expect(data.count == end)
      let size = try Data(contentsOf: file).count + data.count
      #expect(told.withLock { $0 } == size)
    }
  }

  /// The limit is a file's size, to the byte.
  @Test func keepsOneFileUpToTheLimit() throws {
    let graph = try graph()
    let state = try weights(of: graph)
    try inFolder { folder in
      func size(limit: Int) throws -> Int {
        let file = folder.appending(path: "\(limit).onnx")
        try ONNXWriter(
          graph, weights: state, producerVersion: "1.2.3", externalDataLimit: limit
        ).write(to: file.path)
        return try Data(contentsOf: file).count
      }
      let whole = try size(limit: .max)
      #expect(whole > 12_000)
      #expect(try size(limit: whole) == whole)
      #expect(try size(limit: whole - 1) < 2_000)
    }
  }

  @Test func refusesWeightsThatDoNotFit() throws {
    let graph = try graph()
    let good = try weights(of: graph)
    func failure(_ change: (inout StateDict) throws -> Void) throws -> ONNXExportError? {
      var state = good
      try change(&state)
      return #expect(throws: ONNXExportError.self) {
        try ONNXWriter(graph, weights: state, producerVersion: "")
      }
    }
    #expect(try failure { $0["b.bias"] = nil } == .missing(key: "b.bias"))
    #expect(
      try failure { $0["b.bias"] = try tensor(values(8), [8], .float32) }
        == .shape(key: "b.bias", has: [8], wants: [40]))
    #expect(
      try failure { $0["c.weight"] = try $0["c.weight"]?.cast(to: .int32) }
        == .dtype(key: "c.weight", .int32))
    #expect(
      try failure { $0["b.weight"] = try $0["b.weight"]?.cast(to: .float16) }
        == .mixedDTypes(key: "b.weight", .float16, other: "c.weight", .float32))
    #expect(
      try failure { $0["b.running_var"] = try $0["b.running_var"]?.cast(to: .float64) }
        == .mixedDTypes(key: "b.running_var", .float64, other: "c.weight", .float32))
    #expect(
      try failure {
        $0["b.bias"] = try Tensor(
          storage: .meta(key: "0", byteCount: 160), dtype: .float32, shape: [40])
      } == .noData(key: "b.bias"))
  }

  @Test func refusesAViewFarLargerThanItsStorage() throws {
    let graph = try ModelGraph.build("Wide", inputChannels: 6000) { net, input in
      net.output("y", net.conv2d("c", in: 6000, out: 6000, kernel: 1)(input))
    }
    let one = try tensor([1], [1], .float32)
    let weight = try Tensor(
      storage: one.storage, dtype: .float32, shape: [6000, 6000, 1, 1], strides: [0, 0, 0, 0])
    #expect(throws: ONNXExportError.expanded(key: "c.weight")) {
      try ONNXWriter(
        graph, weights: StateDict(tensors: ["c.weight": weight]), producerVersion: "")
    }
  }

  @Test func leavesNothingBehindWhenAFileCannotBeWritten() throws {
    let graph = try graph()
    var state = try weights(of: graph)
    try inFolder { folder in
      let file = folder.appending(path: "model.onnx")
      let writer = try ONNXWriter(graph, weights: state, producerVersion: "")
      try Data("input".utf8).write(to: file)
      #expect(throws: WriteError.self) { try writer.write(to: file.path, inputs: [file.path]) }
      #expect(throws: WriteError.self) { try writer.write(to: folder.path + "/absent/model.onnx") }
      // The weights end in the middle of writing.
      state["b.running_var"] = try Tensor(
        storage: TensorStorage(key: "7", byteCount: 160) { Bytes(Array<UInt8>()) },
        dtype: .float32, shape: [40])
      for limit in [Int.max, 0] {
        let broken = try ONNXWriter(
          graph, weights: state, producerVersion: "", externalDataLimit: limit)
        #expect(throws: TensorError.self) { try broken.write(to: file.path) }
      }
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["model.onnx"])
      #expect(try Data(contentsOf: file) == Data("input".utf8))
    }
  }

  @Test func replacesAnOlderModel() throws {
    let graph = try graph()
    let writer = try ONNXWriter(graph, weights: weights(of: graph), producerVersion: "")
    try inFolder { folder in
      let file = folder.appending(path: "model.onnx")
      try Data(count: 1 << 20).write(to: file)
      try writer.write(to: file.path)
      #expect(try ReadModel(file).initializers.count == 5)
    }
  }
}
