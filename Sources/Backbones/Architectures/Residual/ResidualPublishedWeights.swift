/// How images were prepared for published weights, from mmdetection's and detectron2's configurations.
extension [PublishedPreparation] {
  private static let caffeMean = [103.53, 116.28, 123.675]
  private static let olderCaffeMean = [102.9801, 115.9465, 122.7717]
  private static let caffe: BackboneArguments = ["style": "caffe"]
  private static let pytorch: BackboneArguments = ["style": "pytorch"]

  /// BGR images, as for networks trained in Caffe.
  private static func bgr(
    _ arguments: BackboneArguments, mean: [Double] = caffeMean,
    deviation: [Double] = [1, 1, 1], of weights: Set<String> = []
  ) -> PublishedPreparation {
    PublishedPreparation(
      of: weights, isRGB: false, mean: mean, deviation: deviation, arguments: arguments)
  }

  static let resNet: [PublishedPreparation] = [
    bgr(caffe),
    bgr(caffe, mean: olderCaffeMean),
    bgr(
      caffe,
      of: [
        "resnet50_msra-5891d200", "resnet101_msra-6cc46731", "ImageNetPretrained/MSRA/R-50.pkl",
        "ImageNetPretrained/MSRA/R-101.pkl",
      ]),
    bgr(caffe, mean: olderCaffeMean, of: ["resnet50_caffe-788b5fa3", "resnet101_caffe-3ad79236"]),
    bgr(
      pytorch, deviation: [57.375, 57.12, 58.395],
      of: ["resnext101_32x8d-1516f1aa", "ImageNetPretrained/FAIR/X-101-32x8d.pkl"]),
    bgr(pytorch, of: ["resnet50_gn-9186a21c", "resnet101_gn-cac0ab98"]),
    PublishedPreparation(
      of: [
        "resnet50_gn_thangvubk-ad1730dd", "resnet50_gn_ws-15beedd8", "resnet101_gn_ws-3e3c308c",
        "resnext50_32x4d_gn_ws-0d87ac85", "resnext101_32x4d_gn_ws-34ac1a9e",
        "resnext50_32x4d_gn-c7e8b754", "resnext101_32x4d_gn-ac3bb84e",
        "resnext50-32x4d-0ab1a123", "resnext101_32x4d-a5af3160", "resnext101_64x4d-ee2c6f71",
        "resnet18_v1c-b5776b93", "resnet50_v1c-2cccc1ad", "resnet101_v1c-e67eebb6",
        "resnet50_8xb256-rsb-a1-600e_in1k_20211228-20e21305",
      ], arguments: pytorch),
    // Images from −1 to 1. All other weights of timm 1.0 and torchvision 0.29 need ImageNet's numbers.
    PublishedPreparation(
      of: [
        "resnet18d.ra4_e3600_r224_in1k", "resnet34.ra4_e3600_r224_in1k",
        "resnet50d.ra4_e3600_r224_in1k",
      ], mean: [127.5, 127.5, 127.5], deviation: [127.5, 127.5, 127.5], arguments: pytorch),
  ]

  /// The last preparation is for mmdetection's file and the authors' files.
  static let res2Net: [PublishedPreparation] = [
    bgr(caffe),
    bgr(caffe, mean: olderCaffeMean),
    PublishedPreparation(
      of: [
        "res2net101_v1d_26w_4s_mmdetv2-f0a600f9", "res2net50_26w_4s-06e79181",
        "res2net50_48w_2s-afed724a", "res2net50_14w_8s-6527dddc", "res2net50_26w_6s-19041792",
        "res2net50_26w_8s-2c7c9f12", "res2net101_26w_4s-02a759a1",
        "res2net50_v1b_26w_4s-3cf99910", "res2net101_v1b_26w_4s-0812c246",
      ], arguments: pytorch),
  ]
}
