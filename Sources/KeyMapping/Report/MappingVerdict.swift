/// The verdict on a mapping, from names, shapes and types alone.
public enum MappingVerdict: String, Sendable, Hashable, CaseIterable {
  /// Every parameter and buffer of the target comes from the file, and every tensor of the file's
  /// network is used. The file's classifier, its counters of batches and other parts of a detector
  /// are not asked for.
  case complete
  /// The target is filled, but the file's network holds tensors that the target has no place for:
  /// it computed something else.
  case foreign
  /// Some of the target has no source.
  case partial
  /// No weight of the file fits. Norms alone do not make a network: their vectors fit anything of
  /// the same width.
  case nothing
}

extension LoadReport {
  /// The verdict on the mapping.
  public var verdict: MappingVerdict {
    if !hasWeights { return .nothing }
    if !missing.isEmpty || !mismatched.isEmpty { return .partial }
    return unusedInNetwork.isEmpty ? .complete : .foreign
  }

  /// Why nothing should be written or verified that the mapping gives; nil if something fits.
  package var refusal: String? {
    guard verdict == .nothing else { return nil }
    return "no weight of it fits \(backbone)"
      + (reasonForNothing.map { "; likeliest: \($0)" } ?? "")
  }
}
