extension ResidualArchitecture {
  /// What the arguments of one implementation are in each of the others, where they differ.
  func translations(
    of arguments: BackboneArguments, from source: Flavor
  ) -> [Flavor: BackboneArguments] {
    var result: [Flavor: BackboneArguments] = [:]
    for target in flavorOrder where target != source {
      let translated = translated(arguments, from: source, to: target)
      if translated != arguments { result[target] = translated }
    }
    return result
  }

  /// A block is `planes · base_width / base_channels` wide in OpenMMLab's and `planes · base_width /
  /// 64` in the others, so that with other base channels than 64 the same width has two numbers.
  /// Where no number gives the same width, the argument stays.
  ///
  /// detectron2 freezes its batch norms unless it is told otherwise, the others do not: which of
  /// both a file has is no matter of the target's. Nor does it have its stride where the others
  /// have it, so that the style, which no key shows, is taken to be the usual one of the source.
  private func translated(
    _ arguments: BackboneArguments, from source: Flavor, to target: Flavor
  ) -> BackboneArguments {
    var arguments = arguments
    if (source == .detectron2) != (target == .detectron2) {
      if arguments["norm_cfg"]?["type"]?.string.map(["BN", "FrozenBN"].contains) == true {
        arguments["norm_cfg"] = nil
      }
      if arguments["style"] == nil, flavors[target]?.fixed["style"] == nil {
        arguments["style"] = flavors[source]?.defaults["style"] ?? "pytorch"
      }
    }
    guard let width = arguments["base_width"]?.integer,
      let channels = arguments["base_channels"]?.integer, channels != 64,
      let isFollowing = flavors[source]?.widthFollowsBaseChannels,
      let shouldFollow = flavors[target]?.widthFollowsBaseChannels,
      isFollowing != shouldFollow
    else { return arguments }
    let (numerator, denominator) = shouldFollow ? (channels, 64) : (64, channels)
    let (product, overflow) = width.multipliedReportingOverflow(by: numerator)
    guard !overflow, product % denominator == 0 else { return arguments }
    arguments["base_width"] = .integer(product / denominator)
    return arguments
  }
}
