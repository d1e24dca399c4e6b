import PthBackbones

extension Add: ReferenceOperation {
  func compute(_ call: ReferenceCall) {
    let (left, right, output) = (call.x, call.inputs[1], call.output)
    Parallel.forEach(output.planes, threads: call.threads) { index in
      let (a, b, target) = (left.plane(index), right.plane(index), output.plane(index))
      for pixel in target.indices { target[pixel] = a[pixel] + b[pixel] }
    }
  }
}
