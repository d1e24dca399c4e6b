import PthBackbones

extension PublishedPreparation {
  /// torchvision's network names by file name. A file may have several names.
  private static let torchvisionFiles = Dictionary(
    grouping: HubNames.torchvision.keys,
    by: { name in
      HubNames.torchvision[name]?.split(separator: "/").last.map { String($0) } ?? ""
    })

  /// The preparation of torchvision's networks, which all share one.
  static func torchvision(_ family: BackboneDefinition?) -> PublishedPreparation {
    PublishedPreparation(arguments: family?.publishedArguments ?? [:])
  }

  /// The preparation in the training configuration that a file contains; nil if it is not complete.
  init?(_ hints: FileHints) {
    for name in ["data_preprocessor", "img_norm_cfg"] {
      guard let value = hints.configured(name), let mean = value["mean"]?.numbers,
        let deviation = value["std"]?.numbers,
        let isRGB = (value["bgr_to_rgb"] ?? value["to_rgb"])?.boolean
      else { continue }
      self.init(isRGB: isRGB, mean: mean, deviation: deviation)
      return
    }
    return nil
  }

  /// The preparation of a published file by its name; nil for any other name.
  static func named(_ fileName: String, _ registry: BackboneRegistry) -> PublishedPreparation? {
    let networks = torchvisionFiles[fileName] ?? []
    if let preset = registry.presets.first(where: { networks.contains($0.name) }) {
      return torchvision(registry.definition(named: preset.backbone))
    }
    guard fileName.hasSuffix(".pth") else { return nil }
    let name = String(fileName.dropLast(".pth".count))
    // A name with a dot is one of timm's names of weights, and their files have other names.
    return name.contains(".") ? nil : registry.preparation(ofWeights: name)
  }
}

extension ArgumentValue {
  /// The numbers of a list; nil unless the value is a list of numbers only.
  fileprivate var numbers: [Double]? {
    guard case .list(let values) = self else { return nil }
    let numbers = values.compactMap(\.number)
    return numbers.count == values.count ? numbers : nil
  }
}
