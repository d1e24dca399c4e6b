import PthBackbones

extension SliceChannels: ReferenceOperation {
  func compute(_ call: ReferenceCall) {
    let (input, output) = (call.x, call.output)
    for image in 0..<output.batch {
      for channel in 0..<output.channels {
        let source = input.plane(image * input.channels + start + channel)
        _ = output.plane(image * output.channels + channel).update(from: source)
      }
    }
  }
}
