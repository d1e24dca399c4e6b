import PthBackbones
import PthBytes
import PthTensors

extension InitializationPlan {
  /// Draws the values.
  ///
  /// - Parameters:
  ///   - generator: the generator; its final state is PyTorch's, whichever entries are wanted.
  ///   - isWanted: selects the entries to make tensors for; the random numbers of other entries are
  ///     skipped, so the wanted ones have the same values as if all were made.
  /// - Returns: the wanted entries in the order of ``ModelGraph/state``. They share one allocation.
  /// - Throws: ``InitializationError`` if a rule is impossible for a parameter;
  ///   `TensorError` if the sum of all sizes overflows.
  /// - Complexity: O(elements of all drawn parameters).
  package func run(
    with generator: inout Generator, isWanted: (StateEntry) -> Bool = { _ in true }
  ) throws -> StateDict {
    let slab = try Slab(for: graph.state, isWanted: isWanted)
    for (number, step) in steps.enumerated() {
      let entry = graph.state[step.entry]
      if number == lastStep[step.entry], let memory = slab.memory(ofEntryAt: step.entry) {
        if entry.dtype == .float32 {
          try generator.fill(
            memory.bindMemory(to: Float.self), with: step.initializer,
            weightShape: step.weightShape)
        } else {
          // The only other dtype is that of a batch norm's counter, which starts at 0.
          memory.initializeMemory(as: UInt8.self, repeating: 0)
        }
      } else {
        try generator.skip(
          entry.elementCount, of: step.initializer, weightShape: step.weightShape)
      }
    }
    return try slab.stateDict(of: graph.state)
  }
}

/// One allocation for all wanted entries, so that the system can back it with large pages: with small pages, page
/// faults would take most of the time.
private struct Slab {
  private let buffer: OwnedBuffer
  /// For each entry its bytes in the buffer; nil if it is not wanted.
  private let ranges: [Range<Int>?]

  init(for entries: [StateEntry], isWanted: (StateEntry) -> Bool) throws(TensorError) {
    var end = 0
    var ranges: [Range<Int>?] = []
    for entry in entries {
      guard isWanted(entry) else {
        ranges.append(nil)
        continue
      }
      let overflow = TensorError.overflow(shape: entry.shape, strides: [])
      guard let byteCount = entry.dtype.byteCount(elements: entry.elementCount),
        byteCount < Int.max / 4
      else { throw overflow }
      let start = (end + 63) & ~63
      guard start < Int.max / 4 else { throw overflow }
      end = start + byteCount
      ranges.append(start..<end)
    }
    self.ranges = ranges
    buffer = OwnedBuffer(count: end)
    buffer.adviseLargePages()
  }

  func memory(ofEntryAt index: Int) -> UnsafeMutableRawBufferPointer? {
    ranges[index].map { UnsafeMutableRawBufferPointer(rebasing: buffer.memory[$0]) }
  }

  func stateDict(of entries: [StateEntry]) throws -> StateDict {
    let bytes = Bytes(buffer)
    var result = StateDict()
    for (entry, range) in zip(entries, ranges) {
      guard let range else { continue }
      let slice = try bytes.slice(at: range.lowerBound, count: range.count)
      result[entry.name] = try Tensor(
        storage: TensorStorage(key: entry.name, bytes: slice), dtype: entry.dtype,
        shape: entry.shape)
    }
    return result
  }
}
