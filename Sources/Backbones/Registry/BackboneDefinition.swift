/// An architecture as the registry knows it: a name, a table of arguments, and how arguments become
/// a graph.
public struct BackboneDefinition: Sendable {
  /// Makes a graph of canonical arguments: those given, of the right kinds.
  public typealias Builder =
    @Sendable (BackboneArguments, Flavor) throws(BackboneError) -> ModelGraph

  public let name: String
  /// One line for a person.
  public let summary: String
  /// Implementations whose names and arithmetic it has, preferred ones first.
  public let flavors: [Flavor]
  /// The table of arguments.
  public let arguments: [ArgumentSpecification]
  /// The flavor that canonical arguments get when none is named.
  let defaultFlavor: @Sendable (BackboneArguments) -> Flavor
  let detector: BackboneDetector?
  let build: Builder

  public init(
    _ name: String, summary: String = "", flavors: [Flavor] = ["custom"],
    arguments: [ArgumentSpecification] = [],
    defaultFlavor: (@Sendable (BackboneArguments) -> Flavor)? = nil,
    detector: BackboneDetector? = nil,
    build: @escaping Builder
  ) {
    self.name = name
    self.summary = summary
    self.flavors = flavors
    self.arguments = arguments
    let first = flavors.first ?? "custom"
    self.defaultFlavor = defaultFlavor ?? { _ in first }
    self.detector = detector
    self.build = build
  }
}

/// A published name that stands for an architecture and some of its arguments.
public struct BackbonePreset: Sendable, Hashable {
  public let name: String
  /// Name of the architecture.
  public let backbone: String
  public let arguments: BackboneArguments
  /// Nil for the architecture's own default.
  public let flavor: Flavor?

  public init(
    _ name: String, _ backbone: String, _ arguments: BackboneArguments, flavor: Flavor? = nil
  ) {
    self.name = name
    self.backbone = backbone
    self.arguments = arguments
    self.flavor = flavor
  }
}
