/// Preparation of an image for evaluation on ImageNet: resize the shorter side, then crop the centre.
extension Picture {
  /// The centre crop of `size` × `size` pixels after the shorter side was resized to 8/7 of `size` (256 for 224):
  /// torchvision's `Resize` and `CenterCrop` on a Pillow image, bilinear.
  package func evaluationCrop(_ size: Int) -> Picture {
    let side = size * 8 / 7
    let resized =
      height < width
      ? resized(height: side, width: max(side, side * width / height))
      : resized(height: max(side, side * height / width), width: side)
    return resized.centre(size)
  }

  private func centre(_ size: Int) -> Picture {
    // As in Python, halves are rounded to the even number.
    let top = Int((Double(height - size) / 2).rounded(.toNearestOrEven))
    let left = Int((Double(width - size) / 2).rounded(.toNearestOrEven))
    var result: [UInt8] = []
    result.reserveCapacity(3 * size * size)
    for row in top..<top + size {
      result += pixels[3 * (row * width + left)..<3 * (row * width + left + size)]
    }
    return Picture(height: size, width: size, pixels: result)
  }

  /// Pillow's bilinear `resize`, bit for bit: a triangle filter as wide as the reduction, first horizontally, then
  /// vertically, with rounding to bytes after each pass.
  package func resized(height newHeight: Int, width newWidth: Int) -> Picture {
    var result = self
    if newWidth != width { result = result.resizedRows(newWidth) }
    if newHeight != height { result = result.resizedColumns(newHeight) }
    return result
  }

  private func resizedRows(_ newWidth: Int) -> Picture {
    let windows = ResizeWindow.all(from: width, to: newWidth)
    var result = [UInt8](repeating: 0, count: 3 * height * newWidth)
    pixels.withUnsafeBufferPointer { pixels in
      for row in 0..<height {
        for (column, window) in windows.enumerated() {
          for channel in 0..<3 {
            result[3 * (row * newWidth + column) + channel] = window.sum {
              pixels[3 * (row * width + $0) + channel]
            }
          }
        }
      }
    }
    return Picture(height: height, width: newWidth, pixels: result)
  }

  private func resizedColumns(_ newHeight: Int) -> Picture {
    let windows = ResizeWindow.all(from: height, to: newHeight)
    let stride = 3 * width
    var result = [UInt8](repeating: 0, count: stride * newHeight)
    pixels.withUnsafeBufferPointer { pixels in
      for (row, window) in windows.enumerated() {
        for index in 0..<stride {
          result[row * stride + index] = window.sum { pixels[$0 * stride + index] }
        }
      }
    }
    return Picture(height: newHeight, width: width, pixels: result)
  }
}

/// The pixels, with weights, from which one pixel of a resized line is computed.
private struct ResizeWindow {
  let first: Int
  /// Pillow's weights, in fixed point with 22 fractional bits.
  let weights: [Int]

  private static let precision = 22

  static func all(from length: Int, to newLength: Int) -> [ResizeWindow] {
    let scale = Double(length) / Double(newLength)
    let reach = max(scale, 1)
    return (0..<newLength).map { index in
      let centre = (Double(index) + 0.5) * scale
      let first = max(0, Int(centre - reach + 0.5))
      let end = min(length, Int(centre + reach + 0.5))
      let raw = (first..<end).map { pixel in
        max(0, 1 - abs((Double(pixel) - centre + 0.5) / reach))
      }
      let total = raw.reduce(0, +)
      return ResizeWindow(
        first: first,
        weights: raw.map {
          Int(($0 / total * Double(1 << precision)).rounded(.toNearestOrAwayFromZero))
        })
    }
  }

  func sum(_ pixel: (Int) -> UInt8) -> UInt8 {
    var total = 1 << (Self.precision - 1)
    for (offset, weight) in weights.enumerated() { total += Int(pixel(first + offset)) * weight }
    return UInt8(clamping: total >> Self.precision)
  }
}
