import OrderedCollections
import PthBackbones
import PthBytes
import PthCheckpoints
import PthConfigs
import PthKeyMapping
import PthReports

/// Gives a configuration another backbone: the changes of its text, with reasons.
///
/// Only the changed values differ in the text. The result is read again: each change must be in effect, and any other
/// value that changed is reported.
package struct ConfigRewrite {
  package struct Request: Sendable {
    /// The path of the configuration.
    package var config: String
    /// The backbone's name in the registry.
    package var backbone: String
    /// The path of the backbone's weights.
    package var pretrained: String
    /// Number of GPUs and images per GPU; nil leaves the learning rate unchanged.
    package var run: (gpus: Int, imagesPerGPU: Int)?
    /// The path of the new configuration.
    package var output: String
    /// The path of the dictionary whose backbone is replaced; nil for the detector's.
    package var part: String?
    /// The families in which the backbone is looked up.
    package var registry: BackboneRegistry

    package init(
      config: String, backbone: String, pretrained: String, run: (gpus: Int, imagesPerGPU: Int)?,
      output: String, part: String? = nil, registry: BackboneRegistry = .standard
    ) {
      self.config = config
      self.backbone = backbone
      self.pretrained = pretrained
      self.run = run
      self.output = output
      self.part = part
      self.registry = registry
    }
  }

  /// A value to set.
  struct Change {
    var path: [String]
    var literal: PythonLiteral
    /// The value that the result must have when it is read; nil if it is not checked.
    var expected: ConfigValue.Content?
    /// For a dictionary in the file: the entries to remove and to set.
    var entries: (removed: Set<String>, set: [(key: String, value: PythonLiteral)])?
  }

  /// The new text.
  package let contents: [UInt8]
  /// The old text.
  package let original: [UInt8]
  /// One sentence per change, with its reason.
  package let notes: [String]
  /// Every file that was read; none of them may be overwritten.
  package let inputs: [String]

  /// - Throws: `ConfigError`, `CheckpointError`, `BackboneError`, `InputProblem`.
  package init(_ request: Request) throws {
    let config = try Config.read(request.config)
    guard config.origin == .detectron2 || request.config.hasSuffix(".py") else {
      throw InputProblem(
        "\(request.config): only configurations in Python are rewritten; write one that has this one as "
          + "its _base_, and rewrite that")
    }
    var plan = try RewritePlan(request, config)
    try plan.changeBackbone()
    plan.changeNeck()
    plan.changePreparation()
    try plan.changeLearningRate()
    (contents, original) = try plan.applied()
    notes = plan.notes
    inputs = config.files + [request.pretrained]
  }
}
