import PthBackbones

extension ConcatChannels: ReferenceOperation {
  func compute(_ call: ReferenceCall) {
    let output = call.output
    for image in 0..<output.batch {
      var channel = 0
      for input in call.inputs {
        for index in 0..<input.channels {
          let source = input.plane(image * input.channels + index)
          _ = output.plane(image * output.channels + channel).update(from: source)
          channel += 1
        }
      }
    }
  }
}
