import PthBackbones

/// The operations of a classifier.
enum ReferenceHead {
  /// The mean over the pixels of each channel: `torch.nn.AdaptiveAvgPool2d(1)`, flattened.
  static func globalAverage(_ input: Activation, into output: Activation) {
    for index in 0..<input.planes {
      var sum = 0.0
      for value in input.plane(index) { sum += value }
      output.values[index] = sum / Double(input.area)
    }
  }

  /// `out[b, o] = bias[o] + Σ_i weight[o, i] · in[b, i]`.
  static func linear(
    _ linear: Linear, weight: Activation, bias: Activation?,
    _ input: Activation, into output: Activation, threads: Int
  ) {
    Parallel.forEach(linear.outFeatures, threads: threads) { feature in
      for image in 0..<input.batch {
        var sum = bias?.values[feature] ?? 0
        for index in 0..<linear.inFeatures {
          sum +=
            weight.values[feature * linear.inFeatures + index]
            * input.values[image * linear.inFeatures + index]
        }
        output.values[image * linear.outFeatures + feature] = sum
      }
    }
  }
}
