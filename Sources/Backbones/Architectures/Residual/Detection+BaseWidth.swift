extension Detection {
  /// The arguments that describe this backbone in another implementation.
  ///
  /// A block is `planes · base_width / base_channels` wide in OpenMMLab's and `planes · base_width /
  /// 64` in the others, so that with other base channels than 64 the same width has two numbers.
  /// Where no number gives the same width, the argument stays.
  ///
  /// detectron2 freezes its batch norms unless it is told otherwise, the others do not: which of
  /// both a file has is no matter of the target's. Nor does it have its stride where the others
  /// have it, so that the style, which no key shows, is taken to be the usual one of the source.
  package func arguments(for target: Flavor) -> BackboneArguments {
    var arguments = arguments
    if (flavor == .detectron2) != (target == .detectron2) {
      if arguments["norm_cfg"]?["type"]?.string.map(["BN", "FrozenBN"].contains) == true {
        arguments["norm_cfg"] = nil
      }
      let traits = ResidualArchitecture.resNet.flavors
      if arguments["style"] == nil, traits[target]?.fixed["style"] == nil {
        arguments["style"] = traits[flavor]?.defaults["style"] ?? "pytorch"
      }
    }
    guard let width = arguments["base_width"]?.integer,
      let channels = arguments["base_channels"]?.integer, channels != 64,
      let isFollowing = Self.widthFollowsBaseChannels(backbone, flavor),
      let shouldFollow = Self.widthFollowsBaseChannels(backbone, target),
      isFollowing != shouldFollow
    else { return arguments }
    let (numerator, denominator) = shouldFollow ? (channels, 64) : (64, channels)
    let (product, overflow) = width.multipliedReportingOverflow(by: numerator)
    guard !overflow, product % denominator == 0 else { return arguments }
    arguments["base_width"] = .integer(product / denominator)
    return arguments
  }

  private static func widthFollowsBaseChannels(_ backbone: String, _ flavor: Flavor) -> Bool? {
    let architectures = [ResidualArchitecture.res2Net, .resNet]
    return architectures.first { $0.name == backbone }?.flavors[flavor]?.widthFollowsBaseChannels
  }
}
