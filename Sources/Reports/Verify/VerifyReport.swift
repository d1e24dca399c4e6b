import PthBackbones
import PthEngines
import PthKeyMapping
import PthTensors

/// The report of `verify`, before it becomes text or JSON.
package struct VerifyReport {
  package enum Kind: String, Sendable {
    /// The target's outputs against outputs of the original implementation.
    case referenceOutput = "reference-output"
    /// The target against the checkpoint's own network, run as the implementation that trained it.
    case sourceTarget = "source-target"
    /// The statistics of images at the batch norms, compared with those recorded in training.
    case statistics
    /// The fast engine against the reference engine, which says nothing about the checkpoint.
    case engines
  }

  package struct Comparison {
    package let kind: Kind
    /// The engine whose outputs were compared.
    package let engine: String
    package let stages: [StageReport]
    /// Nil if every stage passes and nothing is NaN or infinite.
    package let firstDivergence: Divergence?
    /// A further explanation of a failure.
    package let explanation: String?

    package var passes: Bool { firstDivergence == nil }

    /// The largest relative L2 error of a stage; NaN if an error is NaN.
    package var worstError: Double { stages.worstError }
  }

  /// A comparison that was not made, and why.
  package struct Skipped {
    package let kind: Kind
    package let reason: String
  }

  /// Another network that the checkpoint may hold, whose outputs were compared with the original's.
  package struct Alternative: Sendable {
    /// The difference between the alternative and the target.
    package let change: TargetChange
    /// The stages that were compared, which are the stages in the reference.
    package let stages: [String]
    /// Whether all of ``stages`` agree with the reference; if not, at least their shapes do.
    package let agrees: Bool
    /// The largest relative L2 error of a stage.
    package let worstError: Double

    /// Whether the alternative computes something else than a network with this error: networks that compute the
    /// same on this input have the same error.
    func differs(from error: Double) -> Bool { abs(worstError - error) > error * 0.01 + 1e-7 }
  }

  /// How far half precision moves the outputs.
  package struct Rounding: Sendable {
    /// The dtype that the weights are saved in.
    package let dtype: DType
    /// For each output name, the relative L2 error after rounding the weights once more.
    package let errors: [String: Double]
  }

  package let graph: ModelGraph
  package let load: LoadReport
  package let input: VerifyInput
  package let tolerance: Double
  /// The measured effect of half precision; nil if no weight is saved in half precision, a tolerance was given, or
  /// there is no reference to compare with.
  package var rounding: Rounding?
  /// The comparisons that say something about the checkpoint, so without ``engines``.
  package var comparisons: [Comparison] = []
  /// The comparison of pthconv's two engines; nil if only one was run.
  package var engines: Comparison?
  package var skipped: [Skipped] = []
  /// The statistics at the batch norms; nil if no images were given.
  package var statistics: StatisticsReport?
  /// The labels by the file's own classifier; nil if no images were given.
  package var labels: LabelReport.Outcome?
  /// If the target differs from the original's outputs, alternatives that agree with them; if no alternative agrees,
  /// alternatives that have at least the shapes of these outputs.
  package var alternatives: [Alternative] = []
  /// The figures of the outputs, compared with nothing.
  package var outputs: [StageReport] = []
  /// The first tensor or node with NaN or infinite values; nil if there are none.
  package var notFinite: Divergence?
  /// Outputs that depend on randomly initialised parameters, since the file lacks them.
  package var randomStages: [String] = []
  /// Reasons why agreement with the original's outputs proves less than the whole network; empty if there are none.
  package var referenceLimits: [String] = []
  /// The weights on which outputs that agree with the original's do not depend; nil if there are none, or if nothing
  /// agrees.
  package var quiet: Participation.Quiet?
  /// The name of the checkpoint's own network; nil if it was not fully recognised.
  package var recognised: String?
  /// Reasons why the target cannot be relied on to compute what the checkpoint's own network does; empty if there
  /// are none.
  package var doubts: [String] = []
  /// Whether the statistics show the arithmetic that the checkpoint was trained with, which its names leave open.
  package var settlesArithmetic = false
  /// The figures of every node; nil if they were not requested.
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

  /// Sentences that say why the verdict is not a better one. Differences that were found are in ``comparisons``.
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

  /// Assumptions about arguments that no name or shape shows (strides, dilations, style), with the target's values.
  /// Empty if a comparison with the original's outputs or with the file's own network was made that settles them.
  package var assumptions: [String] {
    // A comparison with the file's own network settles what would be assumed otherwise.
    guard verdict != .proven, !comparisons.contains(where: { $0.kind == .sourceTarget }) else {
      return []
    }
    return load.assumptions.filter { $0.affectsOutputs && !isSettled($0.code) }.map { assumption in
      guard let value = graph.arguments[assumption.code], value != .null else {
        return assumption.text
      }
      // The text is about the file's value; the request may have given the target another one.
      let text = "\(assumption.code) \(value.string ?? value.description)"
      return assumption.text.hasPrefix(text) ? assumption.text : text
    }
  }

  /// Whether the statistics show that a network with another value of this argument fits worse.
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
  /// The largest relative L2 error; NaN if an error is NaN, 0 if nothing was compared.
  var worstError: Double {
    let errors = compactMap(\.comparison?.relativeL2)
    return errors.contains(where: \.isNaN) ? .nan : errors.max() ?? 0
  }
}
