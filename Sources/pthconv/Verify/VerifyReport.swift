import PthConvKit

/// What `verify` found, before it becomes text or JSON.
struct VerifyReport {
  enum Kind: String {
    case referenceOutput = "reference-output"
    case sourceTarget = "source-target"
    case engines
  }

  struct Comparison {
    let kind: Kind
    /// The engine whose outputs were looked at.
    let engine: String
    let stages: [StageReport]
    /// Nil if every stage passes and nothing is NaN or infinite.
    let firstDivergence: Divergence?
    /// What else is known about a failure.
    let explanation: String?

    var passes: Bool { firstDivergence == nil }
  }

  /// A comparison that was not made, and why.
  struct Skipped {
    let kind: Kind
    let reason: String
  }

  let graph: ModelGraph
  let load: LoadReport
  let input: VerifyInput
  let tolerance: Double
  var comparisons: [Comparison] = []
  var skipped: [Skipped] = []
  /// The outputs by themselves.
  var outputs: [StageReport] = []
  /// Where NaN or infinite values first appear; nil if there are none.
  var notFinite: Divergence?
  /// Outputs that depend on parameters that the file does not give.
  var randomStages: [String] = []
  /// Every node, if asked for.
  var layers: [StageReport]?

  init(graph: ModelGraph, load: LoadReport, input: VerifyInput, tolerance: Double) {
    self.graph = graph
    self.load = load
    self.input = input
    self.tolerance = tolerance
  }

  var passes: Bool { notFinite == nil && comparisons.allSatisfy(\.passes) }

  /// The first comparison that failed, else the first that was made.
  var decisive: Comparison? { comparisons.first { !$0.passes } ?? comparisons.first }

  var firstDivergence: Divergence? { decisive?.firstDivergence ?? notFinite }
}
