import PthBackbones

extension Multiply: ReferenceOperation {
  func compute(_ call: ReferenceCall) {
    let shape = call.output.shape
    let left = call.inputs[0].broadcastStrides(to: shape)
    let right = call.inputs[1].broadcastStrides(to: shape)
    let (a, b, target) = (call.inputs[0].values, call.inputs[1].values, call.output.values)
    // Computes one row along the last axis at a time; the other axes determine the row's start.
    let length = shape.last ?? 1
    let (leftStep, rightStep) = (left.last ?? 0, right.last ?? 0)
    Parallel.forEach(target.count / length, threads: call.threads) { row in
      var (rest, leftStart, rightStart) = (row, 0, 0)
      for axis in shape.indices.dropLast().reversed() {
        let position = rest % shape[axis]
        rest /= shape[axis]
        leftStart += position * left[axis]
        rightStart += position * right[axis]
      }
      for index in 0..<length {
        target[row * length + index] =
          a[leftStart + index * leftStep] * b[rightStart + index * rightStep]
      }
    }
  }
}

extension Activation {
  /// The strides for broadcasting to `shape`: 0 along repeated axes.
  fileprivate func broadcastStrides(to shape: [Int]) -> [Int] {
    var strides = [Int](repeating: 0, count: shape.count)
    var step = 1
    for axis in self.shape.indices.reversed() {
      let length = self.shape[axis]
      if length > 1 { strides[axis + shape.count - self.shape.count] = step }
      step *= length
    }
    return strides
  }
}
