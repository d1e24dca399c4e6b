import PthBytes
import CPthImages
import Glibc
import PthTensors

/// An image as the input of a network that was trained on ImageNet.
package enum ImageInput {
  /// The supported formats, recognised by their first bytes.
  fileprivate static let formats:
    [(
      magic: [UInt8],
      decode:
        @Sendable (
          UnsafeRawPointer?, Int, Int, UnsafeMutablePointer<pthconv_image>?,
          UnsafeMutablePointer<CChar>?
        ) -> Int32
    )] = [
      ([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a], pthconv_decode_png),
      ([0xff, 0xd8, 0xff], pthconv_decode_jpeg),
    ]

  /// The maximum number of decoded pixels. No photograph has more than 100 million. A small file that claims many
  /// pixels is an attack on memory, since a pixel takes 15 bytes.
  fileprivate static func pixelLimit(fileSize: Int) -> Int {
    let allowance = 4_000_000
    let pixelsPerByte = 12
    return min(100_000_000, allowance + min(fileSize, 100_000_000) * pixelsPerByte)
  }

  /// Progressive photographs have about a dozen scans, and decoding each scan passes over the whole picture.
  fileprivate static let maximumScanCount = 100

  /// Mean and standard deviation of ImageNet's red, green and blue channels, for values from 0 to 1.
  package static let mean: [Float] = [0.485, 0.456, 0.406]
  package static let std: [Float] = [0.229, 0.224, 0.225]

  /// Whether the bytes begin as a PNG or JPEG file does.
  package static func isImage(_ bytes: Bytes) -> Bool {
    formats.contains { bytes.starts(with: $0.magic) }
  }

  /// The image as float32 of shape `[1, 3, height, width]`, RGB, each channel (value / 255 − mean) / std, as
  /// torchvision's `to_tensor` and `normalize` compute it from Pillow's `convert("RGB")`. The image is not resized,
  /// and an orientation in its metadata is not applied.
  ///
  /// - Throws: ``ImageError`` as ``Picture/init(decoding:)``.
  package static func tensor(_ bytes: Bytes) throws -> Tensor {
    let picture = try Picture(decoding: bytes)
    let (height, width) = (picture.height, picture.width)
    let buffer = OwnedBuffer(count: 3 * height * width * 4)
    let values = buffer.memory.bindMemory(to: Float.self)
    for channel in 0..<3 {
      for index in 0..<height * width {
        let value = Float(picture.pixels[3 * index + channel]) / 255
        values[channel * height * width + index] = (value - mean[channel]) / std[channel]
      }
    }
    return try Tensor(
      storage: TensorStorage(key: "image", bytes: Bytes(buffer)), dtype: .float32,
      shape: [1, 3, height, width])
  }
}

/// A decoded image: rows of red, green and blue bytes, top row first, without gaps.
package struct Picture: Sendable {
  package let height: Int
  package let width: Int
  package let pixels: [UInt8]

  package init(height: Int, width: Int, pixels: [UInt8]) {
    self.height = height
    self.width = width
    self.pixels = pixels
  }
}

extension Picture {
  /// Decodes an image as Pillow's `convert("RGB")` does. The image is not resized, and an orientation in its metadata
  /// is not applied.
  ///
  /// - Throws: ``ImageError`` if the image is damaged or neither a PNG nor a JPEG, if it has more than 100 million
  ///   pixels or far more than its file size explains, or if the library for its format is not installed.
  package init(decoding bytes: Bytes) throws {
    guard let format = ImageInput.formats.first(where: { bytes.starts(with: $0.magic) }) else {
      throw ImageError(reason: "is neither a PNG nor a JPEG")
    }
    let scans = ImageInput.jpegScanCount(bytes)
    guard scans <= ImageInput.maximumScanCount else {
      throw ImageError(reason: "is a JPEG of \(scans) scans, more than are read")
    }
    var image = pthconv_image()
    var message = [CChar](repeating: 0, count: 200)
    let failed = bytes.withUnsafeBytes {
      format.decode(
        $0.baseAddress, $0.count, ImageInput.pixelLimit(fileSize: $0.count), &image, &message)
    }
    guard failed == 0, let pixels = image.pixels else {
      throw ImageError(reason: message.withUnsafeBufferPointer { String(cString: $0.baseAddress!) })
    }
    defer { free(pixels) }
    let (height, width) = (Int(image.height), Int(image.width))
    self.init(
      height: height, width: width,
      pixels: Array(UnsafeBufferPointer(start: pixels, count: 3 * height * width)))
  }
}

extension ImageInput {
  /// The number of scans in a JPEG, counted by its SOS markers, which compressed data never contain. The scans of an
  /// embedded thumbnail are included.
  fileprivate static func jpegScanCount(_ bytes: Bytes) -> Int {
    guard bytes.starts(with: [0xff, 0xd8]) else { return 0 }
    return bytes.withUnsafeBytes { buffer in
      var count = 0
      var previous: UInt8 = 0
      for byte in buffer {
        if previous == 0xff, byte == 0xda { count += 1 }
        previous = byte
      }
      return count
    }
  }
}

/// Why an image cannot be read.
package struct ImageError: Error, Equatable, CustomStringConvertible {
  package let reason: String

  package var description: String { reason }
}
