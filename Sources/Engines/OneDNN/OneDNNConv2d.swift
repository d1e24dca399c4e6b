#if OneDNN
import PthBackbones

extension Conv2d: OneDNNConvolution {
  var absorbs: Absorption { [.batchNorm, .addition, .relu] }
  var weightRole: StateRole { .convWeight }
  var biasRole: StateRole { .convBias }

  func equivalent(input: [Int], output: [Int]) -> (layer: Conv2d, inputSize: Size2D) {
    let layer = Conv2d(
      inChannels: inChannels, outChannels: outChannels, kernel: kernel, stride: stride,
      padding: padding, dilation: dilation, groups: groups)
    return (layer, Size2D(input[2], input[3]))
  }
}
#endif
