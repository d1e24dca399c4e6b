import Backbones
import Bytes
import Tensors

extension InitializationPlan {
  /// Draws the values.
  ///
  /// - Parameters:
  ///   - generator: it ends where PyTorch's would, whichever entries are wanted.
  ///   - isWanted: which entries to make tensors for; the random numbers of the others are left
  ///     out, so the wanted ones are the same as if all were made.
  /// - Returns: the wanted entries in the order of ``ModelGraph/state``.
  /// - Throws: ``InitializationError`` if a rule's numbers make no sense for a parameter;
  ///   `TensorError` for a shape whose size overflows.
  /// - Complexity: O(elements of all drawn parameters).
  public func run(
    with generator: inout Generator, isWanted: (StateEntry) -> Bool = { _ in true }
  ) throws -> StateDict {
    let entries = graph.state
    var tensors = [Tensor?](repeating: nil, count: entries.count)
    for (number, step) in steps.enumerated() {
      let entry = entries[step.entry]
      if number == lastStep[step.entry], isWanted(entry) {
        tensors[step.entry] = try tensor(for: entry, step, &generator)
      } else {
        try generator.skip(
          entry.elementCount, of: step.initializer, weightShape: step.weightShape)
      }
    }
    var result = StateDict()
    for (entry, tensor) in zip(entries, tensors) {
      if let tensor { result[entry.name] = tensor }
    }
    return result
  }

  private func tensor(
    for entry: StateEntry, _ step: Step, _ generator: inout Generator
  ) throws -> Tensor {
    guard let byteCount = entry.dtype.byteCount(elements: entry.elementCount) else {
      throw TensorError.overflow(shape: entry.shape, strides: [])
    }
    let buffer = OwnedBuffer(count: byteCount)
    if entry.dtype == .float32 {
      try generator.fill(
        buffer.memory.bindMemory(to: Float.self), with: step.initializer,
        weightShape: step.weightShape)
    } else {
      // Batch norm's counter, which starts at 0: no rule reaches buffers.
      buffer.memory.initializeMemory(as: UInt8.self, repeating: 0)
    }
    return try Tensor(
      storage: TensorStorage(key: entry.name, bytes: Bytes(buffer)), dtype: entry.dtype,
      shape: entry.shape)
  }
}
