/// The verdict on a mapping, from names, shapes and types only.
public enum MappingVerdict: String, Sendable, Hashable, CaseIterable {
  /// Every parameter and buffer of the target comes from the file (counters of batches excepted, which may start
  /// at 0), and every tensor of the file's network is used. The file's classifier and other parts of a
  /// detector need not be used.
  case complete
  /// The target is filled, but the file's network holds tensors that the target has no place for, so it computes
  /// something else.
  case foreign
  /// Some parameters or buffers of the target have no source that fits.
  case partial
  /// No weight of the file fits. Norms alone are not enough, since their vectors fit any network of the same
  /// width.
  case nothing
}

extension LoadReport {
  /// The verdict on the mapping.
  public var verdict: MappingVerdict {
    if !hasWeights { return .nothing }
    if !missing.isEmpty || !mismatched.isEmpty { return .partial }
    return unusedInNetwork.isEmpty ? .complete : .foreign
  }

  /// Why the mapping's result must not be written or verified; nil if some weight fits.
  package var refusal: String? {
    guard verdict == .nothing else { return nil }
    return "no weight of it fits \(backbone)"
      + (reasonForNothing.map { "; likeliest: \($0)" } ?? "")
  }
}
