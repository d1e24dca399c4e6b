extension ResidualArchitecture {
  /// Where the stride of a bottleneck lies (`style`), whether Res2Net pools a stage's first block
  /// whatever the stride (`stage_pooling`), and strides that were traded for dilations to
  /// keep the last stages large, as segmentation networks have them: torchvision's
  /// `replace_stride_with_dilation`, mmsegmentation's D8 and D16; a last stage without stride, as
  /// re-identification has it; TensorFlow's eps. And back again from what was asked for: a network that
  /// is strided as usual, in both styles.
  static let alternatives: [BackboneArguments] = [
    ["style": "caffe"],
    ["style": "pytorch"],
    ["stage_pooling": "always"],
    ["stage_pooling": "strided"],
    ["strides": [1, 2, 2, 1], "dilations": [1, 1, 1, 2]],
    ["strides": [1, 2, 1, 1], "dilations": [1, 1, 2, 4]],
    ["strides": [1, 2, 2, 1]],
    ["strides": [1, 2, 2, 2], "dilations": [1, 1, 1, 1]],
    ["style": "caffe", "strides": [1, 2, 2, 2], "dilations": [1, 1, 1, 1]],
    ["style": "pytorch", "strides": [1, 2, 2, 2], "dilations": [1, 1, 1, 1]],
    ["norm_cfg": .dictionary([.init("type", "BN"), .init("eps", .number(1e-3))])],
  ]
}
