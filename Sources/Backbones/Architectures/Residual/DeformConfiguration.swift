/// The deformable convolutions that a `dcn` describes.
struct DeformConfiguration: Sendable {
  var isModulated: Bool
  var deformGroups: Int
  var fallsBackOnStride: Bool
}

extension DeformConfiguration {
  /// Reads `dcn`; nil without deformable convolutions. `deformable_groups` and `modulated` are the spellings of
  /// early versions of mmdet.
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
