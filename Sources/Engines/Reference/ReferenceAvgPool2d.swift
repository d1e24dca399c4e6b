import PthBackbones

extension AvgPool2d: ReferenceOperation {
  /// The sum over the window, divided by the number of its elements inside of the padded input
  /// (`countIncludePad`) or of the unpadded input.
  func compute(_ call: ReferenceCall) {
    let (input, output) = (call.x, call.output)
    let windows = PoolWindows(self, input: input, output: output)
    Parallel.forEach(input.planes, threads: call.threads) { index in
      windows.forEach { pixel, rows, columns, paddedCount in
        let plane = input.plane(index)
        var sum = 0.0
        for row in rows {
          for column in columns { sum += plane[row * input.width + column] }
        }
        let count = countIncludePad ? paddedCount : rows.count * columns.count
        output.plane(index)[pixel] = count == 0 ? 0 : sum / Double(count)
      }
    }
  }
}
