import PthBackbones
import PthReports

/// A network of torchvision or timm that is named in place of a configuration.
struct NamedNetwork: Sendable {
  /// The name as it was given.
  let name: String
  let graph: ModelGraph
  /// timm's tag of the weights, after the dot in the name; nil without one.
  private let tag: String?
  private let model: String
  private let family: BackboneDefinition?

  /// - Throws: `BackboneError` if no network has this name.
  init(_ name: String, registry: BackboneRegistry) throws(BackboneError) {
    self.name = name
    var rest = name[...]
    for owner in ["timm/", "torchvision/"] where rest.hasPrefix(owner) {
      rest = rest.dropFirst(owner.count)
    }
    graph = try registry.makeGraph(String(rest))
    family = registry.definition(named: graph.backbone)
    let parts = rest.split(separator: ".", maxSplits: 1).map(String.init)
    model = parts.first ?? ""
    tag = parts.count > 1 ? parts[1] : nil
  }

  /// The tag of timm's weights of this network that need another preparation than the other weights; nil if there
  /// are none.
  private var exception: (tag: String, preparation: Preparation)? {
    for row in family?.publishedWeights ?? [] {
      for name in row.weights where name.hasPrefix(model + ".") {
        guard let preparation = Preparation(row), preparation != usual else { continue }
        return (String(name.dropFirst(model.count + 1)), preparation)
      }
    }
    return nil
  }

  /// The preparation of images for all other weights.
  private var usual: Preparation {
    family?.usualPreparations(of: graph).first.flatMap(Preparation.init) ?? Preparation(.imagenet)
  }

  /// The preparation of images for the weights published under the name; nil if the name leaves it open.
  var preparation: Preparation? {
    guard let exception else { return usual }
    return tag.map { $0 == exception.tag ? exception.preparation : usual }
  }
}

extension NamedNetwork {
  /// A note with the preparation in the notation of torchvision and timm.
  var preparationFinding: PreflightFinding {
    guard let preparation else {
      return PreflightFinding(
        .preparation, .note, at: nil,
        "how images are prepared depends on the weights: the name does not say it",
        because: "published weights of \(model) want \(usual.scaleText), but "
          + "'\(model).\(exception?.tag ?? "")' wants \(exception?.preparation.scaleText ?? ""); "
          + "photographs tell, if they are given as images")
    }
    func list(_ values: [Double], _ divisor: Double) -> String {
      "[" + values.map { Format.significant($0 / divisor, digits: 6) }.joined(separator: ", ") + "]"
    }
    let isOfBytes = preparation.std == [1, 1, 1]
    let divisor = isOfBytes ? 1.0 : 255
    let order = isOfBytes ? ", \(preparation.isBGR ? "blue" : "red") first" : ""
    return PreflightFinding(
      .preparation, .note, at: nil,
      "weights published under this name were trained with \(preparation.text)",
      because:
        "of \(isOfBytes ? "bytes\(order)" : "values from 0 to 1"); a file of another origin may want "
        + "something else",
      instead: "mean=\(list(preparation.mean, divisor)), std=\(list(preparation.std, divisor))")
  }
}
