import PthBackbones
import PthBytes
import Foundation
import PthONNXExport
import PthTensors
import Testing

/// The models of published backbones, and names in unusual graphs.
@Suite struct StructureTests {
  /// Narrow ones, since every one of them is written.
  private static let backbones: [(String, [String])] = [
    ("res2net50_26w_6s", []), ("res2net50_v1b", []), ("ResNeXt", ["groups=8", "base_width=8"]),
    ("resnet18", []),
    ("Res2Net", ["norm_cfg=dict(type='GN',num_groups=8)", "base_width=64"]),
    ("ResNet", ["dcn=dict(type='DCNv2')", "stage_with_dcn=(False,True,True,True)"]),
  ]

  private func graph(_ name: String, _ arguments: [String]) throws -> ModelGraph {
    try BackboneRegistry.standard.resolve(
      name, arguments: BackboneArguments(parsing: arguments), flavor: .mmdet
    ).makeGraph()
  }

  /// A state dict that takes no time to make: every entry shares one storage of zeros.
  private func zeros(_ graph: ModelGraph) throws -> StateDict {
    let largest = graph.state.map(\.elementCount).max()!
    let storage = TensorStorage(key: "", bytes: Bytes(repeatElement(0, count: largest * 4)))
    var state = StateDict()
    for entry in graph.state where entry.role != .numBatchesTracked {
      state[entry.name] = try Tensor(storage: storage, dtype: .float32, shape: entry.shape)
    }
    return state
  }

  @Test(arguments: backbones) func hasTheGraphsNamesAndEveryTensorBeforeItsUse(
    name: String, arguments: [String]
  ) throws {
    let graph = try graph(name, arguments + ["base_channels=32"])
    let model = try written(graph, zeros(graph))
    #expect(model.nodes.filter { $0.type != "Constant" }.map(\.name) == graph.nodes.map(\.name))
    #expect(
      model.initializers.map(\.name)
        == graph.state.map(\.name).filter { !$0.hasSuffix("num_batches_tracked") })
    for initializer in model.initializers {
      #expect(initializer.dims == graph.entry(named: initializer.name)?.shape)
    }
    var known = Set(model.initializers.map(\.name) + ["input", ""])
    for node in model.nodes {
      #expect(known.isSuperset(of: node.inputs), "\(node.name) comes too early")
      for output in node.outputs { #expect(known.insert(output).inserted) }
    }
    #expect(known.isSuperset(of: ["layer1", "layer2", "layer3", "layer4"]))
  }

  @Test func leavesBatchAndSizeOpen() throws {
    let graph = try BackboneRegistry.standard.resolve(
      "resnet18", arguments: ["num_classes": 10], flavor: nil
    ).makeGraph()
    let model = try written(graph, zeros(graph))
    #expect(model.inputs == ["input[batch,3,height,width]:1"])
    #expect(
      model.outputs == [
        "layer1[batch,64,layer1_height,layer1_width]:1",
        "layer2[batch,128,layer2_height,layer2_width]:1",
        "layer3[batch,256,layer3_height,layer3_width]:1",
        "layer4[batch,512,layer4_height,layer4_width]:1", "fc[batch,10]:1",
      ])
    #expect(model.producer == "pthconv 1.2.3")
    #expect(model.graphName == "ResNet")
  }

  @Test(arguments: [
    (DType.float32, 1, 21), (.float16, 10, 21), (.bfloat16, 16, 22), (.float64, 11, 21),
  ])
  func computesInTheDTypeOfItsWeights(dtype: DType, number: Int, opset: Int) throws {
    let graph = try ModelGraph.build("Tiny", inputChannels: 3) { net, input in
      net.output("y", net.batchNorm2d("bn", channels: 3)(input))
    }
    let weights = try weights(of: graph, dtype)
    let model = try written(graph, weights)
    #expect((model.opset, model.irVersion) == (opset, 10))
    #expect(model.inputs == ["input[batch,3,height,width]:\(number)"])
    #expect(model.outputs == ["y[batch,3,y_height,y_width]:\(number)"])
    for initializer in model.initializers {
      #expect(initializer.dataType == number)
      #expect(initializer.rawData == (try elementBytes(#require(weights[initializer.name]))))
    }
  }

  @Test func keepsNamesApart() throws {
    let graph = try ModelGraph.build("Odd", inputChannels: 2) { net, input in
      let relu = net.conv2d("input", in: 2, out: 2, kernel: 1)(input)
      net.output("same", input)
      net.output("b", net.conv2d("a", in: 2, out: 2, kernel: 1)(relu))
      _ = net.conv2d("b", in: 2, out: 2, kernel: 1)(relu)
      net.output("again", relu)
      net.output("more", relu)
    }
    let model = try written(graph, weights(of: graph))
    let names = model.nodes.flatMap(\.outputs) + model.initializers.map(\.name) + ["input"]
    #expect(Set(names).count == names.count)
    #expect(model.outputs.map { $0.prefix { $0 != "[" } } == ["same", "b", "again", "more"])
    #expect(
      Set(names).isSuperset(of: ["same", "b", "again", "more", "input.weight"]))
    #expect(
      model.nodes.filter { $0.type == "Identity" }.map { $0.inputs + $0.outputs }
        == [["input", "same"], ["again", "more"]])
  }

  @Test func refusesAnOutputWithTheNameOfAParameter() throws {
    let graph = try ModelGraph.build("Odd", inputChannels: 2) { net, input in
      net.output("b.weight", net.conv2d("b", in: 2, out: 2, kernel: 1)(input))
    }
    let weights = try weights(of: graph)
    #expect(throws: ONNXExportError.ambiguous(name: "b.weight")) {
      try ONNXWriter(graph, weights: weights, producerVersion: "")
    }
  }
}
