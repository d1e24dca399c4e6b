import PthBackbones

extension PublishedPreparation {
  /// torchvision's networks share one preparation.
  private static let torchvisionFiles = Set(
    HubNames.torchvision.compactMap { name, url -> String? in
      let isKnown = BackboneRegistry.standard.presets.contains { $0.name == name }
      return isKnown ? url.split(separator: "/").last.map(String.init) : nil
    })

  /// The preparation in the configuration that a file keeps of its training; nil if that is not
  /// complete.
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

  /// The preparation for a published file, by its name; nil for any other name.
  static func named(_ fileName: String) -> PublishedPreparation? {
    if torchvisionFiles.contains(fileName) { return .imageNet }
    guard fileName.hasSuffix(".pth") else { return nil }
    let name = String(fileName.dropLast(".pth".count))
    return BackboneRegistry.standard.definitions.lazy
      .compactMap { $0.publishedWeights.files[name] }.first
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
