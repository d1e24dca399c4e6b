extension ResidualArchitecture {
  /// The arguments of one implementation translated into those of each other one, where they
  /// differ.
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

  /// A block is `planes · base_width / base_channels` wide in OpenMMLab's and `planes · base_width
  /// / 64` in the others, so that the same width has two numbers unless there are 64 base channels.
  /// Where no number gives the same width, the argument stays.
  ///
  /// detectron2 freezes batch norms by default and the others do not, so the norm of the file says
  /// nothing about the target's. detectron2 also has its stride in another convolution than the
  /// others; no key shows the style, so that of the source's implementation is taken.
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
