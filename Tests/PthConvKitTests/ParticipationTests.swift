import PthBackbones
import PthBytes
import PthReports
import PthTensors
import Testing

/// Which weights an input exercises.
@Suite struct ParticipationTests {
  private func image(_ channels: [[Float]]) throws -> Tensor {
    let values = channels.flatMap { $0 }
    let bytes = values.withUnsafeBytes { Bytes(Array($0)) }
    return try Tensor(
      storage: TensorStorage(key: "x", bytes: bytes), dtype: .float32,
      shape: [1, channels.count, 1, channels[0].count])
  }

  @Test func channelsOfZerosHaveNoPart() throws {
    let graph = try BackboneRegistry.standard.makeGraph("resnet18")
    let conv = try #require(graph.nodes.first)
    #expect(conv.name == "conv1")
    var whole = try Participation(input: image([[1, 2], [3, 4], [5, 0]]))
    try whole.add(conv, image(Array(repeating: [1, 0], count: 64)))
    #expect(whole.quiet == nil && whole.unvarying == [])
    var partial = try Participation(input: image([[1, 2], [0, 0], [5, 0]]))
    try partial.add(conv, image(Array(repeating: [1, 1], count: 64)))
    let quiet = try #require(partial.quiet)
    #expect(quiet.layer == "conv1" && quiet.layerShare == 1.0 / 3 && quiet.share == 1.0 / 3)
    #expect(partial.unvarying == ["conv1"])
  }

  /// Other kinds of convolutions have weights as well.
  @Test(
    arguments: [
      ("tf_efficientnet_lite0", [:], "conv_stem"),
      (
        "ResNet", ["depth": 50, "dcn": "DCNv2", "stage_with_dcn": [false, false, false, true]],
        "layer4.0.conv2"
      ),
    ] as [(String, BackboneArguments, String)])
  func kindsOfConvolutions(
    _ backbone: String, _ arguments: BackboneArguments, _ name: String
  ) throws {
    let graph = try BackboneRegistry.standard.makeGraph(backbone, arguments: arguments)
    let node = try #require(graph.nodes.first { $0.name == name })
    let input = try image([[0, 0]])
    var participation = try Participation(input: input)
    if let producer = graph.producer(of: node.inputs[0]) { try participation.add(producer, input) }
    try participation.add(node, image([[1, 2]]))
    #expect(participation.quiet?.layerShare == 1)
  }
}
