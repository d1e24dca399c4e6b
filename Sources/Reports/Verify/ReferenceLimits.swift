import PthBackbones
import PthEngines
import PthTensors

/// Reasons why agreement with the original's outputs may prove less than the whole network.
struct ReferenceLimits {
  let stages: [StageReport]
  let graph: ModelGraph
  let input: Tensor
  let randomStages: [String]
  let expected: StateDict
  let rounding: VerifyReport.Rounding?
  /// Names of norm weights that are nearly 0, which switches off the branch that they scale.
  let silentNorms: [String]

  /// Networks with different arithmetic may agree within this relative L2 error.
  private static let tellingError = 0.01
  /// The least ``Tensor/variationShare()`` without a remark. Outputs after a ReLU have 0.5 and more.
  private static let tellingShare = 0.03
  /// The least standard deviation of an input without a remark. Normalised images have about 1.
  private static let tellingDeviation = 0.001

  /// Stages with weights on which no compared output depends.
  private var unseenStages: [String] {
    var needed = Set(graph.outputs.filter { expected[$0.name] != nil }.map(\.value))
    var seen: Set<Stage> = []
    for node in graph.nodes.reversed() where needed.contains(node.output) {
      needed.formUnion(node.inputs)
      seen.insert(node.stage)
    }
    // Another sentence names the outputs that the reference lacks.
    let asked = Set(graph.outputs.map(\.name))
    return Set(graph.state.map(\.stage)).subtracting(seen).sorted().map(\.description)
      .filter { !asked.contains($0) }
  }

  /// - Throws: The error of reading the input or the reference; `BackboneError` if the network does not take the input.
  func sentences() throws -> [String] {
    var sentences: [String] = []
    let absent = graph.outputs.map(\.name).filter { expected[$0] == nil }
    if !absent.isEmpty {
      sentences.append(
        "the reference lacks \(absent.joined(separator: ", ")), so only "
          + "\(stages.map(\.name).joined(separator: ", ")) \(stages.count == 1 ? "is" : "are") shown"
      )
    }
    let unseen = unseenStages
    if !unseen.isEmpty {
      sentences.append(
        "no output that was compared depends on \(unseen.joined(separator: ", ")), so nothing of "
          + "\(unseen.count == 1 ? "it" : "them") is shown")
    }
    if !randomStages.isEmpty {
      sentences.append("random weights have a part in \(randomStages.joined(separator: ", "))")
    }
    let silent = stages.filter { $0.min == $0.max }.map(\.name)
    if !silent.isEmpty {
      sentences.append(
        "\(silent.joined(separator: ", ")) \(silent.count == 1 ? "is" : "are") one value throughout, "
          + "so agreement shows nothing")
    }
    let steady = try stages.map(\.name).filter {
      try !silent.contains($0)
        && (expected[$0]?.variationShare().map { $0 < Self.tellingShare } ?? false)
    }
    if !steady.isEmpty {
      sentences.append(
        "\(steady.joined(separator: ", ")) \(steady.count == 1 ? "varies" : "vary") so little beside the "
          + "channels' means that the tolerance hides how")
    }
    if let rounding {
      let blurred = stages.map(\.name).filter {
        rounding.errors[$0].map { $0 * Rounding.margin > Self.tellingError } ?? false
      }
      if !blurred.isEmpty {
        sentences.append(
          "\(rounding.dtype.rawValue)'s rounding alone moves \(blurred.joined(separator: ", ")) so far "
            + "that agreement there shows little")
      }
    }
    let statistics = try TensorStatistics(input)
    if !((statistics.standardDeviation ?? 0) > Self.tellingDeviation) {
      sentences.append("the input hardly varies, so most weights have little part in the outputs")
    }
    if !silentNorms.isEmpty {
      sentences.append(
        "\(silentNorms.count) norms have weights of 0 or next to it, such as \(silentNorms[0]), so what "
          + "they scale has no telling part in the outputs")
    }
    return try sentences + InputLimits(graph, input: input.shape).sentences
  }
}
