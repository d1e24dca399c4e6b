/// An architecture as the registry knows it: a name, a table of arguments, and how arguments become
/// a graph.
public struct BackboneDefinition: Sendable {
  /// Makes a graph of canonical arguments: those given, of the right kinds.
  package typealias Builder =
    @Sendable (BackboneArguments, Flavor) throws(BackboneError) -> ModelGraph

  /// Its name in the registry.
  public let name: String
  /// One line for a person.
  package let summary: String
  /// Implementations whose names and arithmetic it has, preferred ones first.
  package let flavors: [Flavor]
  /// The table of arguments.
  package let arguments: [ArgumentSpecification]
  /// Arguments that neither names nor shapes of a state dict show, with values of published
  /// networks. They are tried where outputs differ.
  package let alternatives: [BackboneArguments]
  /// The flavor that canonical arguments get when none is named.
  let defaultFlavor: @Sendable (BackboneArguments) -> Flavor
  /// The names that its implementations have for its parts.
  package let names: RenamingTables
  let detector: BackboneDetector?
  /// Arguments that a published name has in every flavor, unless the preset says otherwise.
  package let publishedArguments: BackboneArguments
  /// Arguments that a published name leaves open, so that they follow the file.
  package let openArguments: Set<String>
  /// The rules of `init_weights`, by the graph's arguments.
  let initialization: @Sendable (BackboneArguments) -> [InitializationRule]
  let build: Builder
  /// Whether its classifier is one linear layer on the means of the last output over height and width.
  package var poolsBeforeClassifier: Bool
  /// Canonical arguments with defaults filled in, where that takes less than building the graph.
  var completing:
    (@Sendable (BackboneArguments, Flavor) throws(BackboneError) -> BackboneArguments)?
  /// How a configuration of OpenMMLab asks for its networks; nil if no class builds them.
  package var configurationClass: ConfigurationClass?
  /// How a configuration of detectron2 does; nil if detectron2 has none of them.
  package var detectron2: Detectron2Section?
  /// Values of arguments that reports leave out where they describe a network in a few words.
  package var usualArguments: BackboneArguments
  /// How images were prepared for its published weights.
  package var publishedWeights: [PublishedPreparation]

  /// A family; whatever is left out, it does without.
  ///
  /// - Parameters:
  ///   - name: its name in the registry.
  ///   - summary: one line for a person.
  ///   - flavors: implementations whose names and arithmetic it has, preferred ones first.
  ///   - arguments: the table of arguments.
  ///   - alternatives: arguments that neither names nor shapes of a state dict show, with values of
  ///     published networks. They are tried where outputs differ.
  ///   - defaultFlavor: the flavor that arguments get when none is named.
  ///   - names: the names that its implementations have for its parts.
  ///   - detector: recognises its networks in the keys of a file.
  ///   - publishedArguments: arguments that a published name has in every flavor, unless the preset
  ///     says otherwise.
  ///   - openArguments: arguments that a published name leaves open, so that they follow the file.
  ///   - initialization: the rules of `init_weights`, by the graph's arguments.
  ///   - poolsBeforeClassifier: whether its classifier is one linear layer on the means of the last
  ///     output over height and width.
  ///   - usualArguments: values of arguments that reports leave out where they describe a network in a
  ///     few words.
  ///   - configurationClass: how a configuration of OpenMMLab asks for its networks.
  ///   - detectron2: how a configuration of detectron2 does.
  ///   - publishedWeights: how images were prepared for its published weights.
  ///   - build: makes a graph of canonical arguments: those given, of the right kinds.
  public init(
    _ name: String, summary: String = "", flavors: [Flavor] = ["custom"],
    arguments: [ArgumentSpecification] = [], alternatives: [BackboneArguments] = [],
    defaultFlavor: (@Sendable (BackboneArguments) -> Flavor)? = nil,
    names: RenamingTables = RenamingTables(), detector: BackboneDetector? = nil,
    publishedArguments: BackboneArguments = [:],
    openArguments: Set<String> = [],
    initialization: @escaping @Sendable (BackboneArguments) -> [InitializationRule] = { _ in
      InitializationRule.standard
    },
    poolsBeforeClassifier: Bool = false, usualArguments: BackboneArguments = [:],
    configurationClass: ConfigurationClass? = nil, detectron2: Detectron2Section? = nil,
    publishedWeights: [PublishedPreparation] = [],
    build: @escaping @Sendable (BackboneArguments, Flavor) throws(BackboneError) -> ModelGraph
  ) {
    self.name = name
    self.summary = summary
    self.flavors = flavors
    self.arguments = arguments
    self.alternatives = alternatives
    let first = flavors.first ?? "custom"
    self.defaultFlavor = defaultFlavor ?? { _ in first }
    self.names = names
    self.detector = detector
    self.publishedArguments = publishedArguments
    self.openArguments = openArguments
    self.initialization = initialization
    self.poolsBeforeClassifier = poolsBeforeClassifier
    self.usualArguments = usualArguments
    self.configurationClass = configurationClass
    self.detectron2 = detectron2
    self.publishedWeights = publishedWeights
    self.build = build
  }
}

extension BackboneDefinition {
  /// The arguments for the network's depth. Some of them follow from others.
  package var argumentsOfSize: Set<String> {
    let names = arguments.filter { $0.replaces != nil }
    return Set(names.map(\.name) + names.flatMap(\.implies))
      .union(arguments.filter { $0.bearing == .extent }.map(\.name))
  }

  /// The argument that is the number of a classifier's classes; nil if it has none.
  package var classCount: String? { arguments.first(where: \.countsClasses)?.name }

  /// The first argument that names the network in one of several ways (its depth, or its layers).
  package func identity(
    in arguments: BackboneArguments
  ) -> (name: String, value: ArgumentValue)? {
    for row in self.arguments where row.replaces != nil {
      if let value = arguments[row.name], value != .null { return (row.name, value) }
    }
    return nil
  }
}

/// A published name that stands for an architecture and some of its arguments.
///
/// A published network has the arguments of its name even if a file shows others. The name of a
/// family fixes only the arguments that it lists; the others may be read from a file.
public struct BackbonePreset: Sendable, Hashable {
  /// Its name in the registry.
  public let name: String
  /// Name of the architecture.
  package let backbone: String
  package let arguments: BackboneArguments
  /// Nil for the architecture's own default.
  package let flavor: Flavor?
  /// Whether it names a family of networks (`ResNeXt`) and not one network.
  package let isFamily: Bool

  /// A published name; `isFamily` says that it names several networks.
  public init(
    _ name: String, _ backbone: String, _ arguments: BackboneArguments, flavor: Flavor? = nil,
    isFamily: Bool = false
  ) {
    self.name = name
    self.backbone = backbone
    self.arguments = arguments
    self.flavor = flavor
    self.isFamily = isFamily
  }
}
