/// How images were prepared for published weights, and where their blocks have the stride.
package struct PublishedPreparation: Sendable {
  package let isRGB: Bool
  /// From 0 to 255, in the order of the colours.
  package let mean: [Double]
  package let deviation: [Double]
  /// The value of the argument `style`; nil where it makes no difference or is not known.
  package let style: String?

  package init(isRGB: Bool, mean: [Double], deviation: [Double], style: String?) {
    self.isRGB = isRGB
    self.mean = mean
    self.deviation = deviation
    self.style = style
  }

  /// ImageNet's mean and standard deviation of RGB images: torchvision's, and PyTorch's own way.
  package static let imageNet = PublishedPreparation(
    isRGB: true, mean: [123.675, 116.28, 103.53], deviation: [58.395, 57.12, 57.375],
    style: "pytorch")

  /// BGR images, as Caffe's networks want them.
  package static func bgr(
    _ mean: [Double] = [103.53, 116.28, 123.675], _ deviation: [Double] = [1, 1, 1], style: String
  ) -> PublishedPreparation {
    PublishedPreparation(isRGB: false, mean: mean, deviation: deviation, style: style)
  }
}

/// Facts about a family's published weights that no file contains.
package struct PublishedWeights: Sendable {
  /// How images were prepared, by the file's name without its ending.
  package var files: [String: PublishedPreparation]
  /// How images were prepared for files of detectron2's zoo, by their paths in it.
  package var detectron2Files: [String: PublishedPreparation]
  /// Weights of timm that want images from −1 to 1: their tags, by the network's name. All others of
  /// the family want ImageNet's mean and standard deviation (timm 1.0, torchvision 0.29).
  package var symmetricTags: [String: String]

  package init(
    files: [String: PublishedPreparation] = [:],
    detectron2Files: [String: PublishedPreparation] = [:], symmetricTags: [String: String] = [:]
  ) {
    self.files = files
    self.detectron2Files = detectron2Files
    self.symmetricTags = symmetricTags
  }
}
