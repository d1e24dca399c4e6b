extension BackboneRequest {
  /// A ResNet. Arguments that are left out are read from the checkpoint.
  package static func resnet(
    depth: Int? = nil, layers: [Int]? = nil, frozenStages: Int? = nil, flavor: Flavor? = nil
  ) -> BackboneRequest {
    var arguments = BackboneArguments()
    arguments["depth"] = depth.map { .integer($0) }
    arguments["layers"] = layers.map { ArgumentValue($0) }
    arguments["frozen_stages"] = frozenStages.map { .integer($0) }
    return BackboneRequest("ResNet", flavor: flavor, arguments: arguments)
  }
}
