/// The verdict of `verify` on a checkpoint in a backbone, the strongest first.
public enum VerifyVerdict: String, Sendable, Hashable, CaseIterable, Comparable {
  /// Outputs of the original were given and agree at every stage, and no random weight has a part
  /// in them.
  case proven
  /// The statistics that the file's batch norms recorded in training agree with the run's.
  case supported
  /// The file's network was recognised wholly and the target does what that network does, under
  /// assumptions that no file can settle.
  case consistent
  /// Nothing about the checkpoint was compared, or what was compared does not reach: weights are
  /// random, the file's network holds more than the target, or it was not recognised.
  case unproven
  /// A comparison differs, or the outputs are NaN or infinite.
  case failed

  public static func < (weaker: VerifyVerdict, stronger: VerifyVerdict) -> Bool {
    (allCases.firstIndex(of: weaker) ?? 0) > (allCases.firstIndex(of: stronger) ?? 0)
  }

  /// Whether something was shown that speaks for the checkpoint.
  package var isFavourable: Bool { self >= .consistent }
}
