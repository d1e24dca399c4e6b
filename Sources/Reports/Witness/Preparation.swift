import PthBackbones
import PthBytes
import PthImages
import PthTensors

/// How an image becomes a network's input: the order of the colours, and the mean and standard deviation that
/// normalise them.
package struct Preparation: Sendable, Hashable {
  /// Mean and standard deviation that published networks were trained with.
  package enum Scale: String, Sendable, CaseIterable {
    /// ImageNet's mean and standard deviation: torchvision, timm, mmdetection's `pytorch` style.
    case imagenet
    /// ImageNet's mean subtracted from 0 to 255, not scaled: Caffe, Detectron2, mmdetection's `caffe` style.
    case caffe
    /// Scaled to 0 to 1.
    case unit
    /// Scaled to −1 to 1: TensorFlow's Inception.
    case symmetric
    /// 0 to 255 without normalisation.
    case bytes

    /// The mean of red, green and blue, for values from 0 to 255.
    package var mean: [Double] {
      switch self {
      case .imagenet: [123.675, 116.28, 103.53]
      case .caffe: [123.675, 116.28, 103.53]
      case .unit, .bytes: [0, 0, 0]
      case .symmetric: [127.5, 127.5, 127.5]
      }
    }

    package var std: [Double] {
      switch self {
      case .imagenet: [58.395, 57.12, 57.375]
      case .caffe, .bytes: [1, 1, 1]
      case .unit: [255, 255, 255]
      case .symmetric: [127.5, 127.5, 127.5]
      }
    }

    /// The scale in words, for a sentence.
    package var text: String {
      switch self {
      case .imagenet: "ImageNet's mean and standard deviation"
      case .caffe: "ImageNet's mean subtracted, 0 to 255"
      case .unit: "0 to 1"
      case .symmetric: "-1 to 1"
      case .bytes: "0 to 255"
      }
    }
  }

  /// A mean and standard deviation from a configuration or a family: red, green and blue, for values from 0 to 255.
  package struct Own: Sendable, Hashable {
    package let mean, std: [Double]

    /// Nil unless there are three means up to ±1e6 and three standard deviations from 1e-6 to 1e6.
    package init?(mean: [Double], std: [Double]) {
      guard mean.count == 3, std.count == 3, mean.allSatisfy({ abs($0) <= 1e6 }),
        std.allSatisfy({ $0 >= 1e-6 && $0 <= 1e6 })
      else { return nil }
      self.mean = mean
      self.std = std
    }
  }

  package var scale: Scale
  /// Whether blue comes first, as OpenCV reads images.
  package var isBGR: Bool
  /// A mean and standard deviation that replace the values of ``scale``.
  package var own: Own?

  package init(_ scale: Scale, isBGR: Bool = false) {
    self.scale = scale
    self.isBGR = isBGR
  }

  package init(_ own: Own, isBGR: Bool) {
    self.init(.bytes, isBGR: isBGR)
    self.own = own
  }

  /// The preparation for torchvision's networks.
  package static let usual = Preparation(.imagenet)

  /// The name in JSON: `rgb-imagenet`.
  package var name: String { "\(isBGR ? "bgr" : "rgb")-\(scale.rawValue)" }

  package var text: String { "\(isBGR ? "BGR" : "RGB"), \(scaleText)" }

  /// ``text`` without the order of the colours.
  package var scaleText: String {
    guard own != nil else { return scale.text }
    func list(_ values: [Double]) -> String {
      values.map { Format.significant($0, digits: 6) }.joined(separator: ", ")
    }
    return "mean \(list(mean)) and standard deviation \(list(std))"
  }

  /// The mean, in the order of the colours; ``std`` has the same order.
  package var mean: [Double] { ordered(own?.mean ?? scale.mean) }
  package var std: [Double] { ordered(own?.std ?? scale.std) }

  private func ordered(_ values: [Double]) -> [Double] { isBGR ? values.reversed() : values }

  /// Pictures of one size as a float32 batch `[count, 3, height, width]`.
  func tensor(_ pictures: ArraySlice<Picture>) throws -> Tensor {
    guard let first = pictures.first else { preconditionFailure("a batch without pictures") }
    let area = first.height * first.width
    let buffer = OwnedBuffer(count: pictures.count * 3 * area * 4)
    let values = buffer.memory.bindMemory(to: Float.self)
    let (mean, std) = (mean.map(Float.init), std.map(Float.init))
    for (index, picture) in pictures.enumerated() {
      picture.pixels.withUnsafeBufferPointer { pixels in
        for channel in 0..<3 {
          let colour = isBGR ? 2 - channel : channel
          let plane = (index * 3 + channel) * area
          let (origin, factor) = (mean[channel], 1 / std[channel])
          for pixel in 0..<area {
            values[plane + pixel] = (Float(pixels[3 * pixel + colour]) - origin) * factor
          }
        }
      }
    }
    return try Tensor(
      storage: TensorStorage(key: "images", bytes: Bytes(buffer)), dtype: .float32,
      shape: [pictures.count, 3, first.height, first.width])
  }
}

extension Preparation {
  /// Nil if ``Own`` does not accept the mean and standard deviation.
  package init?(_ published: PublishedPreparation) {
    let isRGB = published.isRGB
    let mean = isRGB ? published.mean : published.mean.reversed()
    let deviation = isRGB ? published.deviation : published.deviation.reversed()
    if let scale = Scale.allCases.first(where: { $0.mean == mean && $0.std == deviation }) {
      self.init(scale, isBGR: !isRGB)
    } else {
      guard let own = Own(mean: mean, std: deviation) else { return nil }
      self.init(own, isBGR: !isRGB)
    }
  }
}
