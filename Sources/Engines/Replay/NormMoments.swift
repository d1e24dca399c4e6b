/// Mean and variance of one batch norm's input, for every channel of every image.
///
/// They are kept per image, so that resampling can estimate how much they vary from images to images.
package struct NormMoments: Sendable {
  package let channels: Int
  /// `[image][channel]` in C order: the mean over the image's pixels.
  package private(set) var means: [Double] = []
  /// The biased variance over the image's pixels, in the same order.
  package private(set) var variances: [Double] = []

  package init(channels: Int) { self.channels = channels }

  package var imageCount: Int { channels == 0 ? 0 : means.count / channels }

  /// Adds the next channel of the current image.
  mutating func append(mean: Double, variance: Double) {
    means.append(mean)
    variances.append(variance)
  }

  package mutating func append(_ other: NormMoments) {
    means += other.means
    variances += other.variances
  }

  /// Mean and biased variance of each channel over all pixels of the images of these indices, which
  /// may repeat.
  package func pooled(
    _ images: some Collection<Int>
  ) -> (means: [Double], variances: [Double]) {
    let count = Double(images.count)
    var sum = [Double](repeating: 0, count: channels)
    var squares = sum
    for image in images {
      for channel in 0..<channels { sum[channel] += means[image * channels + channel] }
    }
    for channel in 0..<channels { sum[channel] /= count }
    for image in images {
      for channel in 0..<channels {
        let index = image * channels + channel
        let distance = means[index] - sum[channel]
        squares[channel] += variances[index] + distance * distance
      }
    }
    for channel in 0..<channels { squares[channel] /= count }
    return (sum, squares)
  }

  /// Mean and biased variance of each channel over all images.
  var pooled: (means: [Double], variances: [Double]) { pooled(0..<imageCount) }
}
