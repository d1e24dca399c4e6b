/// How a configuration of detectron2 asks for a family's networks.
public struct Detectron2Section: Sendable {
  /// Where the settings are: `MODEL.` and the section's name.
  package let path: String
  /// The flavor of detectron2's networks.
  package let flavor: Flavor
  /// The builders of the network (`MODEL.BACKBONE.NAME`), with the prefix that its keys then have
  /// in the state dict of the whole model.
  package let builders: [String: String]
  /// The builder that detectron2 takes where a configuration names none; nil if it is another family's.
  package let defaultBuilder: String?
  /// The builders that put a pyramid behind the network.
  package let pyramidBuilders: Set<String>
  /// detectron2's defaults, by their names in the section.
  package let defaults: [String: ArgumentValue]
  /// A setting because of which a network computes something else than published weights were trained
  /// with.
  package typealias Contradiction = (setting: String, why: String, instead: String)
  package let contradiction:
    @Sendable (_ settings: [String: ArgumentValue], _ trained: BackboneArguments) -> Contradiction?
  /// detectron2's name for a tensor in a file of Caffe2; nil for what is no part of the network.
  package let renamedFromCaffe2: @Sendable (_ key: String) -> String?
  package typealias Reader =
    @Sendable (_ settings: [String: ArgumentValue]) throws(BackboneError) -> BackboneArguments
  /// The arguments of the network that the settings of the section describe, defaults filled in.
  package let arguments: Reader

  /// How a configuration asks for a family.
  ///
  /// - Parameters:
  ///   - path: where the settings are: `MODEL.` and the section's name.
  ///   - flavor: the flavor of detectron2's networks.
  ///   - builders: the builders of the network (`MODEL.BACKBONE.NAME`), with the prefix that its keys
  ///     then have in the state dict of the whole model.
  ///   - defaultBuilder: the builder that detectron2 takes where a configuration names none; nil if it
  ///     is another family's.
  ///   - pyramidBuilders: the builders that put a pyramid behind the network.
  ///   - defaults: detectron2's defaults, by their names in the section. Other settings are not read.
  ///   - contradiction: the setting because of which the network computes something else than
  ///     published weights with these arguments were trained for, the reason, and the line to write.
  ///   - renamedFromCaffe2: detectron2's name for a tensor in a file of Caffe2; nil for what is no part
  ///     of the network.
  ///   - arguments: the arguments of the network that the settings describe, defaults filled in. It
  ///     throws ``BackboneError/notBuilt(reason:setting:)`` if they describe none.
  public init(
    path: String, flavor: Flavor = .detectron2, builders: [String: String],
    defaultBuilder: String? = nil, pyramidBuilders: Set<String> = [],
    defaults: [String: ArgumentValue] = [:],
    contradiction:
      @escaping @Sendable (_ settings: [String: ArgumentValue], _ trained: BackboneArguments) -> (
        setting: String, why: String, instead: String
      )? = { _, _ in nil },
    renamedFromCaffe2: @escaping @Sendable (_ key: String) -> String? = { _ in nil },
    arguments:
      @escaping @Sendable (_ settings: [String: ArgumentValue]) throws(BackboneError) ->
      BackboneArguments
  ) {
    self.path = path
    self.flavor = flavor
    self.builders = builders
    self.defaultBuilder = defaultBuilder
    self.pyramidBuilders = pyramidBuilders
    self.defaults = defaults
    self.contradiction = contradiction
    self.renamedFromCaffe2 = renamedFromCaffe2
    self.arguments = arguments
  }
}
