import PthBackbones
import PthEngines
import PthTensors

/// Why outputs of the original that agree may prove less than the whole network.
struct ReferenceLimits {
  let stages: [StageReport]
  let graph: ModelGraph
  let input: Tensor
  let randomStages: [String]
  let expected: StateDict
  let rounding: VerifyReport.Rounding?
  /// Norms whose weight is 0 throughout: what they scale is switched off.
  let silentNorms: [String]

  /// Networks that differ in arithmetic may be as near as this.
  private static let tellingError = 0.01
  /// Images that are normalised as in training have a standard deviation of about 1.
  private static let tellingDeviation = 0.001

  /// - Throws: what reading the input throws.
  func sentences() throws -> [String] {
    var sentences: [String] = []
    let absent = graph.outputs.map(\.name).filter { expected[$0] == nil }
    if !absent.isEmpty {
      sentences.append(
        "the reference lacks \(absent.joined(separator: ", ")), so only "
          + "\(stages.map(\.name).joined(separator: ", ")) \(stages.count == 1 ? "is" : "are") shown"
      )
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
        "\(silentNorms.count) norms have the weight 0, such as \(silentNorms[0]), so what they scale "
          + "has no part in the outputs")
    }
    return sentences
  }
}
