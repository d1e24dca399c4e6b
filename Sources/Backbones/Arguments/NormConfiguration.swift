/// The norm layers that a `norm_cfg` describes.
struct NormConfiguration: Sendable {
  enum Kind: Sendable {
    case batch
    /// `FrozenBatchNorm2d` of detectron2 and torchvision; it has no `num_batches_tracked`.
    case frozenBatch
    case group(Int)
  }
  var kind: Kind
  var eps: Double
  var requiresGrad: Bool

  /// The beginning of mmcv's name for the norm (`bn1`, `gn1`).
  var abbreviation: String {
    switch kind {
    case .batch, .frozenBatch: "bn"
    case .group: "gn"
    }
  }
}

extension NormConfiguration {
  /// PyTorch's default.
  static let defaultEps = 1e-5

  /// Arguments that this type applies, or that do not change the graph. The classes take further ones.
  private static let supported: Set<String> = [
    "eps", "momentum", "affine", "track_running_stats", "num_groups", "process_group",
  ]
  /// Arguments accepted for `FrozenBN`, which is detectron2's and therefore not in ``Constructor/norms``.
  private static let frozenArguments: Set<String> = [
    "eps", "momentum", "affine", "track_running_stats",
  ]
  /// Arguments that must be True: with False the norm lacks parameters or buffers.
  private static let alwaysTrue = ["affine", "track_running_stats"]

  /// - Parameter usualEps: the family's default, if it differs from PyTorch's.
  /// - Throws: ``BackboneError/invalidArgument(_:reason:)`` for an argument that the norm does not have or that
  ///   is not supported, and for an impossible value.
  init(
    _ value: ArgumentValue?, usualEps: Double = defaultEps
  ) throws(BackboneError) {
    try Self.check(value)
    eps = value?["eps"]?.number ?? usualEps
    guard eps > 0 else { throw .invalidArgument("norm_cfg", reason: "eps must be positive") }
    requiresGrad = value?["requires_grad"]?.boolean ?? true
    switch value?["type"]?.string {
    case "GN": break
    case "FrozenBN":
      kind = .frozenBatch
      requiresGrad = false
      return
    default:
      kind = .batch
      return
    }
    guard let groups = (value?["num_groups"] ?? 32).integer, groups > 0 else {
      throw .invalidArgument("norm_cfg", reason: "num_groups must be a positive integer")
    }
    kind = .group(groups)
  }

  /// - Throws: `BackboneError` for an argument that the norm does not have, or that changes its parameters or
  ///   arithmetic in a way that no graph supports.
  private static func check(_ value: ArgumentValue?) throws(BackboneError) {
    func fail(_ reason: String) -> BackboneError { .invalidArgument("norm_cfg", reason: reason) }
    guard case .dictionary(let items)? = value else { return }
    let type = value?["type"]?.string ?? "BN"
    for item in items where !["type", "requires_grad"].contains(item.key) {
      guard has(type, item.key) else { throw fail("\(type) has no argument \(item.key)") }
      guard supported.contains(item.key) else { throw fail("\(item.key) is not supported") }
      if alwaysTrue.contains(item.key), item.value.boolean != true {
        throw fail(
          "\(item.key) must be True; a norm without it has other keys and is not supported")
      }
      if item.key == "eps", item.value.number == nil { throw fail("eps must be a number") }
    }
  }
  /// Whether a class has an argument; true for a class that is not known.
  private static func has(_ type: String, _ argument: String) -> Bool {
    if type == "FrozenBN" { return frozenArguments.contains(argument) }
    return Constructor.norms[type].map { $0.argument(argument) != nil } ?? true
  }
}
