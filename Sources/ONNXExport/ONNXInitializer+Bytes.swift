import PthBytes
import PthCheckpoints
import PthTensors

extension ONNXInitializer {
  /// The elements, little-endian in C order. Unchanged tensors are copied from file to file; scaled weights are
  /// computed while they are written.
  var data: OutputData {
    switch values {
    case .tensor(let tensor): .tensor(tensor, nil, index: 0)
    case .computed(let values): .bytes(Bytes(encoded(values)))
    case .scaled(let tensor, let factors):
      switch dtype {
      case .float64: scaled(tensor, factors, as: Double.self)
      case .float16: scaled(tensor, factors, as: Float16.self)
      case .bfloat16: scaled(tensor, factors, as: BFloat16.self)
      default: scaled(tensor, factors, as: Float.self)
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

  /// Each element multiplied by its output channel's factor in float64.
  private func scaled<Element: RoundedElement>(
    _ tensor: Tensor, _ factors: [Double], as type: Element.Type
  ) -> OutputData {
    let size = MemoryLayout<Element>.size
    let channelLength = max(1, tensor.elementCount / max(1, shape.first ?? 1))
    return .computed(byteCount: byteCount, unit: size) { position, output in
      try tensor.read(at: position, into: output)
      let first = position / size
      let count = output.count / size
      var index = 0
      while index < count {
        let channel = (first + index) / channelLength
        let end = min(count, (channel + 1) * channelLength - first)
        let factor = factors[channel]
        while index < end {
          let element = output.loadUnaligned(fromByteOffset: index * size, as: Element.self)
          output.storeBytes(
            of: Element(rounding: element.exact * factor), toByteOffset: index * size,
            as: Element.self)
          index += 1
        }
      }
    }
  }
}

/// A floating-point type of stored weights.
private protocol RoundedElement: BitwiseCopyable, SendableMetatype {
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

  init(rounding value: Double) { bits = ElementConversion.bfloat16Bits(Float(value)) }

  var exact: Double { Double(Float(bitPattern: UInt32(bits) << 16)) }
}
