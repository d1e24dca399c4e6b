extension ResidualArchitecture {
  /// The arguments of one implementation, translated for each other implementation where they differ.
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

  /// Translates `base_width`, `norm_cfg` and `style`.
  ///
  /// A block is `planes · base_width / base_channels` wide in OpenMMLab's and detectron2's implementations, and
  /// `planes · base_width / 64` wide in the others. The same width therefore has two values of `base_width`
  /// unless there are 64 base channels. If no integer gives the same width, the argument stays.
  ///
  /// detectron2 freezes batch norms by default and the others do not, so the file's norm type does not determine
  /// the target's. By default detectron2 has the stride in another convolution than the others; no key shows
  /// the style, so the default of the source's implementation is used.
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
