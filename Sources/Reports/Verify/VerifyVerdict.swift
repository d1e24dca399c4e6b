/// The verdict of `verify` on a checkpoint in a backbone; cases are in descending order.
public enum VerifyVerdict: String, Sendable, Hashable, CaseIterable, Comparable {
  /// Outputs of the original were given and agree at every stage, and no limit (random weights, a plain input)
  /// weakens the proof.
  case proven
  /// The statistics that the file's batch norms recorded in training agree with the statistics on the given images.
  case supported
  /// The file's network was fully recognised and the target computes the same, under assumptions that no file can
  /// settle.
  case consistent
  /// Nothing about the checkpoint was compared, or the comparisons do not suffice: weights are random, the file's
  /// network was not recognised or has tensors without a place, statistics decide nothing, or the engines disagree.
  case unproven
  /// A comparison differs, or the outputs are NaN or infinite.
  case failed

  public static func < (weaker: VerifyVerdict, stronger: VerifyVerdict) -> Bool {
    (allCases.firstIndex(of: weaker) ?? 0) > (allCases.firstIndex(of: stronger) ?? 0)
  }

  /// Whether the verdict is `consistent` or better.
  package var isFavourable: Bool { self >= .consistent }
}
