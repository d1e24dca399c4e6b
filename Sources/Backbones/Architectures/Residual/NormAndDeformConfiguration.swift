/// Norm layers: what `norm_cfg` says.
struct NormConfiguration: Sendable {
  enum Kind: Sendable {
    case batch
    /// The batch norm with fixed values of detectron2 and torchvision; it has no counter of
    /// batches.
    case frozenBatch
    case group(Int)
  }
  var kind: Kind
  var eps: Double
  var requiresGrad: Bool

  /// mmcv's prefix of a norm's name.
  var abbreviation: String {
    switch kind {
    case .batch, .frozenBatch: "bn"
    case .group: "gn"
    }
  }
}

/// Deformable convolutions: what `dcn` says.
struct DeformConfiguration: Sendable {
  var isModulated: Bool
  var deformGroups: Int
  var fallsBackOnStride: Bool
}

extension NormConfiguration {
  /// PyTorch's default.
  static let defaultEps = 1e-5

  /// What the classes of norms take beside `type` and mmcv's `requires_grad`.
  private static let arguments: [String: Set<String>] = [
    "BN": ["eps", "momentum", "affine", "track_running_stats"],
    "SyncBN": ["eps", "momentum", "affine", "track_running_stats", "process_group"],
    "FrozenBN": ["eps", "momentum", "affine", "track_running_stats"],
    "GN": ["eps", "num_groups", "affine"],
  ]
  /// Arguments whose other value makes a norm without some of its parameters or buffers.
  private static let alwaysTrue = ["affine", "track_running_stats"]

  init(_ value: ArgumentValue?) throws(BackboneError) {
    try Self.check(value)
    eps = value?["eps"]?.number ?? Self.defaultEps
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

  /// - Throws: `BackboneError` for an argument that the norm does not take, or that changes what it
  ///   computes in a way that no graph has.
  private static func check(_ value: ArgumentValue?) throws(BackboneError) {
    func fail(_ reason: String) -> BackboneError { .invalidArgument("norm_cfg", reason: reason) }
    guard case .dictionary(let items)? = value else { return }
    let type = value?["type"]?.string ?? "BN"
    for item in items where !["type", "requires_grad"].contains(item.key) {
      guard arguments[type]?.contains(item.key) != false else {
        throw fail("\(type) has no argument \(item.key)")
      }
      if alwaysTrue.contains(item.key), item.value.boolean != true {
        throw fail(
          "\(item.key) must be True; a norm without it has other keys and is not supported")
      }
      if item.key == "eps", item.value.number == nil { throw fail("eps must be a number") }
    }
  }
}

extension DeformConfiguration {
  /// Nil without deformable convolutions. `deformable_groups` and `modulated` are the spellings of
  /// early mmdet.
  init?(_ value: ArgumentValue?) throws(BackboneError) {
    guard let value, let type = value["type"]?.string else { return nil }
    isModulated = type == "DCNv2" || value["modulated"]?.boolean == true
    let groups = value["deform_groups"] ?? value["deformable_groups"] ?? 1
    guard let groups = groups.integer, (1...4096).contains(groups) else {
      throw .invalidArgument("dcn", reason: "deform_groups must be a positive integer")
    }
    deformGroups = groups
    fallsBackOnStride = value["fallback_on_stride"]?.boolean ?? false
  }

  var argument: ArgumentValue {
    .dictionary([
      .init("type", .string(isModulated ? "DCNv2" : "DCN")),
      .init("deform_groups", .integer(deformGroups)),
      .init("fallback_on_stride", .boolean(fallsBackOnStride)),
    ])
  }
}
