import ArgumentParser
import PthConfigs
import PthConvKit
import PthReports

/// The options that say which backbone is meant, shared by `map`, `init` and `convert`.
struct BackboneOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A name of the registry or a preset, which 'pthconv backbones' lists, or dict(type=…) out of a configuration.",
      valueName: "name"),
    completion: Completions.backbones)
  var backbone: String?

  @Option(
    help: ArgumentHelp(
      "In place of --backbone: a configuration of mmdetection, whose model.backbone is meant.",
      valueName: "file"), completion: .file(extensions: ["py"]))
  var config: String?

  @Option(
    help: ArgumentHelp(
      "The implementation whose names and arithmetic the target has.", valueName: "name"),
    completion: Completions.flavors)
  var flavor: String?

  @OptionGroup var argumentOptions: ArgumentOptions

  @Option(
    name: .customLong("arg"), parsing: .singleValue,
    help: ArgumentHelp(
      "Any argument of the backbone as a Python literal, such as num_classes=1000; 'pthconv backbones' explains them.",
      valueName: "key=value"))
  var arguments: [String] = []

  /// For commands that cannot do without a backbone.
  ///
  /// - Throws: `ValidationError` if none is named.
  func requireBackbone() throws {
    if !isGiven { throw ValidationError("Missing expected argument '--backbone <name>'") }
  }

  /// Whether a backbone is named.
  var isGiven: Bool { backbone != nil || config != nil }

  func validate() throws {
    guard config != nil else { return }
    if backbone != nil {
      throw ValidationError("--config takes the place of --backbone; give one of them")
    }
    if !pairs.isEmpty {
      throw ValidationError("--config has the backbone's arguments; change them there")
    }
  }

  /// The options beside the name, as `key=value`; they mean nothing without one.
  private var pairs: [String] { arguments + argumentOptions.pairs }

  /// Whether anything about the backbone is said but its name.
  var hasArguments: Bool { flavor != nil || !pairs.isEmpty }

  /// - Throws: `BackboneError` if an argument is given twice or cannot be read; `ConfigError` and
  ///   `InputProblem` for a configuration; `ValidationError` if no backbone is named.
  func request() throws -> BackboneRequest {
    try requireBackbone()
    if let config {
      return try BackboneRequest(
        config: Config.read(config), flavor: flavor.map { Flavor(rawValue: $0) })
    }
    let pasted = try BackboneRequest(
      pasted: backbone ?? "", flavor: flavor.map { Flavor(rawValue: $0) })
    if let pasted {
      guard pairs.isEmpty else {
        throw ValidationError("a pasted dict has the backbone's arguments; change them there")
      }
      return pasted
    }
    return BackboneRequest(
      backbone ?? "", flavor: flavor.map { Flavor(rawValue: $0) },
      arguments: try BackboneArguments(parsing: pairs))
  }
}
