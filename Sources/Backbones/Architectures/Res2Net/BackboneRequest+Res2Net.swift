extension BackboneRequest {
  /// A Res2Net. Arguments that are left out are read from the checkpoint.
  public static func res2net(
    depth: Int? = nil, layers: [Int]? = nil, scales: Int? = nil, baseWidth: Int? = nil,
    frozenStages: Int? = nil, flavor: Flavor? = nil
  ) -> BackboneRequest {
    var arguments = BackboneArguments()
    arguments["depth"] = depth.map { .integer($0) }
    arguments["layers"] = layers.map { ArgumentValue($0) }
    arguments["scales"] = scales.map { .integer($0) }
    arguments["base_width"] = baseWidth.map { .integer($0) }
    arguments["frozen_stages"] = frozenStages.map { .integer($0) }
    return BackboneRequest("Res2Net", flavor: flavor, arguments: arguments)
  }
}
