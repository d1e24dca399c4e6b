/// Operations that move whole channels.
enum ReferenceChannels {
  /// Channels `start ..< start + output.channels`, as `torch.narrow(x, 1, start, count)`.
  static func slice(_ input: Activation, from start: Int, into output: Activation) {
    for image in 0..<output.batch {
      for channel in 0..<output.channels {
        let source = input.plane(image * input.channels + start + channel)
        _ = output.plane(image * output.channels + channel).update(from: source)
      }
    }
  }

  /// The channels of all inputs one after another, as `torch.cat(inputs, 1)`.
  static func concatenate(_ inputs: [Activation], into output: Activation) {
    for image in 0..<output.batch {
      var channel = 0
      for input in inputs {
        for index in 0..<input.channels {
          let source = input.plane(image * input.channels + index)
          _ = output.plane(image * output.channels + channel).update(from: source)
          channel += 1
        }
      }
    }
  }
}
