extension ResidualArchitecture {
  /// Published values of arguments that no key shows.
  ///
  /// These are: the convolution of a bottleneck that has the stride (`style`); whether Res2Net pools the last
  /// split of a stage's first block also with stride 1 (`stage_pooling`); dilations in place of strides, as in
  /// segmentation networks (torchvision's `replace_stride_with_dilation`, mmsegmentation's D8 and D16); a last
  /// stage without stride, as in re-identification; TensorFlow's eps. The usual strides in both styles are
  /// included for targets that were requested with other strides.
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
