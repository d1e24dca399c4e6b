import PthBackbones

extension GlobalAvgPool: ReferenceOperation {
  func compute(_ call: ReferenceCall) {
    let input = call.x
    for index in 0..<input.planes {
      var sum = 0.0
      for value in input.plane(index) { sum += value }
      call.output.values[index] = sum / Double(input.area)
    }
  }
}
