extension Detection {
  /// The arguments that describe this backbone in another implementation.
  ///
  /// A block is `planes · base_width / base_channels` wide in OpenMMLab's and `planes · base_width /
  /// 64` in the others, so that with other base channels than 64 the same width has two numbers.
  /// Where no number gives the same width, the argument stays.
  public func arguments(for target: Flavor) -> BackboneArguments {
    guard let width = arguments["base_width"]?.integer,
      let channels = arguments["base_channels"]?.integer, channels != 64,
      let isFollowing = Self.widthFollowsBaseChannels(backbone, flavor),
      let shouldFollow = Self.widthFollowsBaseChannels(backbone, target),
      isFollowing != shouldFollow
    else { return arguments }
    let (numerator, denominator) = shouldFollow ? (channels, 64) : (64, channels)
    let (product, overflow) = width.multipliedReportingOverflow(by: numerator)
    guard !overflow, product % denominator == 0 else { return arguments }
    var translated = arguments
    translated["base_width"] = .integer(product / denominator)
    return translated
  }

  private static func widthFollowsBaseChannels(_ backbone: String, _ flavor: Flavor) -> Bool? {
    let architectures = [ResidualArchitecture.res2Net, .resNet]
    return architectures.first { $0.name == backbone }?.flavors[flavor]?.widthFollowsBaseChannels
  }
}
