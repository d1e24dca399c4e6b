import FoundationEssentials
import PthTensors

/// A feature map as a picture: the mean of the absolute values over the channels, black for 0 and white for
/// the largest mean.
package struct FeatureMapImage: Codable, Sendable {
  package let name: String
  /// The height of the picture, at most 64: larger feature maps are averaged over square patches.
  package let height: Int
  package let width: Int
  /// A `data:` URL with a BMP, since a BMP needs no compression.
  package let image: String

  /// - Parameter output: `[batch, channels, height, width]`; the first image is shown.
  /// - Returns: Nil for a tensor of another rank or without elements, and if the means are all 0 or not all finite.
  package init?(_ name: String, _ output: Tensor) throws {
    guard output.shape.count == 4, output.shape[0] >= 1, output.shape.allSatisfy({ $0 > 0 }) else {
      return nil
    }
    let (channels, rows, columns) = (output.shape[1], output.shape[2], output.shape[3])
    let step = max(1, (max(rows, columns) + 63) / 64)
    let (height, width) = ((rows + step - 1) / step, (columns + step - 1) / step)
    var sums = [Double](repeating: 0, count: height * width)
    var counts = [Double](repeating: 0, count: height * width)
    // The limit keeps only the first image of a batch.
    let values = try TensorElements(output).values(limit: channels * rows * columns)
    for (index, value) in values.enumerated() {
      let (row, column) = (index / columns % rows / step, index % columns / step)
      sums[row * width + column] += abs(value.real)
      counts[row * width + column] += 1
    }
    let means = zip(sums, counts).map { $0 / $1 }
    guard let most = means.max(), most > 0, means.allSatisfy(\.isFinite) else { return nil }
    self.name = name
    self.height = height
    self.width = width
    let pixels = means.map { UInt8($0 / most * 255) }
    let data = Data(Self.bitmap(pixels, height: height, width: width))
    image = "data:image/bmp;base64,\(data.base64EncodedString())"
  }

  /// The pictures of all outputs of a network that can be shown as one.
  package static func all(_ outputs: StateDict) throws -> [FeatureMapImage] {
    try outputs.tensors.compactMap { try FeatureMapImage($0.key, $0.value) }
  }

  /// A BMP with a palette of 256 greys. The lowest row is first, and every row is padded to a multiple of 4 bytes.
  private static func bitmap(_ pixels: [UInt8], height: Int, width: Int) -> [UInt8] {
    func bytes(_ number: Int, _ count: Int) -> [UInt8] {
      (0..<count).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
    }
    let stride = (width + 3) / 4 * 4
    let start = 14 + 40 + 4 * 256
    var file = [UInt8](ascii: "BM") + bytes(start + stride * height, 4) + bytes(0, 4)
    file += bytes(start, 4) + bytes(40, 4) + bytes(width, 4) + bytes(height, 4)
    file += bytes(1, 2) + bytes(8, 2) + bytes(0, 4) + bytes(stride * height, 4)
    file += bytes(2835, 4) + bytes(2835, 4) + bytes(256, 4) + bytes(0, 4)
    for shade in 0..<256 { file += bytes(shade * 0x01_0101, 4) }
    for row in (0..<height).reversed() {
      file += pixels[row * width..<(row + 1) * width]
      file += [UInt8](repeating: 0, count: stride - width)
    }
    return file
  }
}

extension [UInt8] {
  fileprivate init(ascii text: StaticString) {
    self = text.withUTF8Buffer { Array($0) }
  }
}
