import PthEngines
import PthImages

/// The change of a norm's input when a whole picture becomes brighter in one colour.
///
/// Up to the first batch norm a network is linear: so the means that it recorded give the mean colour of
/// the images of training, once it is known what the norm sees of plain colours.
struct ColourResponse {
  /// For each channel of the norm: its change by one step of 0 to 255 in each of the network's three inputs.
  let steps: [[Double]]

  /// Black, the three colours, white.
  fileprivate static let colours: [[UInt8]] = [
    [0, 0, 0], [255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255],
  ]
  /// How far white may be from the sum of the three colours: what float32 rounds.
  private static let roundingLimit = 1e-3

  /// - Parameter moments: The norm's input for ``colours``, in bytes.
  /// - Returns: nil if what comes before the norm is not linear.
  fileprivate init?(_ moments: NormMoments) {
    var steps: [[Double]] = []
    for channel in 0..<moments.channels {
      let seen = Self.colours.indices.map { moments.means[$0 * moments.channels + channel] }
      let changes = seen.dropFirst().map { $0 - seen[0] }
      let parts = changes.prefix(3)
      let size = parts.reduce(abs(seen[0])) { $0 + abs($1) }
      guard abs(changes[3] - parts.reduce(0, +)) <= Self.roundingLimit * size else { return nil }
      steps.append(parts.map { $0 / 255 })
    }
    self.steps = steps
  }
}

extension WitnessRun {
  /// What the batch norm at `index` sees of plain colours; nil if it is not the first of its path.
  ///
  /// - Throws: what the engine throws.
  func colourResponse(at index: Int) throws -> ColourResponse? {
    let area = images.size * images.size
    let pictures = ColourResponse.colours.map { colour in
      Picture(
        height: images.size, width: images.size,
        pixels: [UInt8]((0..<area).map { _ in colour }.joined()))
    }
    let input = try Preparation(.bytes).tensor(pictures[...])
    return try ColourResponse(engine.moments(input, normCount: index + 1)[index])
  }
}

/// Mean and contrast of images, from 0 to 255.
struct ImageColours {
  /// Red, green and blue.
  let mean: [Double]
  /// The standard deviation of the brightness of all pixels.
  let deviation: Double

  /// ImageNet's photographs.
  static let imageNet = ImageColours(mean: Preparation.Scale.imagenet.mean, deviation: 57)

  private init(mean: [Double], deviation: Double) {
    (self.mean, self.deviation) = (mean, deviation)
  }

  init(_ pictures: [Picture]) {
    var sums = [0, 0, 0]
    var squares = 0.0
    var count = 0
    for picture in pictures {
      picture.pixels.withUnsafeBufferPointer { pixels in
        for pixel in stride(from: 0, to: pixels.count - 2, by: 3) {
          let (red, green, blue) = (
            Int(pixels[pixel]), Int(pixels[pixel + 1]), Int(pixels[pixel + 2])
          )
          sums[0] += red
          sums[1] += green
          sums[2] += blue
          let sum = Double(red + green + blue)
          squares += sum * sum
          count += 1
        }
      }
    }
    let total = Double(max(count, 1))
    mean = sums.map { Double($0) / total }
    let brightness = mean.reduce(0, +) / 3
    deviation = max(squares / 9 / total - brightness * brightness, 1).squareRoot()
  }

  var brightness: Double { mean.reduce(0, +) / 3 }
}
