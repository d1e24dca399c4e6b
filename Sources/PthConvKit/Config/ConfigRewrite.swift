import OrderedCollections
import PthBackbones
import PthBytes
import PthCheckpoints
import PthConfigs
import PthKeyMapping
import PthReports

/// Gives a configuration another backbone: the changes in its text, and their reasons.
///
/// Everything but the changed values stays byte for byte. The result is read again: each change
/// must be there, and any other value that changed is reported.
package struct ConfigRewrite {
  package struct Request: Sendable {
    /// The configuration.
    package var config: String
    /// A name of the registry.
    package var backbone: String
    /// The file with the backbone's weights.
    package var pretrained: String
    /// GPUs of the run and images of each; nil to leave the learning rate.
    package var run: (gpus: Int, imagesPerGPU: Int)?
    /// The configuration to be written.
    package var output: String
    /// The path of the dictionary whose backbone is replaced; nil for the detector's.
    package var part: String?
    /// The families that the backbone is looked up in.
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

  /// A value that is set.
  struct Change {
    var path: [String]
    var literal: PythonLiteral
    /// The value that must be there when the result is read.
    var expected: ConfigValue.Content?
    /// For a dictionary that the file writes: the entries to remove, and those to set.
    var entries: (removed: Set<String>, set: [(key: String, value: PythonLiteral)])?
  }

  /// The new text.
  package let contents: [UInt8]
  /// The old text.
  package let original: [UInt8]
  /// A sentence for each change and its reason.
  package let notes: [String]
  /// Every file that was read, none of which may be written.
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
