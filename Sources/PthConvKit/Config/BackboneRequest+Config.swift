import OrderedCollections
import PthBackbones
import PthConfigs
import PthReports

extension BackboneRequest {
  /// Arguments that do not describe the graph: about training and about loading weights.
  private static let withoutGraph: Set<String> = [
    "type", "_scope_", "init_cfg", "pretrained", "norm_eval", "with_cp",
  ]

  /// Reads the backbone of an OpenMMLab configuration. Nothing in the file is executed.
  ///
  /// Arguments missing from the configuration get the defaults of its class, not the values that a checkpoint shows.
  ///
  /// - Parameters:
  ///   - config: The configuration file.
  ///   - part: The path of the dictionary with the backbone, such as `model.reid`; nil for the detector's.
  ///   - flavor: The implementation; nil for the implementation in the configuration's package.
  ///   - registry: The families in which the backbone is looked up.
  /// - Throws: `ConfigError` if the file cannot be read; `InputProblem` if it has no backbone or an unknown one;
  ///   `BackboneError` for invalid arguments.
  public init(
    config: String, part: String? = nil, flavor: Flavor? = nil,
    registry: BackboneRegistry = .standard
  ) throws {
    try self.init(
      config: Config.read(config), part: part, flavor: flavor, registry: registry)
  }

  /// The backbone of a configuration's model.
  ///
  /// Arguments missing from the configuration get the defaults of its class, not the values that a checkpoint shows.
  ///
  /// - Throws: `InputProblem` if there is no backbone or an unknown one; `BackboneError` for invalid arguments.
  package init(
    config: Config, part: String? = nil, flavor: Flavor? = nil,
    registry: BackboneRegistry = .standard
  ) throws {
    let (dictionary, owner, place) = try config.backbone(of: part)
    let path = (owner + ["backbone"]).joined(separator: ".")
    guard let type = dictionary["type"]?.name else {
      throw InputProblem(
        "\(place): the type of \(path) cannot be told without running the file")
    }
    // A type may have its registry or its package in front.
    let name = type.split(separator: ".").last.map(String.init) ?? type
    guard let family = registry.definition(ofConfigurationType: name),
      let configurationClass = family.configurationClass
    else {
      throw InputProblem(
        "\(place): the backbone '\(type)' is none that is known; there are "
          + registry.configurationTypes.joined(separator: ", "))
    }
    var given = BackboneArguments()
    for (key, entry) in dictionary.entries where !Self.withoutGraph.contains(key) {
      guard let argument = ArgumentValue(entry.value) else {
        throw InputProblem(
          "\(entry.value.location.path):\(entry.value.location.line): \(path).\(key) "
            + "cannot be told without running the file")
      }
      given[key] = argument
    }
    let isOriginal = configurationClass.originalArguments.contains { given[$0] != nil }
    let scope = dictionary["_scope_"]?.string ?? config["default_scope"]?.string
    let usual =
      ["mmpretrain", "mmcls"].contains(scope)
      ? configurationClass.pretrainFlavor : configurationClass.flavor
    let implied = isOriginal ? configurationClass.originalFlavor ?? usual : usual
    self.init(name, flavor: flavor ?? implied, arguments: given)
    let graph = try registry.makeGraph(name, arguments: given, flavor: self.flavor)
    let sizes = family.argumentsOfSize
    let isNamed = sizes.contains { given[$0] != nil }
    let identity = family.identity(in: graph.arguments)?.name
    let canonical = try registry.resolve(name, arguments: given, flavor: self.flavor).arguments
    var whole = canonical
    for (key, value) in graph.arguments.values where whole[key] == nil && value != .null {
      if !sizes.contains(key) || key == identity && !isNamed { whole[key] = value }
    }
    // The completed arguments must build the same network.
    let filled = try? registry.makeGraph(name, arguments: whole, flavor: self.flavor)
    guard filled?.keyShapes == graph.keyShapes else {
      throw InputProblem("\(place): the arguments of \(path) contradict each other")
    }
    arguments = whole
  }
}

extension ConfigValue {
  /// A string, or the name of something imported.
  fileprivate var name: String? {
    switch content {
    case .string(let text): text
    case .opaque(let text):
      text.allSatisfy { $0.isLetter || $0.isNumber || $0 == "." || $0 == "_" } ? text : nil
    default: nil
    }
  }
}
