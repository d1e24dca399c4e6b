import PthBackbones

extension PublishedPreparation {
  /// The names of torchvision's networks by the names of their files. A file may have several.
  private static let torchvisionFiles = Dictionary(
    grouping: HubNames.torchvision.keys,
    by: { name in
      HubNames.torchvision[name]?.split(separator: "/").last.map { String($0) } ?? ""
    })

  /// torchvision's networks share one preparation.
  static func torchvision(_ family: BackboneDefinition?) -> PublishedPreparation {
    PublishedPreparation(arguments: family?.publishedArguments ?? [:])
  }

  /// The preparation in the configuration that a file keeps of its training; nil if that is not
  /// complete.
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

  /// The preparation for a published file, by its name; nil for any other name.
  static func named(_ fileName: String, _ registry: BackboneRegistry) -> PublishedPreparation? {
    let networks = torchvisionFiles[fileName] ?? []
    if let preset = registry.presets.first(where: { networks.contains($0.name) }) {
      return torchvision(registry.definition(named: preset.backbone))
    }
    guard fileName.hasSuffix(".pth") else { return nil }
    let name = String(fileName.dropLast(".pth".count))
    // With a dot it is timm's name of weights, which come in files of other names.
    return name.contains(".") ? nil : registry.preparation(ofWeights: name)
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
