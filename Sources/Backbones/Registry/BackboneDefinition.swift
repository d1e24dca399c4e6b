/// An architecture in the registry: its name, its table of arguments, and the function that builds a graph
/// from arguments.
public struct BackboneDefinition: Sendable {
  /// Builds a graph from the arguments that were given, under canonical names and of the right kinds.
  package typealias Builder =
    @Sendable (BackboneArguments, Flavor) throws(BackboneError) -> ModelGraph

  /// Its name in the registry.
  public let name: String
  /// One line of description.
  package let summary: String
  /// The supported implementations (key names and arithmetic), preferred ones first.
  package let flavors: [Flavor]
  /// The table of arguments.
  package let arguments: [ArgumentSpecification]
  /// Values, from published networks, of arguments that neither key names nor shapes determine. They are
  /// tried where outputs differ.
  package let alternatives: [BackboneArguments]
  /// The flavor that canonical arguments get when none is named.
  let defaultFlavor: @Sendable (BackboneArguments) -> Flavor
  /// Tables that rename the implementations' keys to canonical names.
  package let names: RenamingTables
  let detector: BackboneDetector?
  /// Argument values that published weights have in every flavor, unless the preset gives another value.
  package let publishedArguments: BackboneArguments
  /// Arguments that a published name does not fix; their values are read from the file.
  package let openArguments: Set<String>
  /// The rules of `init_weights`, given the graph's arguments.
  let initialization: @Sendable (BackboneArguments) -> [InitializationRule]
  let build: Builder
  /// Whether its classifier is one linear layer on the means of the last output over height and width.
  package var poolsBeforeClassifier: Bool
  /// Fills defaults into canonical arguments without building the graph; nil if only building it can.
  var completing:
    (@Sendable (BackboneArguments, Flavor) throws(BackboneError) -> BackboneArguments)?
  /// OpenMMLab's classes for these networks and their arguments; nil if no class builds them.
  package var configurationClass: ConfigurationClass?
  /// detectron2's builders for these networks and their settings; nil if detectron2 has none.
  package var detectron2: Detectron2Section?
  /// Argument values that are so common that short descriptions of a network leave them out.
  package var usualArguments: BackboneArguments
  /// How images were prepared for its published weights.
  package var publishedWeights: [PublishedPreparation]

  /// Defines an architecture; only the name and the builder are required.
  ///
  /// - Parameters:
  ///   - name: its name in the registry.
  ///   - summary: one line of description.
  ///   - flavors: the supported implementations, preferred ones first.
  ///   - arguments: the table of arguments.
  ///   - alternatives: values, from published networks, of arguments that neither key names nor shapes
  ///     determine. They are tried where outputs differ.
  ///   - defaultFlavor: the flavor that arguments get when none is named.
  ///   - names: tables that rename the implementations' keys to canonical names.
  ///   - detector: recognises its networks in the keys of a file.
  ///   - publishedArguments: argument values that published weights have in every flavor, unless the
  ///     preset gives another value.
  ///   - openArguments: arguments that a published name does not fix; their values are read from the file.
  ///   - initialization: the rules of `init_weights`, given the graph's arguments.
  ///   - poolsBeforeClassifier: whether its classifier is one linear layer on the means of the last
  ///     output over height and width.
  ///   - usualArguments: argument values that are so common that short descriptions of a network leave
  ///     them out.
  ///   - configurationClass: OpenMMLab's classes for these networks and their arguments.
  ///   - detectron2: detectron2's builders for these networks and their settings.
  ///   - publishedWeights: how images were prepared for its published weights.
  ///   - build: builds a graph from the arguments that were given, under canonical names and of the right
  ///     kinds.
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
  /// The arguments that set the network's depth, including those that follow from others.
  package var argumentsOfSize: Set<String> {
    let names = arguments.filter { $0.replaces != nil }
    return Set(names.map(\.name) + names.flatMap(\.implies))
      .union(arguments.filter { $0.bearing == .extent }.map(\.name))
  }

  /// The name of the argument for a classifier's number of classes; nil if there is none.
  package var classCount: String? { arguments.first(where: \.countsClasses)?.name }

  /// The first given argument of those that name the network in alternative ways (`depth` or `layers`).
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
/// The name of one network fixes all arguments, even if a file shows others, except those of
/// `BackboneDefinition.openArguments`. The name of a family fixes only the arguments that it lists; the others
/// may be read from a file.
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

  /// A published name; `isFamily` is true if it names several networks.
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
