import PthBackbones
import PthReports

/// A network of torchvision or timm that is named in place of a configuration.
struct NamedNetwork: Sendable {
  /// As it was given.
  let name: String
  let graph: ModelGraph
  /// timm's name of the weights, behind the dot.
  private let tag: String?
  private let model: String

  /// - Throws: `BackboneError` if no network is called so.
  init(_ name: String) throws(BackboneError) {
    self.name = name
    var rest = name[...]
    for owner in ["timm/", "torchvision/"] where rest.hasPrefix(owner) {
      rest = rest.dropFirst(owner.count)
    }
    graph = try BackboneRegistry.standard.makeGraph(String(rest))
    let parts = rest.split(separator: ".", maxSplits: 1).map(String.init)
    model = parts.first ?? ""
    tag = parts.count > 1 ? parts[1] : nil
  }

  /// timm's weights of this network that want images from −1 to 1; nil if there are none.
  private var symmetricTag: String? {
    BackboneRegistry.standard.definition(named: graph.backbone)?
      .publishedWeights.symmetricTags[model]
  }

  /// How images were prepared for the weights that are published under the name; nil if the name
  /// does not show it.
  var preparation: Preparation? {
    if graph.arguments["style"]?.string == "caffe" { return Preparation(.caffe, isBGR: true) }
    guard let symmetricTag else { return Preparation(.imagenet) }
    return tag.map { Preparation($0 == symmetricTag ? .symmetric : .imagenet) }
  }
}

extension NamedNetwork {
  /// The preparation in the words of torchvision and timm.
  var preparationFinding: PreflightFinding {
    guard let preparation else {
      return PreflightFinding(
        .preparation, .note, at: nil,
        "how images are prepared depends on the weights: the name does not say it",
        because: "published weights of \(model) want ImageNet's mean and standard deviation, but "
          + "'\(model).\(symmetricTag ?? "")' wants -1 to 1; photographs tell, if they are given as images"
      )
    }
    func list(_ values: [Double], _ divisor: Double) -> String {
      "[" + values.map { Format.significant($0 / divisor, digits: 6) }.joined(separator: ", ") + "]"
    }
    let isCaffe = preparation.scale == .caffe
    let divisor = isCaffe ? 1.0 : 255
    return PreflightFinding(
      .preparation, .note, at: nil,
      "weights published under this name were trained with \(preparation.text)",
      because: isCaffe
        ? "of bytes, blue first; a file of another origin may want something else"
        : "of values from 0 to 1; a file of another origin may want something else",
      instead: "mean=\(list(preparation.mean, divisor)), std=\(list(preparation.std, divisor))")
  }
}
