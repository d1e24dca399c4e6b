import PthTensors
import Testing

@testable import PthBackbones

/// Names, shapes and order, against the state dicts of timm, torchvision and mmdet.
@Suite struct StateTests {
  @Test(arguments: Fixture.all)
  func stateDict(_ fixture: Fixture) throws {
    let graph = try fixture.graph()
    #expect(graph.flavor.rawValue == fixture.flavor)
    let expected = fixture.keyShapes
    if graph.keyShapes != expected {
      let index = zip(graph.keyShapes, expected).prefix { $0 == $1 }.count
      Issue.record(
        """
        \(graph.state.count) keys for \(expected.count); first difference at \(index): \
        \(graph.keyShapes.dropFirst(index).first?.key ?? "end") \
        \(expected.dropFirst(index).first?.key ?? "end")
        """)
    }
    #expect(graph.parameterCount == fixture.parameters)
    #expect(graph.state.map(\.isBuffer) == expected.map { isBuffer($0.key) })
    #expect(graph.state.map(\.dtype) == expected.map { $0.shape.isEmpty ? .int64 : .float32 })
  }

  private func isBuffer(_ key: String) -> Bool {
    ["running_mean", "running_var", "num_batches_tracked"].contains { key.hasSuffix(".\($0)") }
  }

  @Test(arguments: Fixture.all)
  func modules(_ fixture: Fixture) throws {
    let graph = try fixture.graph()
    let owners = graph.modules.filter { !$0.state.isEmpty }
    #expect(owners.map(\.path) == fixture.owners.map(\.path))
    let kinds = owners.map { module in
      switch module.operation {
      case let conv as Conv2d: conv.hasBias ? "C" : "c"
      case is DeformConv2d, is SameConv2d: "c"
      case is BatchNorm2d: "b"
      case is GroupNorm: "g"
      case is Linear: "l"
      default: "none"
      }
    }
    #expect(kinds == fixture.owners.map(\.kind))
    for (index, module) in graph.modules.enumerated() {
      let parent = module.path.lastIndex(of: ".").map { String(module.path[..<$0]) } ?? ""
      #expect(index == 0 ? module.parent == nil : graph.modules[module.parent ?? 0].path == parent)
      for entry in graph.state[module.state] {
        #expect(entry.module == index && entry.stage == module.stage)
        #expect(entry.name == joined(module.path, entry.attribute))
      }
      if case .block(_, let lastNorm) = module.kind {
        let last = graph.modules.first { $0.path == "\(module.path).\(lastNorm)" }
        #expect(last.flatMap { graph.entry(.normWeight, of: $0) } != nil)
      }
    }
  }

  @Test(arguments: Fixture.all)
  func frozenParameters(_ fixture: Fixture) throws {
    let frozen = try fixture.graph().state.filter { $0.isFrozen && !$0.isBuffer }.map(\.name)
    #expect(frozen == fixture.frozen)
  }

  /// What `zero_init_residual` says by default, and which norm it is about.
  @Test(arguments: Fixture.all)
  func zeroInitResidual(_ fixture: Fixture) throws {
    let graph = try fixture.graph()
    let lastNorms = Set(
      graph.modules.compactMap { module in
        if case .block(_, let lastNorm) = module.kind { lastNorm } else { nil }
      })
    let isZeroed = graph.arguments["zero_init_residual"] == true
    #expect((isZeroed ? lastNorms : []) == Set([fixture.zeroed].compactMap(\.self)))
  }

  @Test func stages() throws {
    let graph = try BackboneRegistry.standard.makeGraph(
      "res2net50_26w_6s", arguments: ["num_classes": 1000])
    #expect(
      graph.stages.map(\.description) == ["stem", "layer1", "layer2", "layer3", "layer4", "head"])
    for entry in graph.state {
      let first = entry.name.prefix { $0 != "." }
      let expected = first.hasPrefix("layer") ? String(first) : first == "fc" ? "head" : "stem"
      #expect(entry.stage.description == expected)
    }
    #expect(graph.outputs.map(\.name) == ["layer1", "layer2", "layer3", "layer4", "fc"])
    #expect(graph.state.count == 704)
  }
}
