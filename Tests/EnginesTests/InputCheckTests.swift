import PthBackbones
import PthBytes
import Foundation
import PthTensors
import Testing

@testable import PthEngines

/// What a network refuses to run on, and the sentence about it.
@Suite struct InputCheckTests {
  private func graph() throws -> ModelGraph {
    try BackboneRegistry.standard.makeGraph("Res2Net", arguments: ["layers": [1, 1, 1, 1]])
  }

  @Test(arguments: [
    ([3, 224, 224], "takes [batch, 3, height, width]"),
    ([1, 3, 4, 64, 64], "takes [batch, 3, height, width]"),
    ([0, 3, 64, 64], "at least one image"), ([1, 3, 0, 64], "at least one image"),
    ([1, 4, 64, 64], "4 channels; Res2Net takes 3"),
    ([1, 3, 31, 64], "a height and width of at least 32 and 32"),
    ([1, 3, 64, 16], "a height and width of at least 32 and 32"),
  ]) func shapesAreChecked(_ shape: [Int], _ sentence: String) throws {
    let graph = try graph()
    let error = try #require(throws: EngineError.self) { try graph.checkedShapes(input: shape) }
    #expect(error.description.contains(sentence), "\(error)")
    #expect(error.description.contains("\(shape)"))
  }

  @Test func theSmallestInputIsTaken() throws {
    let graph = try graph()
    #expect(graph.minimumInputSize == 32)
    #expect(try graph.checkedShapes(input: [1, 3, 32, 32]).last == [1, 2048, 1, 1])
  }

  @Test func windowsWithoutPaddingAskForMore() throws {
    let graph = try ModelGraph.build("Tiny", inputChannels: 1) { net, x in
      let conv = net.conv2d("conv", in: 1, out: 1, kernel: 7, stride: 2)
      net.output("layer1", net.maxPool2d(conv(x), kernel: 3, stride: 2))
    }
    // 11 pixels leave 3 positions to the convolution, one to the pooling.
    #expect(graph.minimumInputSize == 11)
    #expect(try graph.checkedShapes(input: [1, 1, 11, 11]).last == [1, 1, 1, 1])
  }

  @Test func integersAreNoImage() throws {
    let graph = try graph()
    let bytes = Bytes([UInt8](repeating: 0, count: 3 * 32 * 32))
    let image = try Tensor(
      storage: TensorStorage(key: "image", bytes: bytes), dtype: .uint8, shape: [1, 3, 32, 32])
    let error = try #require(throws: EngineError.self) { try graph.checkedShapes(input: image) }
    #expect(error.description.contains("uint8"))
  }

  @Test func weightsAreChecked() throws {
    let network = try #require(NetworkCase.all.first)
    let graph = try network.graph()
    let whole = try network.weights(of: graph)
    func message(_ change: (inout StateDict) throws -> Void) throws -> String {
      var weights = whole
      try change(&weights)
      return try #require(throws: EngineError.self) {
        try ReferenceEngine(graph: graph, weights: weights)
      }.description
    }
    #expect(try message { $0["bn1.weight"] = nil } == "the weights lack bn1.weight")
    #expect(
      try message { $0["bn1.weight"] = try $0["bn1.weight"]?.storage.flatTensor(.float16) }
        .contains("bn1.weight has the shape [128]"))
    #expect(
      try message { $0["bn1.weight"] = try $0["bn1.weight"]?.cast(to: .int32) }
        .contains("bn1.weight is int32"))
  }

  // MARK: Memory

  @Test func livenessFreesAfterTheLastUse() throws {
    let graph = try ModelGraph.build("Tiny", inputChannels: 2) { net, x in
      let a = net.relu(x)
      let b = net.relu(a)
      net.output("layer1", net.add(a, b))
    }
    #expect(Liveness(graph).dying == [[0], [], [1, 2]])
    let shapes = try graph.shapes(input: [1, 2, 4, 4])
    #expect(Liveness(graph).peakElementCount(shapes: shapes) == 96)
  }

  @Test func tooLargeAnInputIsRefusedBeforehand() throws {
    let graph = try graph()
    let shapes = try graph.checkedShapes(input: [1, 3, 64, 64])
    let needed = try MemoryCheck.check(graph, shapes: shapes, bytesPerElement: 8, available: .max)
    #expect(needed > 64 * 32 * 32 * 8)
    #expect(throws: EngineError.memory(needed: needed, available: needed - 1)) {
      try MemoryCheck.check(graph, shapes: shapes, bytesPerElement: 8, available: needed - 1)
    }
    let huge = try #require(throws: EngineError.self) {
      try MemoryCheck.check(graph, input: [1_000_000_000, 3, 1_000_000_000, 1_000_000_000])
    }
    #expect(huge.description.contains("use a smaller input"))
    #expect(MemoryCheck.availableBytes > 1 << 20)
  }

  /// A machine with 8 GB available, and control groups.
  @Test(arguments: [
    ("0::/user/job", ["/user/job/memory.max": "max", "/user/memory.max": "1048576"], 1_048_576),
    ("0::/gone", ["/memory.max": "2097152"], 2_097_152),
    ("0::/job", ["/job/memory.max": "max"], 8 << 30),
    ("0::/job", ["/job/memory.max": "999999999999999"], 8 << 30),
    (
      "3:cpu:/a\n4:memory:/job", ["/memory/job/memory.limit_in_bytes": "4096"], 4096
    ),
    ("3:cpu:/job", ["/memory/job/memory.limit_in_bytes": "4096"], 8 << 30),
  ]) func limitsOfControlGroupsCount(
    _ groups: String, _ limits: [String: String], _ expected: Int
  ) throws {
    let root = FileManager.default.temporaryDirectory.appending(path: "root-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: root) }
    func write(_ path: String, _ text: String) throws {
      let file = root.appending(path: path)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: file)
    }
    try write("proc/meminfo", "MemTotal: 16777216 kB\nMemAvailable:    8388608 kB\n")
    try write("proc/self/cgroup", groups + "\n")
    for (path, limit) in limits { try write("sys/fs/cgroup" + path, limit + "\n") }
    #expect(MemoryCheck.availableBytes(root: root.path) == min(expected, 8 << 30))
  }
}
