/// An architecture as the registry knows it: a name, a table of arguments, and how arguments become
/// a graph.
package struct BackboneDefinition: Sendable {
  /// Makes a graph of canonical arguments: those given, of the right kinds.
  package typealias Builder =
    @Sendable (BackboneArguments, Flavor) throws(BackboneError) -> ModelGraph

  package let name: String
  /// One line for a person.
  package let summary: String
  /// Implementations whose names and arithmetic it has, preferred ones first.
  package let flavors: [Flavor]
  /// The table of arguments.
  package let arguments: [ArgumentSpecification]
  /// Arguments that neither names nor shapes of a state dict tell, with values that published
  /// networks have: what may be tried where outputs differ.
  package let openArguments: [BackboneArguments]
  /// The flavor that canonical arguments get when none is named.
  let defaultFlavor: @Sendable (BackboneArguments) -> Flavor
  let detector: BackboneDetector?
  let build: Builder

  package init(
    _ name: String, summary: String = "", flavors: [Flavor] = ["custom"],
    arguments: [ArgumentSpecification] = [], openArguments: [BackboneArguments] = [],
    defaultFlavor: (@Sendable (BackboneArguments) -> Flavor)? = nil,
    detector: BackboneDetector? = nil,
    build: @escaping Builder
  ) {
    self.name = name
    self.summary = summary
    self.flavors = flavors
    self.arguments = arguments
    self.openArguments = openArguments
    let first = flavors.first ?? "custom"
    self.defaultFlavor = defaultFlavor ?? { _ in first }
    self.detector = detector
    self.build = build
  }
}

/// A published name that stands for an architecture and some of its arguments.
package struct BackbonePreset: Sendable, Hashable {
  package let name: String
  /// Name of the architecture.
  package let backbone: String
  package let arguments: BackboneArguments
  /// Nil for the architecture's own default.
  package let flavor: Flavor?

  package init(
    _ name: String, _ backbone: String, _ arguments: BackboneArguments, flavor: Flavor? = nil
  ) {
    self.name = name
    self.backbone = backbone
    self.arguments = arguments
    self.flavor = flavor
  }
}
