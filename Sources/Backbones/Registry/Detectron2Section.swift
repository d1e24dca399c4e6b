/// How a configuration of detectron2 asks for a family's networks.
package struct Detectron2Section: Sendable {
  /// Why a configuration builds no network that is known.
  package struct Problem: Error, CustomStringConvertible {
    /// As a sentence without its end.
    package let description: String
    /// The setting because of which detectron2 itself refuses to build the network; nil if it does not
    /// refuse.
    package let refusedSetting: String?

    init(_ description: String, refusedSetting: String? = nil) {
      self.description = description
      self.refusedSetting = refusedSetting
    }
  }

  /// Where the settings are: `MODEL.RESNETS`.
  package let path: String
  /// The builders of the network (`MODEL.BACKBONE.NAME`), with the prefix that its keys then have
  /// in the state dict of the whole model.
  package let builders: [String: String]
  /// The builder that detectron2 takes where a configuration names none; nil if it is another family's.
  package let defaultBuilder: String?
  /// The builders that put a pyramid behind the network.
  package let pyramidBuilders: Set<String>
  /// detectron2's defaults, by their names in the section.
  package let defaults: [String: ArgumentValue]
  /// The arguments of the network that the settings of the section describe, defaults filled in.
  package let arguments:
    @Sendable (_ settings: [String: ArgumentValue]) throws(Problem) -> BackboneArguments
  /// detectron2's name for a tensor in a file of Caffe2; nil for what is no part of the network.
  package let renamedFromCaffe2: @Sendable (_ key: String) -> String?
}
