#if OneDNN
import PthBackbones

extension Linear: OneDNNConvolution {
  var weightRole: StateRole { .linearWeight }
  var biasRole: StateRole { .linearBias }

  /// A 1×1 convolution of images of one pixel.
  func equivalent(input: [Int], output: [Int]) -> (layer: Conv2d, inputSize: Size2D) {
    (Conv2d(inChannels: inFeatures, outChannels: outFeatures, kernel: 1), 1)
  }
}
#endif
