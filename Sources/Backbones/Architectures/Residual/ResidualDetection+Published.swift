extension ResidualDetection {
  /// The published network that is most similar to the recognised one, and the share of its weights that
  /// the file has; nil if none is similar.
  ///
  /// - Parameter comparison: the comparison of the file with the recognised network.
  func published(_ comparison: ResidualComparison) -> Detection.Published? {
    guard let own = try? architecture.configuration(arguments, flavor: flavor)
    else { return nil }
    let traits = own.traits
    var best:
      (preset: BackbonePreset, configuration: ResidualConfiguration, agreeing: Int, isOwn: Bool)?
    for preset in architecture.presets where !preset.isFamily {
      let presetFlavor = preset.flavor ?? architecture.defaultFlavor(for: preset.arguments)
      guard
        let arguments = try? preset.arguments.normalized(
          by: architecture.table, backbone: architecture.name),
        let configuration = try? architecture.configuration(arguments, flavor: presetFlavor)
      else { continue }
      let agreeing = zip(traits, configuration.traits).count { $0 == $1 }
      // Of presets that agree equally, prefer the file's implementation: no name or shape shows the style.
      let isOwn = preset.flavor == flavor
      let isBetter = best.map { (agreeing, isOwn ? 1 : 0) > ($0.agreeing, $0.isOwn ? 1 : 0) }
      if isBetter ?? true { best = (preset, configuration, agreeing, isOwn) }
    }
    guard let best, traits.count - best.agreeing <= Self.toleratedDifferences else { return nil }
    var compared = comparison
    if best.agreeing < traits.count {
      guard let graph = try? best.configuration.graph() else { return nil }
      compared = ResidualComparison(keys, with: graph)
    }
    let share = Double(compared.matchedWeights) / Double(max(compared.weights, 1))
    let isWhole = best.agreeing == traits.count && share == 1
    return share < requiredShare
      ? nil : .init(name: best.preset.name, share: share, isWhole: isWhole)
  }

  /// The maximum number of traits in which a network may differ from a similar published one.
  private static let toleratedDifferences = 2
}

extension ResidualConfiguration {
  /// The properties in which published networks differ and that detection reads from the file.
  fileprivate var traits: [ArgumentValue] {
    [
      .string(block.rawValue), ArgumentValue(layers), .integer(block == .bottle2neck ? scales : 1),
      ArgumentValue([0, 3].map { width(planes: planes(stage: $0)) }), .integer(groups),
      .integer(inChannels), .integer(stemChannels), .integer(baseChannels), .boolean(hasDeepStem),
      .boolean(averagesShortcut), .string(norm.abbreviation), .boolean(isCaffeStyle),
      .boolean(deformStages.contains(true)),
    ]
  }
}
