import PthBackbones
import Foundation
import PthTensors
import TestSupport
import Testing

/// Batch norms that become part of a convolution.
@Suite struct FoldTests {
  private static let eps = 0.125

  private func graph(bias: Bool) throws -> ModelGraph {
    try ModelGraph.build("Tiny", inputChannels: 4) { net, input in
      let conv = net.conv2d("c", in: 4, out: 6, kernel: 3, groups: 2, bias: bias)
      net.output("y", net.relu(net.batchNorm2d("b", channels: 6, eps: Self.eps)(conv(input))))
    }
  }

  /// The same arithmetic, spelled out an element at a time in float64.
  private func folded(_ state: StateDict) throws -> (weight: [Double], bias: [Double]) {
    func reals(_ key: String) throws -> [Double] {
      try state[key].map { try TensorElements($0).values().map(\.real) } ?? []
    }
    let (gamma, beta) = (try reals("b.weight"), try reals("b.bias"))
    let (mean, variance) = (try reals("b.running_mean"), try reals("b.running_var"))
    let (weight, bias) = (try reals("c.weight"), try reals("c.bias"))
    let perChannel = weight.count / gamma.count
    return (
      weight.indices.map { index in
        let channel = index / perChannel
        return weight[index] * (gamma[channel] / (variance[channel] + Self.eps).squareRoot())
      },
      gamma.indices.map { channel in
        let factor = gamma[channel] / (variance[channel] + Self.eps).squareRoot()
        return beta[channel] + ((bias.isEmpty ? 0 : bias[channel]) - mean[channel]) * factor
      }
    )
  }

  @Test(
    arguments: [DType.float32, .float64, .float16, .bfloat16], [false, true]
  ) func isComputedInFloat64(dtype: DType, bias: Bool) throws {
    let graph = try graph(bias: bias)
    let state = try weights(of: graph, dtype)
    let model = try written(graph, state, fold: true)
    #expect(model.nodes.map(\.type) == ["Conv", "Relu"])
    #expect(try model.node("c").inputs == ["input", "c.weight", "c.bias"])
    #expect(try model.node("c").outputs == ["b"])
    #expect(model.initializers.map(\.name) == ["c.weight", "c.bias"])
    let expected = try folded(state)
    let (weight, shift) = (try model.initializer("c.weight"), try model.initializer("c.bias"))
    #expect((weight.dims, shift.dims) == ([6, 2, 3, 3], [6]))
    #expect(weight.rawData == (try elementBytes(tensor(expected.weight, weight.dims, dtype))))
    #expect(shift.rawData == (try elementBytes(tensor(expected.bias, [6], dtype))))
  }

  @Test func statisticsMayStayInFloat32BesideHalfPrecision() throws {
    let graph = try graph(bias: false)
    var state = try weights(of: graph, .float16)
    for key in ["b.running_mean", "b.running_var"] {
      state[key] = try #require(state[key]).cast(to: .float32)
    }
    let kept = try written(graph, state)
    #expect(try kept.initializer("b.running_mean").dataType == 1)
    #expect(try kept.initializer("b.weight").dataType == 10)
    let folded = try written(graph, state, fold: true)
    #expect(folded.initializers.allSatisfy { $0.dataType == 10 })
  }

  @Test func leavesWhatElseReadsTheConvolution() throws {
    let graph = try ModelGraph.build("Tiny", inputChannels: 2) { net, input in
      func conv(_ name: String) -> Layer { net.conv2d(name, in: 2, out: 2, kernel: 1) }
      func norm(_ name: String) -> Layer { net.batchNorm2d(name, channels: 2) }
      let first = conv("returned")(input)
      net.output("a", first)
      let second = conv("added")(norm("b1")(first))
      let third = net.add(norm("b2")(second), second)
      let shared = conv("shared")
      let fourth = norm("b4")(shared(norm("b3")(shared(third))))
      net.output("z", norm("b6")(norm("b5")(conv("folded")(fourth))))
    }
    let model = try written(graph, weights(of: graph), fold: true)
    #expect(
      model.nodes.filter { $0.type == "BatchNormalization" }.map(\.name)
        == ["b1", "b2", "b3", "b4", "b6"])
    #expect(try model.node("folded").outputs == ["b5"])
    #expect(
      model.initializers.map(\.name).filter { $0.hasSuffix("d.bias") } == ["folded.bias"])
  }

  @Test func foldsIntoDeformableConvolutions() throws {
    let graph = try ModelGraph.build("Tiny", inputChannels: 2) { net, input in
      let conv = net.deformConv2d(
        "d", in: 2, out: 3, kernel: 3, padding: 1, modulated: true)
      net.output("y", net.batchNorm2d("b", channels: 3)(conv(input)))
    }
    let model = try written(graph, weights(of: graph), fold: true)
    #expect(
      try model.node("d").inputs == ["input", "d.weight", "d.split", "d.bias", "d.sigmoid"])
    #expect(!model.nodes.contains { $0.type == "BatchNormalization" })
  }

  /// More than one window of a mapped file, whose end lies inside of a channel.
  @Test func foldsLargeWeightsOfAFileInWindows() throws {
    let graph = try ModelGraph.build("Wide", inputChannels: 300) { net, input in
      let conv = net.conv2d("c", in: 300, out: 130, kernel: 3)
      net.output("y", net.batchNorm2d("b", channels: 130, eps: Self.eps)(conv(input)))
    }
    try inFolder { folder in
      var state = try weights(of: graph)
      let expected = try folded(state)
      #expect(expected.weight.count * 4 > 1 << 20)
      let file = folder.appending(path: "weight.bin")
      try elementBytes(#require(state["c.weight"])).write(to: file)
      state["c.weight"] = try mappedTensor(file, [130, 300, 3, 3])
      let model = try written(graph, state, fold: true)
      #expect(floats(try model.initializer("c.weight")) == expected.weight.map { Float($0) })
    }
  }
}
