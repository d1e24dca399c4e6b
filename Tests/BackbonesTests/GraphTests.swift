import Testing

@testable import PthBackbones

@Suite struct GraphTests {
  let registry = BackboneRegistry.standard

  /// The same keys, other arithmetic: the first block of layer1 pools its last split or does not.
  @Test func flavorsThatComputeDifferently() throws {
    let official = try registry.makeGraph(
      "res2net50_v1b_26w_4s", arguments: ["stem_channels": 64], flavor: .official)
    let mmdet = try registry.makeGraph("Res2Net", flavor: .mmdet)
    let difference = try #require(official.firstDifference(from: mmdet))
    #expect(difference.left?.name == "layer1.0.pool")
    #expect(difference.left?.operation.label == "AvgPool2d")
    #expect(difference.right?.operation is ConcatChannels)
    #expect(mmdet.firstDifference(from: official)?.right?.name == "layer1.0.pool")

    let cured = try registry.makeGraph(
      "Res2Net", arguments: ["stage_pooling": "always"], flavor: .mmdet)
    #expect(official.firstDifference(from: cured) == nil)
    #expect(cured.keyShapes == mmdet.keyShapes)
    let timm = try registry.makeGraph("res2net50d")
    #expect(official.firstDifference(from: timm) == nil)
    #expect(official.keyShapes == timm.keyShapes)
  }

  @Test func nodesCarryWhatEnginesNeed() throws {
    for name in ["res2net101_26w_4s", "resnet18", "resnet50_gn", "res2next50"] {
      let graph = try registry.makeGraph(name, arguments: ["num_classes": 10])
      let shapes = try graph.shapes(input: [2, 3, 64, 96])
      #expect(shapes.count == graph.nodes.count + 1)
      #expect(Set(graph.nodes.map(\.name)).count == graph.nodes.count)
      for (index, node) in graph.nodes.enumerated() {
        #expect(node.output == Value(id: index + 1))
        #expect(node.inputs.allSatisfy { $0.id <= index })
        #expect(shapes[index + 1][1] == node.channels)
        switch node.operation {
        case let conv as Conv2d:
          #expect(graph.entry(.convWeight, of: node)?.shape == conv.weightShape)
          #expect(graph.entry(.convBias, of: node) == nil)
        case is BatchNorm2d:
          #expect(graph.state[node.state].map(\.role).last == .numBatchesTracked)
        case let linear as Linear:
          #expect(graph.entry(.linearBias, of: node)?.shape == [linear.outFeatures])
        case is GroupNorm: #expect(node.state.count == 2)
        default: #expect(node.state.isEmpty)
        }
      }
      // Every parameter is read exactly once.
      #expect(graph.nodes.flatMap { Array($0.state) }.sorted() == Array(graph.state.indices))
    }
  }

  @Test func deformableConvolutions() throws {
    let graph = try registry.makeGraph(
      "Res2Net",
      arguments: ["dcn": "DCNv2", "stage_with_dcn": [false, false, false, true]], flavor: .mmdet)
    let deform = graph.nodes.filter { $0.operation is DeformConv2d }
    #expect(deform.count == 9)
    let node = try #require(deform.first)
    #expect(node.name == "layer4.0.convs.0")
    #expect(node.inputs.count == 3)
    let shapes = try graph.shapes(input: [1, 3, 64, 64])
    #expect(node.inputs.map { shapes[$0.id][1] } == [208, 18, 9])
    #expect(graph.producer(of: node.inputs[2])?.operation is Sigmoid)
    #expect(graph.state[node.state].map(\.name) == ["layer4.0.convs.0.weight"])
    let offset = graph.modules.filter {
      $0.path.hasSuffix(".conv_offset") && $0.operation is Conv2d
    }
    #expect(offset.count == 9)
  }

  @Test(arguments: [
    ([1, 3, 0, 64], "it must be [batch, channels, height, width], all positive"),
    ([3, 64, 64], "it must be [batch, channels, height, width], all positive"),
    ([1, 4, 64, 64], "Res2Net takes 3 channels"),
  ])
  func unfitInputs(_ input: [Int], _ reason: String) throws {
    let graph = try registry.makeGraph("Res2Net")
    #expect(throws: BackboneError.invalidInput(shape: input, reason: reason)) {
      try graph.shapes(input: input)
    }
  }

  @Test func smallInputs() throws {
    let graph = try registry.makeGraph("Res2Net")
    #expect(try graph.shapes(input: [1, 3, 1, 1]).last == [1, 2048, 1, 1])
    let plain = try ModelGraph.build("Plain", inputChannels: 3) { net, input in
      net.output("layer1", net.conv2d("conv1", in: 3, out: 8, kernel: 7)(input))
    }
    #expect(try plain.shapes(input: [1, 3, 7, 9]).last == [1, 8, 1, 3])
    #expect(throws: BackboneError.self) { try plain.shapes(input: [1, 3, 6, 9]) }
  }

  @Test func frozenStages() throws {
    let graph = try registry.makeGraph("ResNet", arguments: ["depth": 18, "frozen_stages": 1])
    for entry in graph.state {
      #expect(entry.isFrozen == (entry.stage == .stem || entry.stage == .layer(1)))
    }
  }

  @Test func outIndices() throws {
    let graph = try registry.makeGraph("Res2Net", arguments: ["out_indices": [1, 3]])
    #expect(graph.outputs.map(\.name) == ["layer2", "layer4"])
  }

  @Test(arguments: [
    ("channels", "Conv2d needs [8] channels and gets [3]"),
    ("name", "a module's name must be unique, not empty and without dots"),
    ("groups", "8 and 8 channels cannot be split into 3 groups"),
    ("huge", "kernel, stride and dilation must be from 1 to 4096, padding from 0"),
    ("add", "cannot add [3, 8] channels"),
    ("slice", "cannot take 4 channels from 0 on of [3]"),
    ("nothing", "nothing is returned; call output(_:_:)"),
    ("pool", "the padding must be at most half of the kernel"),
  ])
  func mistakesInDefinitions(_ mistake: String, _ reason: String) {
    let error = #expect(throws: BackboneError.self) {
      try ModelGraph.build("Broken", inputChannels: 3) { net, input in
        let conv1 = net.conv2d("conv1", in: 3, out: 8, kernel: 1)
        var x = conv1(input)
        switch mistake {
        case "channels": x = net.conv2d("conv2", in: 8, out: 8, kernel: 1)(input)
        case "name": x = net.conv2d("conv1", in: 8, out: 8, kernel: 1)(x)
        case "groups": x = net.conv2d("conv2", in: 8, out: 8, kernel: 1, groups: 3)(x)
        case "huge": x = net.conv2d("conv2", in: 8, out: .max, kernel: Size2D(.max))(x)
        case "add": x = net.add(input, x)
        case "slice": x = net.slice(input, start: 0, count: 4)
        case "pool": x = net.maxPool2d(x, kernel: 3, stride: 2, padding: 2)
        default: return
        }
        net.output("layer1", x)
      }
    }
    guard case .invalidGraph(_, let given) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(given == reason)
  }
}
