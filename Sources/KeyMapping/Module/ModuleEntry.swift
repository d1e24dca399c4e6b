import PthBackbones
import PthTensors

/// A parameter or buffer of any module, described only by name, shape and dtype.
package struct ModuleEntry: Sendable, Hashable {
  /// Its key in the module's `state_dict()`.
  package let name: String
  package let shape: [Int]
  package let dtype: DType
  /// Index of an earlier entry that shares its tensor (tied weights); nil if there is none.
  package let twin: Int?

  package init(_ name: String, _ shape: [Int], _ dtype: DType = .float32, twin: Int? = nil) {
    self.name = name
    self.shape = shape
    self.dtype = dtype
    self.twin = twin
  }

  /// Product of the shape, or `Int.max` if that overflows.
  package var elementCount: Int {
    var count = 1
    for length in shape where length >= 0 {
      let (product, overflow) = count.multipliedReportingOverflow(by: length)
      if overflow { return .max }
      count = product
    }
    return count
  }

  /// Whether it is a batch norm's counter of batches.
  var isCounter: Bool {
    shape.isEmpty && dtype == .int64 && name.lastKeyComponent == "num_batches_tracked"
  }

  /// Whether it is a weight and not a vector, which would fit any network of its width.
  var isWeight: Bool { shape.count > 1 }

  /// Whether a tensor of this shape can be loaded.
  func accepts(_ shape: [Int]) -> Bool { self.shape.acceptsShape(shape) }

  /// Whether a tensor of another type can be loaded. Refused are integers for a real parameter, fractional numbers
  /// for integers, and complex numbers for real ones.
  func accepts(_ other: DType) -> Bool {
    if dtype == other || other == .bool { return true }
    if dtype.isComplex { return other.isComplex || other.isFloatingPoint }
    return dtype.accepts(other) && (dtype.isFloatingPoint || !other.isFloatingPoint)
  }
}

extension ModuleEntry {
  /// The entries of a state dict, so that any checkpoint can be a target.
  package static func all(in state: StateDict) -> [ModuleEntry] {
    state.tensors.map { ModuleEntry($0.key, $0.value.shape, $0.value.dtype) }
  }
}

extension String {
  /// The component after the last dot.
  var lastKeyComponent: Substring {
    utf8.lastIndex(of: UInt8(ascii: ".")).map { self[utf8.index(after: $0)...] } ?? self[...]
  }

  /// The part before the last dot; empty without a dot.
  var keyParent: Substring {
    self[..<(utf8.lastIndex(of: UInt8(ascii: ".")) ?? startIndex)]
  }
}
