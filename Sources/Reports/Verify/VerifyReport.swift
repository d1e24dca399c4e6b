import PthBackbones
import PthEngines
import PthKeyMapping

/// What `verify` found, before it becomes text or JSON.
package struct VerifyReport {
  package enum Kind: String {
    case referenceOutput = "reference-output"
    case sourceTarget = "source-target"
    case engines
  }

  package struct Comparison {
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
  package struct Skipped {
    let kind: Kind
    let reason: String
  }

  package let graph: ModelGraph
  package let load: LoadReport
  package let input: VerifyInput
  package let tolerance: Double
  package var comparisons: [Comparison] = []
  package var skipped: [Skipped] = []
  /// The outputs by themselves.
  package var outputs: [StageReport] = []
  /// Where NaN or infinite values first appear; nil if there are none.
  package var notFinite: Divergence?
  /// Outputs that depend on parameters that the file does not give.
  package var randomStages: [String] = []
  /// Every node, if asked for.
  package var layers: [StageReport]?

  package init(graph: ModelGraph, load: LoadReport, input: VerifyInput, tolerance: Double) {
    self.graph = graph
    self.load = load
    self.input = input
    self.tolerance = tolerance
  }

  package var passes: Bool { notFinite == nil && comparisons.allSatisfy(\.passes) }

  /// The first comparison that failed, else the first that was made.
  package var decisive: Comparison? { comparisons.first { !$0.passes } ?? comparisons.first }

  package var firstDivergence: Divergence? { decisive?.firstDivergence ?? notFinite }
}
