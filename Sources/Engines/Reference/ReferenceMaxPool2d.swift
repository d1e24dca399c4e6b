import PthBackbones

extension MaxPool2d: ReferenceOperation {
  /// The largest element in the window; NaN if the window contains NaN.
  func compute(_ call: ReferenceCall) {
    let (input, output) = (call.x, call.output)
    let windows = PoolWindows(self, input: input, output: output)
    Parallel.forEach(input.planes, threads: call.threads) { index in
      windows.forEach { pixel, rows, columns, _ in
        let plane = input.plane(index)
        var largest = -Double.infinity
        for row in rows {
          for column in columns {
            let value = plane[row * input.width + column]
            if value > largest || value.isNaN { largest = value }
          }
        }
        output.plane(index)[pixel] = largest
      }
    }
  }
}
