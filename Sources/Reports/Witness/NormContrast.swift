import PthEngines

/// The distance between two networks at one norm, and the part of it that sampling noise explains.
struct NormContrast {
  /// The squared distance of the networks' features, averaged over the channels.
  let squared: Double
  /// The expected squared distance if only sampling differs, for example if one network computes every second pixel
  /// of the other.
  let noise: Double

  init(_ first: PairedComparison.Observation, _ second: PairedComparison.Observation) {
    let one = ChannelFeatures(first, eps: first.record.eps)
    let other = ChannelFeatures(second, eps: first.record.eps)
    let images = one.imageCount
    guard one.channelCount == other.channelCount, images == other.imageCount, images > 1 else {
      (squared, noise) = (0, 0)
      return
    }
    var squared = 0.0
    var noise = 0.0
    for channel in 0..<one.channelCount {
      for isVariance in [false, true] {
        let apart = one.distance(channel, isVariance) - other.distance(channel, isVariance)
        var varying = 0.0
        for image in 0..<images {
          let deviation =
            one.deviation(image, channel, isVariance) - other.deviation(image, channel, isVariance)
          varying += deviation * deviation
        }
        guard apart.isFinite, varying.isFinite else { continue }
        squared += apart * apart
        noise += varying
      }
    }
    self.squared = squared / Double(max(one.channelCount, 1))
    self.noise = noise / Double(max(one.channelCount, 1) * images * (images - 1))
  }

  /// Whether the networks compute different functions at this norm, not the same function on other pixels.
  var tells: Bool { squared > Self.certain * noise }

  /// At this ratio three quarters of the distance are due to the networks. Measured on networks with a stride
  /// replaced by dilations: a convolution that only sees other pixels stays below 3.4 (99 of 100 below 2.5), and the
  /// convolution that sees other neighbours is above 5.
  private static let certain = 4.0
}
