import Bytes
import Checkpoints
import Tensors

extension ONNXInitializer {
  /// Appends the elements, little-endian in C order: the kernel copies those that lie like this in
  /// a file, computed ones pass through a small window.
  func write(to file: AtomicFile) throws {
    switch values {
    case .tensor(let tensor): try file.append(tensor.contiguousBytes())
    case .computed(let values): try file.append(Bytes(encoded(values)))
    case .scaled(let tensor, let factors):
      switch dtype {
      case .float64: try scale(tensor, factors, as: Double.self, to: file)
      case .float16: try scale(tensor, factors, as: Float16.self, to: file)
      case .bfloat16: try scale(tensor, factors, as: BFloat16.self, to: file)
      default: try scale(tensor, factors, as: Float.self, to: file)
      }
    }
  }

  private func encoded(_ values: [Double]) -> [UInt8] {
    func bytes<Element: RoundedElement>(_ type: Element.Type) -> [UInt8] {
      values.map { Element(rounding: $0) }.withUnsafeBytes(Array.init)
    }
    return switch dtype {
    case .float64: bytes(Double.self)
    case .float16: bytes(Float16.self)
    case .bfloat16: bytes(BFloat16.self)
    default: bytes(Float.self)
    }
  }

  private func scale<Element: RoundedElement>(
    _ tensor: Tensor, _ factors: [Double], as type: Element.Type, to file: AtomicFile
  ) throws {
    guard let channels = shape.first, channels > 0 else { return }
    let channelLength = tensor.elementCount / channels
    var index = 0
    var failure: WriteError?
    try tensor.contiguousBytes().forEachWindow { window in
      do throws(WriteError) {
        for start in stride(from: 0, to: window.count, by: Self.windowSize) {
          let part = UnsafeRawBufferPointer(
            rebasing: window[start..<min(start + Self.windowSize, window.count)])
          let scaled: [Element] = Self.scaled(
            part, from: index, factors, channelLength: channelLength)
          index += scaled.count
          try file.append(Bytes(scaled.withUnsafeBytes(Array.init)))
        }
      } catch {
        failure = error
      }
      return failure == nil
    }
    if let failure { throw failure }
  }

  /// A multiple of every element's size.
  private static let windowSize = 1 << 20

  /// The elements in `bytes`, the first of which is element `first` of the weight, each multiplied
  /// by its output channel's factor in float64.
  private static func scaled<Element: RoundedElement>(
    _ bytes: UnsafeRawBufferPointer, from first: Int, _ factors: [Double], channelLength: Int
  ) -> [Element] {
    let size = MemoryLayout<Element>.size
    let count = bytes.count / size
    return Array(unsafeUninitializedCapacity: count) { output, initialized in
      var index = 0
      while index < count {
        let channel = (first + index) / channelLength
        let end = min(count, (channel + 1) * channelLength - first)
        let factor = factors[channel]
        while index < end {
          let element = bytes.loadUnaligned(fromByteOffset: index * size, as: Element.self)
          output[index] = Element(rounding: element.exact * factor)
          index += 1
        }
      }
      initialized = count
    }
  }
}

/// A floating-point type that weights are stored in.
private protocol RoundedElement: BitwiseCopyable {
  /// The nearest value, ties to even.
  init(rounding value: Double)
  var exact: Double { get }
}

extension Float: RoundedElement {
  fileprivate init(rounding value: Double) { self.init(value) }
  fileprivate var exact: Double { Double(self) }
}

extension Double: RoundedElement {
  fileprivate init(rounding value: Double) { self = value }
  fileprivate var exact: Double { self }
}

extension Float16: RoundedElement {
  fileprivate init(rounding value: Double) { self.init(value) }
  fileprivate var exact: Double { Double(self) }
}

private struct BFloat16: RoundedElement {
  let bits: UInt16

  init(rounding value: Double) { bits = Tensor.bfloat16Bits(Float(value)) }

  var exact: Double { Double(Float(bitPattern: UInt32(bits) << 16)) }
}
