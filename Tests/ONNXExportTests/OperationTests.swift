import PthBackbones
import PthTensors
import Testing

/// Each operation's operator, attributes and inputs, by the definitions of ONNX.
@Suite struct OperationTests {
  private func model(
    inputChannels: Int = 4, _ body: (ModuleBuilder, Value) -> Value
  ) throws -> ReadModel {
    let graph = try ModelGraph.build("Tiny", inputChannels: inputChannels) { net, input in
      net.output("y", body(net, input))
    }
    return try written(graph, weights(of: graph))
  }

  @Test func convolution() throws {
    let model = try model { net, x in
      net.conv2d(
        "c", in: 4, out: 6, kernel: Size2D(3, 5), stride: Size2D(2, 1), padding: Size2D(1, 2),
        dilation: Size2D(1, 3), groups: 2, bias: true)(x)
    }
    #expect(
      model.nodes == [
        .init(
          type: "Conv", name: "c", inputs: ["input", "c.weight", "c.bias"], outputs: ["y"],
          attributes: [
            "kernel_shape=[3, 5]", "strides=[2, 1]", "pads=[1, 2, 1, 2]", "dilations=[1, 3]",
            "group=2",
          ])
      ])
  }

  @Test(arguments: [false, true]) func deformableConvolution(modulated: Bool) throws {
    let model = try model { net, x in
      net.deformConv2d(
        "d", in: 4, out: 2, kernel: 3, stride: 2, padding: 1, deformGroups: 2,
        modulated: modulated)(x)
    }
    let node = try model.node("d")
    #expect(node.type == "DeformConv")
    #expect(
      node.attributes == [
        "kernel_shape=[3, 3]", "strides=[2, 2]", "pads=[1, 1, 1, 1]", "dilations=[1, 1]",
        "group=1", "offset_group=2",
      ])
    #expect(
      node.inputs
        == (modulated
          ? ["input", "d.weight", "d.split", "", "d.sigmoid"]
          : ["input", "d.weight", "d.conv_offset"]))
    #expect(
      model.initializers.map(\.name) == ["d.weight", "d.conv_offset.weight", "d.conv_offset.bias"])
  }

  @Test func norms() throws {
    let model = try model { net, x in
      net.groupNorm("g", groups: 2, channels: 4, eps: 0.25)(
        net.batchNorm2d("b", channels: 4, eps: 0.5)(x))
    }
    #expect(
      model.nodes == [
        .init(
          type: "BatchNormalization", name: "b",
          inputs: ["input", "b.weight", "b.bias", "b.running_mean", "b.running_var"],
          outputs: ["b"], attributes: ["epsilon=0.5"]),
        .init(
          type: "GroupNormalization", name: "g", inputs: ["b", "g.weight", "g.bias"],
          outputs: ["y"], attributes: ["num_groups=2", "epsilon=0.25"]),
      ])
  }

  /// ONNX would take mean and variance of a float64 network in float32.
  @Test func groupNormStaysInFloat64() throws {
    let graph = try ModelGraph.build("Tiny", inputChannels: 4) { net, x in
      net.output("y", net.groupNorm("g", groups: 2, channels: 4)(x))
    }
    let model = try written(graph, weights(of: graph, .float64))
    #expect(try model.node("g").attributes.last == "stash_type=11")
  }

  @Test func poolings() throws {
    let model = try model { net, x in
      let pooled = net.maxPool2d(x, kernel: 3, stride: 2, padding: 1, ceilMode: true, name: "m")
      return net.avgPool2d(
        pooled, kernel: Size2D(2, 3), stride: 2, padding: Size2D(0, 1), ceilMode: false,
        countIncludePad: false, name: "a")
    }
    #expect(
      model.nodes.map(\.attributes) == [
        ["kernel_shape=[3, 3]", "strides=[2, 2]", "pads=[1, 1, 1, 1]", "ceil_mode=1"],
        [
          "kernel_shape=[2, 3]", "strides=[2, 2]", "pads=[0, 1, 0, 1]", "ceil_mode=0",
          "count_include_pad=0",
        ],
      ])
    #expect(model.nodes.map(\.type) == ["MaxPool", "AveragePool"])
  }

  @Test func slicesAndJoinsChannels() throws {
    let model = try model { net, x in
      let (first, last) = (net.slice(x, start: 0, count: 1), net.slice(x, start: 1, count: 3))
      return net.relu(net.add(net.concat([last, first]), x))
    }
    #expect(
      model.nodes.map { "\($0.type) \($0.inputs) \($0.attributes)" } == [
        #"Constant [] ["value_ints=[0]"]"#, #"Constant [] ["value_ints=[1]"]"#,
        #"Constant [] ["value_ints=[4]"]"#,
        #"Slice ["input", "constant.0", "constant.1", "constant.1"] []"#,
        #"Slice ["input", "constant.1", "constant.4", "constant.1"] []"#,
        #"Concat ["split#1", "split"] ["axis=1"]"#, #"Add ["cat", "input"] []"#,
        #"Relu ["add"] []"#,
      ])
  }

  @Test func classifier() throws {
    let model = try model { net, x in
      net.linear("fc", in: 4, out: 7)(net.globalAvgPool(net.sigmoid(x)))
    }
    #expect(
      model.nodes.map { "\($0.type) \($0.inputs) \($0.attributes)" } == [
        #"Sigmoid ["input"] []"#, #"GlobalAveragePool ["sigmoid"] []"#,
        #"Flatten ["avgpool.mean"] ["axis=1"]"#,
        #"Gemm ["avgpool", "fc.weight", "fc.bias"] ["transB=1"]"#,
      ])
    #expect(model.outputs == ["y[batch,7]:1"])
  }

  @Test func layerNorms() throws {
    let model = try model { net, x in
      net.layerNorm("last", shape: [4, 8, 6], eps: 0.5)(
        net.layerNorm("channels", channels: 4, eps: 0.25)(x))
    }
    #expect(
      model.nodes == [
        .init(
          type: "Transpose", name: "channels.channels_last", inputs: ["input"],
          outputs: ["channels.channels_last"], attributes: ["perm=[0, 2, 3, 1]"]),
        .init(
          type: "LayerNormalization", name: "channels",
          inputs: ["channels.channels_last", "channels.weight", "channels.bias"],
          outputs: ["channels.normalised"], attributes: ["axis=-1", "epsilon=0.25"]),
        .init(
          type: "Transpose", name: "channels.channels_first", inputs: ["channels.normalised"],
          outputs: ["channels"], attributes: ["perm=[0, 3, 1, 2]"]),
        .init(
          type: "LayerNormalization", name: "last",
          inputs: ["channels", "last.weight", "last.bias"],
          outputs: ["y"], attributes: ["axis=-3", "epsilon=0.5"]),
      ])
  }

  /// Of features, the channels are the last axis.
  @Test func layerNormOfFeatures() throws {
    let model = try model { net, x in net.layerNorm("n", channels: 4)(net.globalAvgPool(x)) }
    #expect(model.nodes.map(\.type) == ["GlobalAveragePool", "Flatten", "LayerNormalization"])
    #expect(model.outputs == ["y[batch,4]:1"])
  }

  @Test func gelu() throws {
    let model = try model { net, x in net.gelu(net.gelu(x), approximatesWithTanh: true) }
    #expect(model.nodes.map(\.type) == ["Gelu", "Gelu"])
    #expect(model.nodes.map(\.attributes) == [[], ["approximate=tanh"]])
  }

  @Test func squeezeAndExcitation() throws {
    let model = try model { net, x in
      net.multiply(net.sigmoid(net.globalAvgPool(x, keepsSize: true)), x)
    }
    #expect(
      model.nodes.map { "\($0.type) \($0.inputs)" } == [
        #"GlobalAveragePool ["input"]"#, #"Sigmoid ["avgpool"]"#, #"Mul ["sigmoid", "input"]"#,
      ])
    #expect(model.outputs == ["y[batch,4,y_height,y_width]:1"])
  }
}
