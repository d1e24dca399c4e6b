import PthBackbones

/// How images were prepared for published weights, and where their blocks have the stride.
struct PublishedPreparation: Sendable {
  let isRGB: Bool
  /// In the order of the colours.
  let mean: [Double]
  let deviation: [Double]
  /// nil where the style makes no difference or is not known.
  let style: String?

  init(isRGB: Bool, mean: [Double], deviation: [Double], style: String?) {
    self.isRGB = isRGB
    self.mean = mean
    self.deviation = deviation
    self.style = style
  }

  private static func rgb(_ style: String? = "pytorch") -> PublishedPreparation {
    PublishedPreparation(
      isRGB: true, mean: [123.675, 116.28, 103.53], deviation: [58.395, 57.12, 57.375],
      style: style)
  }

  /// torchvision's networks.
  static let torchvision = rgb()

  private static func bgr(
    _ mean: [Double] = [103.53, 116.28, 123.675], _ deviation: [Double] = [1, 1, 1], style: String
  ) -> PublishedPreparation {
    PublishedPreparation(isRGB: false, mean: mean, deviation: deviation, style: style)
  }

  /// By the file's name without its ending, as mmdet's own configurations use the files.
  private static let files: [(name: String, preparation: PublishedPreparation)] = [
    ("resnet50_msra-5891d200", bgr(style: "caffe")),
    ("resnet101_msra-6cc46731", bgr(style: "caffe")),
    ("resnet50_caffe-788b5fa3", bgr([102.9801, 115.9465, 122.7717], style: "caffe")),
    ("resnet101_caffe-3ad79236", bgr([102.9801, 115.9465, 122.7717], style: "caffe")),
    (
      "resnext101_32x8d-1516f1aa",
      bgr([103.53, 116.28, 123.675], [57.375, 57.12, 58.395], style: "pytorch")
    ),
    ("resnet50_gn-9186a21c", bgr(style: "pytorch")),
    ("resnet101_gn-cac0ab98", bgr(style: "pytorch")),
    ("resnet50_gn_thangvubk-ad1730dd", rgb()),
    ("resnet50_gn_ws-15beedd8", rgb()), ("resnet101_gn_ws-3e3c308c", rgb()),
    ("resnext50_32x4d_gn_ws-0d87ac85", rgb()), ("resnext101_32x4d_gn_ws-34ac1a9e", rgb()),
    ("resnext50_32x4d_gn-c7e8b754", rgb()), ("resnext101_32x4d_gn-ac3bb84e", rgb()),
    ("resnext50-32x4d-0ab1a123", rgb()), ("resnext101_32x4d-a5af3160", rgb()),
    ("resnext101_64x4d-ee2c6f71", rgb()), ("res2net101_v1d_26w_4s_mmdetv2-f0a600f9", rgb()),
    ("resnet18_v1c-b5776b93", rgb()), ("resnet50_v1c-2cccc1ad", rgb()),
    ("resnet101_v1c-e67eebb6", rgb()),
    ("resnet50_8xb256-rsb-a1-600e_in1k_20211228-20e21305", rgb()),
    // The authors' Res2Net.
    ("res2net50_26w_4s-06e79181", rgb()), ("res2net50_48w_2s-afed724a", rgb()),
    ("res2net50_14w_8s-6527dddc", rgb()), ("res2net50_26w_6s-19041792", rgb()),
    ("res2net50_26w_8s-2c7c9f12", rgb()), ("res2net101_26w_4s-02a759a1", rgb()),
    ("res2net50_v1b_26w_4s-3cf99910", rgb()), ("res2net101_v1b_26w_4s-0812c246", rgb()),
  ]

  /// torchvision's networks share one preparation.
  private static let torchvisionFiles = Set(
    HubNames.torchvision.values.compactMap { url -> String? in
      let name = url.split(separator: "/").last.map(String.init)
      return name.flatMap { $0.hasPrefix("resne") || $0.hasPrefix("wide_resnet") ? $0 : nil }
    })

  /// What a file's own configuration says, with which it was trained; nil if it does not say all.
  init?(_ hints: FileHints) {
    for name in ["data_preprocessor", "img_norm_cfg"] {
      guard let value = hints.configured(name), let mean = value["mean"]?.numbers,
        let deviation = value["std"]?.numbers,
        let isRGB = (value["bgr_to_rgb"] ?? value["to_rgb"])?.boolean
      else { continue }
      self.init(isRGB: isRGB, mean: mean, deviation: deviation, style: nil)
      return
    }
    return nil
  }

  /// What is known of a file by its published name; nil for any other name.
  static func named(_ fileName: String) -> PublishedPreparation? {
    if torchvisionFiles.contains(fileName) { return rgb() }
    return files.first { fileName == $0.name + ".pth" }?.preparation
  }
}

extension ArgumentValue {
  /// The numbers of a list; nil if there is anything else in it.
  fileprivate var numbers: [Double]? {
    guard case .list(let values) = self else { return nil }
    let numbers = values.compactMap(\.number)
    return numbers.count == values.count ? numbers : nil
  }
}
