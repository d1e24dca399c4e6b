import PthBackbones

extension Linear: ReferenceOperation {
  /// `out[b, o] = bias[o] + Σ_i weight[o, i] · in[b, i]`.
  func compute(_ call: ReferenceCall) throws {
    let weight = try call.parameter(.linearWeight)
    let bias = hasBias ? try call.parameter(.linearBias) : nil
    let (input, output) = (call.x, call.output)
    Parallel.forEach(outFeatures, threads: call.threads) { feature in
      for image in 0..<input.batch {
        var sum = bias?.values[feature] ?? 0
        for index in 0..<inFeatures {
          sum +=
            weight.values[feature * inFeatures + index] * input.values[image * inFeatures + index]
        }
        output.values[image * outFeatures + feature] = sum
      }
    }
  }
}
