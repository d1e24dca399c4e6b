import Testing

@testable import PthBackbones

/// Operations, wiring, hyper-parameters and shapes, against traces of the real forward passes.
@Suite struct TraceTests {
  @Test(arguments: Fixture.all.filter { $0.trace != nil })
  func operations(_ fixture: Fixture) throws {
    let trace = try #require(fixture.trace)
    let graph = try fixture.graph()
    let (lines, places) = try describe(graph, input: [1] + trace.input)
    var expected = trace.nodes
    // timm pools also without a classifier.
    if let last = expected.last, last.hasPrefix("mean"), graph.outputs.last?.name != "fc" {
      expected.removeLast()
    }
    expected = expected.map(anonymous)
    if lines != expected {
      let index = zip(lines, expected).prefix { $0 == $1 }.count
      Issue.record(
        """
        \(lines.count) operations for \(expected.count); first difference at \(index): \
        '\(lines.dropFirst(index).first ?? "end")' '\(expected.dropFirst(index).first ?? "end")'
        """)
    }
    if fixture.flavor.hasPrefix("mm") {
      #expect(graph.outputs.map { places[$0.value.id] } == trace.outputs)
    }
  }

  /// A line without the name of a module that has no parameters, and without the spatial size that
  /// PyTorch's global pooling keeps.
  private func anonymous(_ line: String) -> String {
    var words = line.split(separator: " ").map(String.init)
    if ["relu", "mean"].contains(words[0]) { words[1] = "-" }
    if words[0] == "mean" {
      words[words.count - 1] = words[words.count - 1].replacing(",1,1", with: "")
    }
    return words.joined(separator: " ")
  }

  /// The graph in the words of the fixtures, and the index of the line that makes each value.
  private func describe(
    _ graph: ModelGraph, input: [Int]
  ) throws -> (lines: [String], places: [Int]) {
    let shapes = try graph.shapes(input: input)
    var lines: [String] = []
    var operands = ["-1"]
    var places = [-1]
    for node in graph.nodes {
      let inputs = node.inputs.map { operands[$0.id] }
      let shape = shapes[node.output.id].dropFirst().map(String.init).joined(separator: ",")
      places.append(-1)
      switch node.operation {
      case let slice as SliceChannels:
        operands.append("\(inputs[0])[\(slice.start):\(slice.start + slice.count)]")
        continue
      case is Sigmoid:
        operands.append("")
        continue
      case is Conv2d where node.name.hasSuffix(".conv_offset"):
        operands.append("")
        continue
      default: break
      }
      let (word, settings, isNamed, sources) = words(node.operation)
      let text = [
        word, isNamed ? node.name : "-", inputs.prefix(sources).joined(separator: "+"), settings,
        shape,
      ]
      lines.append(text.filter { !$0.isEmpty }.joined(separator: " "))
      places[node.output.id] = lines.count - 1
      operands.append("\(lines.count - 1)")
    }
    return (lines, places)
  }

  private func words(
    _ operation: any GraphOperation
  ) -> (String, String, Bool, Int) {
    func conv(_ conv: Conv2d) -> String {
      "k\(conv.kernel) s\(conv.stride) p\(conv.padding) d\(conv.dilation) g\(conv.groups)"
    }
    func eps(_ eps: Double) -> String { "e\(eps)" }
    switch operation {
    case let layer as Conv2d: return ("conv", conv(layer), true, 1)
    case let layer as DeformConv2d:
      let text = "\(conv(layer.convolution)) m\(layer.isModulated ? 1 : 0) o\(layer.deformGroups)"
      return ("deform", text, true, 1)
    case let norm as BatchNorm2d: return ("bn", eps(norm.eps), true, 1)
    case let norm as GroupNorm: return ("gn", "n\(norm.groups) \(eps(norm.eps))", true, 1)
    case let pool as MaxPool2d:
      let text = "k\(pool.kernel) s\(pool.stride) p\(pool.padding) c\(pool.ceilMode ? 1 : 0)"
      return ("maxpool", text, true, 1)
    case let pool as AvgPool2d:
      let text = "k\(pool.kernel) s\(pool.stride) p\(pool.padding) c\(pool.ceilMode ? 1 : 0)"
      return ("avgpool", "\(text) i\(pool.countIncludePad ? 1 : 0)", true, 1)
    case is ReLU: return ("relu", "", false, 1)
    case is Add: return ("add", "", false, 2)
    case is ConcatChannels: return ("cat", "", false, .max)
    case is GlobalAvgPool: return ("mean", "", false, 1)
    case is Linear: return ("linear", "", true, 1)
    default:
      Issue.record("the fixtures have no word for \(operation.label)")
      return ("", "", false, 0)
    }
  }
}
