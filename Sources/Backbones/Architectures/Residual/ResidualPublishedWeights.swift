extension PublishedWeights {
  /// As mmdetection's own configurations and those of detectron2 use the files.
  static let resNet = PublishedWeights(
    files: [
      "resnet50_msra-5891d200": .bgr(style: "caffe"),
      "resnet101_msra-6cc46731": .bgr(style: "caffe"),
      "resnet50_caffe-788b5fa3": .bgr([102.9801, 115.9465, 122.7717], style: "caffe"),
      "resnet101_caffe-3ad79236": .bgr([102.9801, 115.9465, 122.7717], style: "caffe"),
      "resnext101_32x8d-1516f1aa":
        .bgr([103.53, 116.28, 123.675], [57.375, 57.12, 58.395], style: "pytorch"),
      "resnet50_gn-9186a21c": .bgr(style: "pytorch"),
      "resnet101_gn-cac0ab98": .bgr(style: "pytorch"),
    ].merging(
      [
        "resnet50_gn_thangvubk-ad1730dd", "resnet50_gn_ws-15beedd8", "resnet101_gn_ws-3e3c308c",
        "resnext50_32x4d_gn_ws-0d87ac85", "resnext101_32x4d_gn_ws-34ac1a9e",
        "resnext50_32x4d_gn-c7e8b754", "resnext101_32x4d_gn-ac3bb84e",
        "resnext50-32x4d-0ab1a123", "resnext101_32x4d-a5af3160", "resnext101_64x4d-ee2c6f71",
        "resnet18_v1c-b5776b93", "resnet50_v1c-2cccc1ad", "resnet101_v1c-e67eebb6",
        "resnet50_8xb256-rsb-a1-600e_in1k_20211228-20e21305",
      ].map { ($0, .imageNet) }, uniquingKeysWith: { $1 }),
    detectron2Files: [
      "ImageNetPretrained/MSRA/R-50.pkl": .bgr(style: "caffe"),
      "ImageNetPretrained/MSRA/R-101.pkl": .bgr(style: "caffe"),
      "ImageNetPretrained/FAIR/X-101-32x8d.pkl":
        .bgr([103.53, 116.28, 123.675], [57.375, 57.12, 58.395], style: "pytorch"),
    ],
    symmetricTags: [
      "resnet18d": "ra4_e3600_r224_in1k", "resnet34": "ra4_e3600_r224_in1k",
      "resnet50d": "ra4_e3600_r224_in1k",
    ])

  /// mmdetection's file, and those of the authors.
  static let res2Net = PublishedWeights(
    files: Dictionary(
      uniqueKeysWithValues: [
        "res2net101_v1d_26w_4s_mmdetv2-f0a600f9", "res2net50_26w_4s-06e79181",
        "res2net50_48w_2s-afed724a", "res2net50_14w_8s-6527dddc", "res2net50_26w_6s-19041792",
        "res2net50_26w_8s-2c7c9f12", "res2net101_26w_4s-02a759a1",
        "res2net50_v1b_26w_4s-3cf99910", "res2net101_v1b_26w_4s-0812c246",
      ].map { ($0, .imageNet) }))
}
