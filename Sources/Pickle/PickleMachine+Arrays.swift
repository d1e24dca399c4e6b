/// How the bytes of arrays are read that joblib writes between the opcodes.
package enum PickleArrays {
  /// As further opcodes, which every reader except joblib does.
  case opcodes
  /// As an array without padding, which joblib before 1.2 does.
  case unpadded
  /// As an array after its padding, which joblib since 1.2 does.
  case padded
}

/// Reads joblib's files. The bytes of an array follow the BUILD of a `NumpyArrayWrapper`, whose attributes give their
/// number; an array of objects is a pickle in the same place.
extension PickleMachine {
  private static let maximumDTypeLength = 16
  private static let maximumAttributeCount = 16
  private static let badDType = "an array of joblib has a dtype that is not understood here"

  /// The attributes of a wrapper that determine the number of bytes of its array.
  private struct ArrayLayout {
    var shape: UInt32?
    var dtype: UInt32?
    var isPadded = false
  }

  /// Skips the array's bytes if the value that got a state is an array wrapper.
  mutating func skipArray(of wrapper: UInt32) throws(PickleError) {
    guard isWrappedArray(wrapper) else { return }
    let node = nodes[Int(wrapper)]
    guard node.firstSegment == node.lastSegment else {
      throw failure(.wrongOperand("an array of joblib has several states"))
    }
    let layout = try layout(children[Int(segments[Int(node.firstSegment) - 1].first)])
    guard let shape = layout.shape, let dtype = layout.dtype else {
      throw failure(.wrongOperand("an array of joblib has no shape or no dtype"))
    }
    // The array's bytes begin where the wrapper's frame ends.
    if frameEnd != Int.max { try endFrame() }
    let start = position
    if let size = try itemSize(dtype) {
      let padding = layout.isPadded && arrays == .padded ? Int(try read(UInt8.self)) : 0
      guard padding <= length - position else { throw failure(.truncated) }
      position += padding
      let (count, overflow) = try itemCount(shape).multipliedReportingOverflow(by: size)
      guard !overflow, count <= length - position else { throw failure(.truncated) }
      position += count
    } else {
      arrayPickles.append(position)
      var inner = PickleMachine(
        UnsafeRawBufferPointer(start: base, count: length), at: position, limit: limit)
      try inner.run()
      position = inner.position
    }
    // The skipped bytes do not count towards the limit.
    end = min(length, end + (position - start))
  }

  /// Whether a value is an instance of joblib's `NumpyArrayWrapper`.
  func isWrappedArray(_ index: UInt32) -> Bool {
    let node = nodes[Int(index)]
    return node.kind == .call && node.form == PickleCallForm.newObject.rawValue
      && isArrayWrapper(children[Int(node.low)])
  }

  func isArrayWrapper(_ index: UInt32) -> Bool {
    isGlobal(index, "joblib.numpy_pickle", "NumpyArrayWrapper")
  }

  private func isGlobal(_ index: UInt32, _ module: String, _ name: String) -> Bool {
    let node = nodes[Int(index)]
    return node.kind == .global && isText(node.low, module)
      && isText(UInt32(truncatingIfNeeded: node.payload), name)
  }

  private func isText(_ index: UInt32, _ text: String) -> Bool {
    let node = nodes[Int(index)]
    guard node.kind == .string, node.length == text.utf8.count else { return false }
    return buffer(Int(node.payload)..<Int(node.payload) + node.length).elementsEqual(text.utf8)
  }

  private func layout(_ state: UInt32) throws(PickleError) -> ArrayLayout {
    let node = nodes[Int(state)]
    guard node.kind == .dict else {
      throw failure(.wrongOperand("an array of joblib has a state that is no dict"))
    }
    var layout = ArrayLayout()
    var next = node.firstSegment
    var count = 0
    while next != 0 {
      let segment = segments[Int(next) - 1]
      next = segment.next
      guard segment.role == .entries else { continue }
      count += Int(segment.count) / 2
      guard count <= Self.maximumAttributeCount else {
        throw failure(.wrongOperand("an array of joblib has more attributes than joblib gives it"))
      }
      for first in stride(from: Int(segment.first), to: Int(segment.first + segment.count), by: 2) {
        let (key, value) = (children[first], children[first + 1])
        if isText(key, "shape") { layout.shape = value }
        if isText(key, "dtype") { layout.dtype = value }
        if isText(key, "numpy_array_alignment_bytes") {
          layout.isPadded = nodes[Int(value)].kind != .none
        }
      }
    }
    return layout
  }

  private func itemCount(_ shape: UInt32) throws(PickleError) -> Int {
    let node = nodes[Int(shape)]
    let sizes = node.kind == .tuple && node.low <= 64 ? Int(node.low) : -1
    var count = 1
    for child in 0..<max(0, sizes) {
      let size = nodes[Int(children[Int(node.payload) + child])]
      let value = size.kind == .int ? Int64(bitPattern: size.payload) : -1
      let (product, overflow) = count.multipliedReportingOverflow(by: Int(value))
      count = value < 0 || overflow ? -1 : product
      if count < 0 { break }
    }
    guard sizes >= 0, count >= 0 else {
      throw failure(.wrongOperand("an array of joblib has a shape that is none"))
    }
    return count
  }

  /// Bytes per item; nil for objects. The audit finds other faults of the dtype.
  private func itemSize(_ dtype: UInt32) throws(PickleError) -> Int? {
    let call = nodes[Int(dtype)]
    if call.kind == .call, isGlobal(children[Int(call.low)], "numpy", "dtype") {
      let arguments = nodes[Int(children[Int(call.low) + 1])]
      if arguments.kind == .tuple, arguments.low > 0 {
        let text = nodes[Int(children[Int(arguments.payload)])]
        if text.kind == .string, text.length <= Self.maximumDTypeLength {
          let run = buffer(Int(text.payload)..<Int(text.payload) + text.length)
          guard let type = NumpyTypeString(String(decoding: run, as: UTF8.self)) else {
            throw failure(.wrongOperand(Self.badDType))
          }
          return type.kind == .objects || holdsObjects(call) ? nil : type.size
        }
      }
    }
    throw failure(.wrongOperand(Self.badDType))
  }

  /// Whether the flags in a dtype's state say that its fields contain objects.
  private func holdsObjects(_ dtype: PickleNode) -> Bool {
    guard dtype.firstSegment != 0 else { return false }
    let state = nodes[Int(children[Int(segments[Int(dtype.firstSegment) - 1].first)])]
    guard state.kind == .tuple, state.low > 7 else { return false }
    let flags = nodes[Int(children[Int(state.payload) + 7])]
    return flags.kind == .int && flags.payload & 1 != 0
  }
}
