import PthBackbones
import PthTensors

/// A parameter or buffer of some module, known by its name and its shape alone.
package struct ModuleEntry: Sendable, Hashable {
  /// Its key in the module's `state_dict()`.
  package let name: String
  package let shape: [Int]
  package let dtype: DType
  /// Index of an earlier entry that is the same tensor under another name; nil if there is none.
  package let twin: Int?

  package init(_ name: String, _ shape: [Int], _ dtype: DType = .float32, twin: Int? = nil) {
    self.name = name
    self.shape = shape
    self.dtype = dtype
    self.twin = twin
  }

  /// Product of the shape, or the largest number if that overflows.
  package var elementCount: Int {
    var count = 1
    for length in shape where length >= 0 {
      let (product, overflow) = count.multipliedReportingOverflow(by: length)
      if overflow { return .max }
      count = product
    }
    return count
  }

  /// Whether it counts the batches that a norm has seen.
  var isCounter: Bool {
    shape.isEmpty && dtype == .int64 && name.lastKeyComponent == "num_batches_tracked"
  }

  /// Whether it is what a network mainly consists of, not a vector that fits anything of its width.
  var isWeight: Bool { shape.count > 1 }

  /// Whether a tensor of this shape can be loaded.
  func accepts(_ shape: [Int]) -> Bool { self.shape.acceptsShape(shape) }

  /// Whether a tensor of another type can be loaded without losing what it says.
  func accepts(_ other: DType) -> Bool {
    if dtype == other || other == .bool { return true }
    if dtype.isComplex { return other.isComplex || other.isFloatingPoint }
    return dtype.accepts(other) && (dtype.isFloatingPoint || !other.isFloatingPoint)
  }
}

extension ModuleEntry {
  /// The entries of a state dict: any checkpoint can be a target.
  package static func all(in state: StateDict) -> [ModuleEntry] {
    state.tensors.map { ModuleEntry($0.key, $0.value.shape, $0.value.dtype) }
  }
}

extension String {
  /// The word after the last dot.
  var lastKeyComponent: Substring {
    utf8.lastIndex(of: UInt8(ascii: ".")).map { self[utf8.index(after: $0)...] } ?? self[...]
  }

  /// The part before the last dot; empty without a dot.
  var keyParent: Substring {
    self[..<(utf8.lastIndex(of: UInt8(ascii: ".")) ?? startIndex)]
  }
}
