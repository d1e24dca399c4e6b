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
    var whole = try Participation(
      graph, input: image([[1, 2], [3, 4], [5, 0]]), outputs: ["layer4"])
    try whole.add(conv, image(Array(repeating: [1, 0], count: 64)))
    #expect(whole.quiet == nil && whole.unvarying == [])
    var partial = try Participation(
      graph, input: image([[1, 2], [0, 0], [5, 0]]), outputs: ["layer4"])
    try partial.add(conv, image(Array(repeating: [1, 1], count: 64)))
    let quiet = try #require(partial.quiet)
    #expect(quiet.layer == "conv1" && abs(quiet.layerShare - 1.0 / 3) < 1e-12)
    #expect(abs(quiet.share - 1.0 / 3) < 1e-12 && partial.unvarying == ["conv1"])
  }

  /// What a ReLU6 clips throughout, at 0 or at 6, shows nothing of the filters before it; nor does what a norm
  /// with the weight 0 takes away.
  @Test(arguments: [true, false])
  func clippedChannelsHaveNoPart(byTheNorm: Bool) throws {
    let graph = try BackboneRegistry.standard.makeGraph("mobilenetv2_100")
    let nodes = Array(graph.nodes.prefix(3))
    #expect(nodes.map(\.operation.label) == ["Conv2d", "BatchNorm2d", "ReLU6"])
    let varying = try image(Array(repeating: [1, 2], count: 32))
    let clipped = try image(
      Array(repeating: [1, 2], count: 16) + Array(repeating: [6, 6], count: 8)
        + Array(repeating: [0, 0], count: 8))
    var participation = try Participation(
      graph, input: image(Array(repeating: [1, 2], count: 3)), outputs: ["layer7"])
    try participation.add(nodes[0], varying)
    try participation.add(nodes[1], byTheNorm ? clipped : varying)
    try participation.add(nodes[2], clipped)
    let quiet = try #require(participation.quiet)
    #expect(quiet.layer == nodes[0].name && quiet.layerShare == 0.5 && quiet.share == 0.5)
  }

  /// A value that is used twice counts as read if one of its users reads it.
  @Test func whatIsReadElsewhereHasAPart() throws {
    let graph = try ModelGraph.build("Net", inputChannels: 1) { net, input in
      let x = net.conv2d("conv", in: 1, out: 2, kernel: 1)(input)
      let y = net.relu(x)
      net.output("clipped", y)
      net.output("sum", net.add(x, y))
    }
    func quiet(_ outputs: Set<String>) throws -> Participation.Quiet? {
      var participation = try Participation(graph, input: image([[1, 2]]), outputs: outputs)
      try participation.add(graph.nodes[0], image([[-1, -2], [1, 2]]))
      try participation.add(graph.nodes[1], image([[0, 0], [1, 2]]))
      return participation.quiet
    }
    #expect(try quiet(["clipped"])?.layerShare == 0.5)
    #expect(try quiet(["clipped", "sum"]) == nil)
  }

  @Test func channelsAreFollowedBack() {
    let unread = [true, false, true, true]
    func inputs(_ flow: ChannelFlow, _ channels: [Int]) -> [[Bool]] {
      flow.unreadInputs(unread, channels: channels)
    }
    #expect(inputs(.mixed, [3]) == [[false, false, false]])
    #expect(inputs(.channelwise, [4, 4]) == [unread, unread])
    #expect(inputs(.channelwise, [4, 1]) == [unread, [false]])
    #expect(inputs(.grouped(2), [2]) == [[false, true]])
    #expect(inputs(.grouped(4), [4]) == [unread])
    #expect(inputs(.grouped(3), [3]) == [[false, false, false]])
    #expect(inputs(.concatenated, [1, 3]) == [[true], [false, true, true]])
    #expect(inputs(.slice(start: 1), [6]) == [[true, true, false, true, true, true]])
    #expect(
      ChannelFlow.mixed.unreadInputs([true, true], channels: [2, 1]) == [[true, true], [true]])
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
    let zeros = try image(Array(repeating: [0, 0], count: node.operation.slidKernel!.inChannels))
    var participation = try Participation(
      graph, input: zeros, outputs: Set(graph.outputs.map(\.name)))
    if let producer = graph.producer(of: node.inputs[0]) { try participation.add(producer, zeros) }
    try participation.add(node, image(Array(repeating: [1, 2], count: node.channels)))
    #expect(participation.quiet?.layer == name && participation.quiet?.layerShare == 1)
  }
}
