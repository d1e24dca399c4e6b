import PthBackbones
import PthEngines
import PthKeyMapping
import PthTensors

/// The report of `verify`, before it becomes text or JSON.
package struct VerifyReport {
  package enum Kind: String, Sendable {
    /// The outputs against those that the original gave.
    case referenceOutput = "reference-output"
    /// The target against the checkpoint, run as the implementation it was trained with.
    case sourceTarget = "source-target"
    /// The statistics of images at the batch norms, compared with those recorded in training.
    case statistics
    /// The fast engine against the reference engine: says something about pthconv alone.
    case engines
  }

  package struct Comparison {
    package let kind: Kind
    /// The engine whose outputs were looked at.
    package let engine: String
    package let stages: [StageReport]
    /// Nil if every stage passes and nothing is NaN or infinite.
    package let firstDivergence: Divergence?
    /// A further explanation of a failure.
    package let explanation: String?

    package var passes: Bool { firstDivergence == nil }

    /// The largest relative L2 error of a stage; NaN if one is.
    package var worstError: Double { stages.worstError }
  }

  /// A comparison that was not made, and why.
  package struct Skipped {
    package let kind: Kind
    package let reason: String
  }

  /// Another reading of the checkpoint that the original's outputs were held against.
  package struct Alternative: Sendable {
    /// In what it differs from the target.
    package let change: TargetChange
    /// The stages that were compared: those that the reference gives.
    package let stages: [String]
    /// Whether every one of them agrees with the reference; the shapes alone may.
    package let agrees: Bool
    /// The largest relative L2 error of a stage.
    package let worstError: Double

    /// Whether it computes something else than what has this error: readings that are the same for
    /// this input have the same error.
    func differs(from error: Double) -> Bool { abs(worstError - error) > error * 0.01 + 1e-7 }
  }

  /// How far half precision moves the outputs.
  package struct Rounding: Sendable {
    /// The type that the weights are saved in.
    package let dtype: DType
    /// By the name of an output: the relative L2 error when the weights are rounded once more.
    package let errors: [String: Double]
  }

  package let graph: ModelGraph
  package let load: LoadReport
  package let input: VerifyInput
  package let tolerance: Double
  /// The measured effect of half precision; nil if the weights are not rounded, a tolerance was
  /// given, or nothing depends on it.
  package var rounding: Rounding?
  /// The comparisons of the checkpoint with something else. The engines' agreement is none of them.
  package var comparisons: [Comparison] = []
  /// Whether pthconv's engines agree with each other; nil if only one was run.
  package var engines: Comparison?
  package var skipped: [Skipped] = []
  /// The statistics at the batch norms; nil if no images were given.
  package var statistics: StatisticsReport?
  /// The labels by the file's own classifier; nil if no images were given.
  package var labels: LabelReport.Outcome?
  /// Alternatives that agree with the original's outputs where the target does not; if there are
  /// none, alternatives that have at least their shapes.
  package var alternatives: [Alternative] = []
  /// The outputs by themselves.
  package var outputs: [StageReport] = []
  /// Where NaN or infinite values first appear; nil if there are none.
  package var notFinite: Divergence?
  /// Outputs that depend on parameters that the file does not give.
  package var randomStages: [String] = []
  /// Why the outputs of the original, although they agree, prove less than the whole; empty if they
  /// prove it.
  package var referenceLimits: [String] = []
  /// The weights that have no part in outputs that agree with the original's; nil if all have one, or
  /// nothing agrees.
  package var quiet: Participation.Quiet?
  /// The name of the checkpoint's own network, if all of it was recognised.
  package var recognised: String?
  /// Why nothing is said of the checkpoint's own network; empty if it was recognised.
  package var doubts: [String] = []
  /// Whether names leave open with which arithmetic it was trained, and the statistics show it.
  package var settlesArithmetic = false
  /// Every node, if asked for.
  package var layers: [StageReport]?

  package init(graph: ModelGraph, load: LoadReport, input: VerifyInput, tolerance: Double) {
    self.graph = graph
    self.load = load
    self.input = input
    self.tolerance = tolerance
  }

  package var verdict: VerifyVerdict {
    if notFinite != nil || comparisons.contains(where: { !$0.passes }) { return .failed }
    if let engines, !engines.passes { return .unproven }
    if comparisons.contains(where: { $0.kind == .referenceOutput }), referenceLimits.isEmpty {
      return .proven
    }
    guard let statistics else {
      return recognised != nil && doubts.isEmpty ? .consistent : .unproven
    }
    switch statistics.outcome {
    case .fault: return .failed
    case .untold: return .unproven
    case .agrees, .nothing: break
    }
    guard !statistics.isOutdone, recognised != nil, doubts.isEmpty else { return .unproven }
    return statistics.supports ? .supported : .consistent
  }

  /// Why the verdict is not a better one, a sentence each; what was compared and differs is in
  /// ``comparisons``.
  package var reasons: [String] {
    switch verdict {
    case .proven, .supported, .failed: return []
    case .consistent: return referenceLimits + [statistics?.objection].compactMap(\.self)
    case .unproven:
      let fault = engines.flatMap { engines in
        engines.firstDivergence.map {
          "pthconv's own engines disagree at \($0.name), so neither can be relied on"
        }
      }
      return (fault.map { [$0] } ?? []) + [statistics?.objection].compactMap(\.self)
        + referenceLimits + doubts
    }
  }

  /// Assumptions about what names and shapes do not show: strides, dilations, style… as the target
  /// has them. Empty if the original's outputs settle them.
  package var assumptions: [String] {
    // Where the target was held against the file's own network, more is known of it than assumed.
    guard verdict != .proven, !comparisons.contains(where: { $0.kind == .sourceTarget }) else {
      return []
    }
    return load.assumptions.filter { $0.affectsOutputs && !isSettled($0.code) }.map { assumption in
      guard let value = graph.arguments[assumption.code], value != .null else {
        return assumption.text
      }
      // The file may say where it shows; the target may be asked to be otherwise.
      let text = "\(assumption.code) \(value.string ?? value.description)"
      return assumption.text.hasPrefix(text) ? assumption.text : text
    }
  }

  /// Whether the statistics distinguish the target from networks with another value of this
  /// argument.
  private func isSettled(_ argument: String) -> Bool {
    if settlesArithmetic, argument == LoadWarning.Code.arithmeticUnknown.rawValue { return true }
    return verdict == .supported
      && statistics?.alternatives.contains {
        $0.answer == .worse && $0.change.arguments.names.contains(argument)
      } ?? false
  }

  /// The first comparison that failed, else the first that was made.
  package var decisive: Comparison? { comparisons.first { !$0.passes } ?? comparisons.first }

  package var firstDivergence: Divergence? {
    if let found = decisive?.firstDivergence ?? notFinite { return found }
    guard case .fault(let norm)? = statistics?.outcome else { return nil }
    return Divergence(name: norm.name, what: "it sees something else than it recorded in training")
  }
}

extension [StageReport] {
  /// The largest relative L2 error; NaN if one is, 0 if nothing was compared.
  var worstError: Double {
    let errors = compactMap(\.comparison?.relativeL2)
    return errors.contains(where: \.isNaN) ? .nan : errors.max() ?? 0
  }
}
