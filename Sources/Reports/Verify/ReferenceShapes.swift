import PthBackbones
import PthEngines
import PthTensors

/// Compares the shapes of a graph's outputs with the shapes of a reference.
struct ReferenceShapes {
  private let shapes: [(name: String, shape: [Int])]

  /// An output whose reference has another shape.
  struct Misfit {
    let name: String
    let shape: [Int]
    let reference: [Int]

    var divergence: Divergence {
      Divergence(
        name: name,
        what:
          "the reference has the shape \(Format.shape(reference)), the target \(Format.shape(shape))"
      )
    }

    var error: EngineError {
      .referenceShape(reference, of: name, network: shape)
    }
  }

  /// - Throws: `BackboneError` if the graph does not take the input.
  init(_ graph: ModelGraph, _ input: Tensor) throws {
    let all = try graph.shapes(input: input.shape)
    shapes = graph.outputs.map { ($0.name, all[$0.value.id]) }
  }

  /// The first output whose reference has another shape; nil if there is none. Outputs that the reference lacks
  /// are skipped.
  func firstMisfit(_ expected: StateDict) -> Misfit? {
    for (name, shape) in shapes {
      if let reference = expected[name]?.shape, reference != shape {
        return Misfit(name: name, shape: shape, reference: reference)
      }
    }
    return nil
  }
}
