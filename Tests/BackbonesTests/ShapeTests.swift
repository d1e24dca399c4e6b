import Testing

@testable import PthBackbones

/// The shape rules of operations, before there is an input and with one.
@Suite struct ShapeTests {
  @Test(
    arguments: [
      ([2, 3, 4, 5], [3, 1, 1], [2, 3, 4, 5]),
      ([2, 3, 1, 1], [2, 3, 4, 5], [2, 3, 4, 5]),
      ([5], [2, 1], [2, 5]),
      ([nil, 3, nil, nil], [nil, 1, nil, 1], [nil, 3, nil, nil]),
      ([nil, 3], [4, 3], [4, 3]),
    ] as [([Int?], [Int?], [Int?])])
  func productsAreBroadcast(_ left: [Int?], _ right: [Int?], _ result: [Int?]) throws {
    #expect(try Multiply().outputShape(of: [Shape(left), Shape(right)]) == Shape(result))
    #expect(try Multiply().outputShape(of: [Shape(right), Shape(left)]) == Shape(result))
  }

  @Test func productsThatDoNotFit() {
    #expect(throws: ShapeFault(reason: "cannot multiply [?, 3, 4, 4] by [?, 2, 4, 4]")) {
      try Multiply().outputShape(of: [Shape([nil, 3, 4, 4]), Shape([nil, 2, 4, 4])])
    }
  }

  @Test func layerNormsLookAtTheLastAxes() throws {
    let norm = LayerNorm(shape: [4, 5])
    #expect(try norm.outputShape(of: [Shape([2, 3, 4, 5])]).rank == 4)
    #expect(try norm.outputShape(of: [Shape([nil, 4, 5])]).rank == 3)
    for shape in [[2, 3, 5, 4], [4, 5]] {
      #expect(throws: ShapeFault.self) { try norm.outputShape(of: [Shape(shape)]) }
    }
    #expect(throws: ShapeFault(reason: "LayerNorm needs [4] channels and gets [3]")) {
      try LayerNorm(shape: [4], axes: .channels).outputShape(of: [Shape([nil, 3, nil, nil])])
    }
  }

  /// What a definition says wrongly is found when the graph is built, not when it is run.
  @Test func sizesThatAreMissingAreFoundAtOnce() throws {
    let error = #expect(throws: BackboneError.self) {
      try ModelGraph.build("Broken", inputChannels: 3) { net, x in
        net.output("y", net.conv2d("conv", in: 3, out: 3, kernel: 1)(net.globalAvgPool(x)))
      }
    }
    #expect(
      error == .invalidGraph(node: "conv", reason: "Conv2d needs a height and a width"))
  }

  @Test func layersDeclareWhatPyTorchRegisters() throws {
    let graph = try ModelGraph.build("Tiny", inputChannels: 4) { net, x in
      let norm = net.layerNorm("norm", channels: 4)
      let last = net.layerNorm("last", shape: [2, 3])
      net.output("y", last(norm(x)))
    }
    #expect(
      graph.keyShapes == [
        KeyShape("norm.weight", [4]), KeyShape("norm.bias", [4]), KeyShape("last.weight", [2, 3]),
        KeyShape("last.bias", [2, 3]),
      ])
    #expect(graph.state.map(\.declaration.initializer).prefix(2) == [.constant(1), .constant(0)])
    #expect(try graph.shapes(input: [1, 4, 2, 3]).last == [1, 4, 2, 3])
    #expect(throws: BackboneError.self) { try graph.shapes(input: [1, 4, 3, 3]) }
  }
}
