/// The section of detectron2's configurations that describes a family's networks.
public struct Detectron2Section: Sendable {
  /// The path of the section: `MODEL.` and its name.
  package let path: String
  /// The flavor of detectron2's networks.
  package let flavor: Flavor
  /// The builders of the network (`MODEL.BACKBONE.NAME`), each with the prefix that the network's keys have in
  /// the state dict of the whole model.
  package let builders: [String: String]
  /// The builder that detectron2 uses if a configuration names none; nil if it is another family's.
  package let defaultBuilder: String?
  /// The builders that put a feature pyramid (FPN) on top of the network.
  package let pyramidBuilders: Set<String>
  /// detectron2's defaults, by the settings' names in the section; other settings are not read.
  package let defaults: [String: ArgumentValue]
  /// A setting that makes the network compute something else than the one whose weights were published; the
  /// reason; and the line to write instead.
  package typealias Contradiction = (setting: String, why: String, instead: String)
  package let contradiction:
    @Sendable (_ settings: [String: ArgumentValue], _ trained: BackboneArguments) -> Contradiction?
  /// Returns detectron2's name for a blob of Caffe2; nil if the blob is no part of the network.
  package let renamedFromCaffe2: @Sendable (_ key: String) -> String?
  package typealias Reader =
    @Sendable (_ settings: [String: ArgumentValue]) throws(BackboneError) -> BackboneArguments
  /// Returns the arguments of the network that the section's settings (defaults filled in) describe.
  package let arguments: Reader

  /// Describes a section.
  ///
  /// - Parameters:
  ///   - path: the path of the section: `MODEL.` and its name.
  ///   - flavor: the flavor of detectron2's networks.
  ///   - builders: the builders of the network (`MODEL.BACKBONE.NAME`), each with the prefix that the
  ///     network's keys have in the state dict of the whole model.
  ///   - defaultBuilder: the builder that detectron2 uses if a configuration names none; nil if it is
  ///     another family's.
  ///   - pyramidBuilders: the builders that put a feature pyramid (FPN) on top of the network.
  ///   - defaults: detectron2's defaults, by the settings' names in the section. Other settings are not read.
  ///   - contradiction: returns the setting that makes the network compute something else than the network
  ///     with the arguments `trained`, the reason, and the line to write instead; nil if there is none.
  ///   - renamedFromCaffe2: returns detectron2's name for a blob of Caffe2; nil if the blob is no part of the
  ///     network.
  ///   - arguments: returns the arguments of the network that the settings (defaults filled in) describe.
  ///     Throws ``BackboneError/notBuilt(reason:setting:)`` if they describe no known network.
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
