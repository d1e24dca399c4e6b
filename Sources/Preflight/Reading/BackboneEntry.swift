import OrderedCollections
import PthBackbones
import PthConfigs

/// A backbone as a configuration has it, and the network that it means.
struct BackboneEntry: Sendable {
  let place: Place
  /// The detector or classifier that has it.
  let owner: Place
  /// The prefixes that its keys may have in the state dict of the whole model.
  let modelPrefixes: [String]
  /// Its type without the package.
  let type: String
  let graph: ModelGraph?
  /// Why there is no graph.
  let unknown: String?
  /// Whether that is because the class has no such argument, or none with such a value.
  let refusesArguments: Bool
  /// How OpenMMLab asks for its family; nil if it is not known.
  let configurationClass: ConfigurationClass?
  /// The families that are known.
  let registry: BackboneRegistry
  /// What its class takes; nil if that is not known.
  let constructor: Constructor?
  /// Whether its model is mmdetection's.
  let isOfDetectors: Bool
  /// Channels of its norms, also where a `norm_cfg` makes the network impossible.
  private(set) var normWidths: [Int] = []
  /// The defaults of its implementation that a graph does not have.
  let defaults: Defaults

  struct Defaults: Sendable {
    let normEval: Bool
  }

  /// Channels of what it returns, in order.
  var channels: [Int]? { graph?.stageChannels }

  /// All backbones of the model, in the order of the configuration.
  static func all(in config: Config, _ registry: BackboneRegistry) -> [BackboneEntry] {
    guard let model = Place(config).place("model") else { return [] }
    let scope = config["default_scope"]?.string
    var found: [BackboneEntry] = []
    collect(model, prefix: "", scope: scope, registry, depth: 0, into: &found)
    return found
  }

  /// Deeper than this nothing of a model lies.
  private static let maximumDepth = 24

  private static func collect(
    _ owner: Place, prefix: String, scope: String?, _ registry: BackboneRegistry, depth: Int,
    into found: inout [BackboneEntry]
  ) {
    guard depth < maximumDepth else { return }
    for (key, place) in owner.children {
      if key == "backbone" {
        found.append(
          BackboneEntry(place, owner: owner, prefix: prefix + "backbone.", scope, registry))
      }
      // The names of a list's members in the state dict are not known.
      collect(
        place, prefix: "\(prefix)\(key).", scope: scope, registry, depth: depth + 1, into: &found)
    }
  }

  private init(
    _ place: Place, owner: Place, prefix: String, _ scope: String?, _ registry: BackboneRegistry
  ) {
    self.registry = registry
    self.place = place
    self.owner = owner
    // Teacher and student are both made of what is called 'detector'.
    let isTeacher = prefix.hasPrefix("detector.")
    modelPrefixes =
      isTeacher
      ? ["student.", "teacher.", "detector.", ""].map {
        $0 + prefix.dropFirst("detector.".count)
      } : [prefix]
    let type = place.type ?? ""
    self.type = place["type"]?.string ?? type
    let package =
      place["_scope_"]?.string ?? place.scope ?? owner.scope ?? scope ?? Self.package(of: owner)
    let isPretrain = Self.classifiers.contains(package)
    defaults = Defaults(normEval: !isPretrain && package != "mmseg")
    configurationClass =
      isPretrain || Self.detectors.contains(package)
      ? registry.definition(ofConfigurationType: type)?.configurationClass : nil
    isOfDetectors = package == "mmdet"
    constructor = isOfDetectors ? configurationClass?.constructors[type] : nil
    guard let configurationClass else {
      graph = nil
      refusesArguments = false
      unknown =
        type.isEmpty
        ? "its type is nothing that can be read without Python"
        : "'\(self.type)' is not among the backbones that pthconv knows"
      return
    }
    do {
      let request = try Self.request(
        place, name: type, configurationClass, constructor, isPretrain: isPretrain)
      normWidths = Self.normWidths(request, registry)
      graph = try registry.makeGraph(
        request.name, arguments: request.arguments, flavor: request.flavor)
      unknown = nil
      refusesArguments = false
    } catch {
      graph = nil
      unknown = "\(error)"
      refusesArguments = error is BackboneError
    }
  }

  /// Packages with mmdet's networks, and packages with mmpretrain's. Other packages have classes of
  /// the same name with other parts.
  private static let detectors: Set<String> = [
    "mmdet", "mmseg", "mmrotate", "mmdet3d", "mmtrack", "mmyolo",
  ]
  private static let classifiers: Set<String> = ["mmpretrain", "mmcls", "mmpose"]

  /// The package of a model that does not say it, by its own type.
  private static func package(of owner: Place) -> String {
    let type = owner.type ?? ""
    if type.hasPrefix("Recognizer") { return "mmaction" }
    return type == "ImageClassifier" ? "mmpretrain" : "mmdet"
  }

  /// Arguments of every class on which no key of the network depends.
  private static let withoutKeys: Set<String> = [
    "type", "_scope_", "with_cp", "norm_eval", "init_cfg", "pretrained",
  ]

  private static func request(
    _ place: Place, name: String, _ configurationClass: ConfigurationClass,
    _ constructor: Constructor?, isPretrain: Bool
  ) throws -> BackboneRequest {
    let withoutKeys = withoutKeys.union(configurationClass.argumentsWithoutKeys)
      .union(configurationClass.argumentsThatAddKeys)
    var arguments = BackboneArguments()
    var isOfficial = false
    for (key, entry) in place.dictionary.entries where !withoutKeys.contains(key) {
      if configurationClass.originalArguments.contains(key) { isOfficial = true }
      guard let value = entry.value.argument else {
        throw UnknownArgument(name: key, text: "only Python could tell it")
      }
      switch key {
      case "conv_cfg":
        // Standardised weights are ordinary ones under the same names.
        guard value == .null || ["Conv2d", "Conv", "ConvWS"].contains(value["type"]?.string) else {
          throw UnknownArgument(name: key, text: "convolutions of this kind are not known")
        }
      case "norm_cfg": arguments[key] = try norm(value)
      default: arguments[key] = constructor?.truth(of: entry.value, for: key) ?? value
      }
    }
    if isPretrain { arguments = configurationClass.pretrainDefaults.merging(arguments) }
    return BackboneRequest(
      name,
      flavor: isOfficial
        ? nil : isPretrain ? configurationClass.pretrainFlavor : configurationClass.flavor,
      arguments: arguments)
  }

  /// With batch norms, which fit any number of channels.
  private static func normWidths(
    _ request: BackboneRequest, _ registry: BackboneRegistry
  ) -> [Int] {
    var arguments = request.arguments
    arguments["norm_cfg"] = .dictionary([.init("type", "BN")])
    let graph = try? registry.makeGraph(
      request.name, arguments: arguments, flavor: request.flavor)
    let norms = graph?.state.filter { $0.role == .normWeight && $0.stage != .head } ?? []
    return Set(norms.compactMap(\.shape.first)).sorted()
  }

  /// The part of `norm_cfg` that changes names and shapes: other kinds of batch norm are like BN in
  /// both.
  private static func norm(_ value: ArgumentValue) throws -> ArgumentValue {
    guard value != .null, let type = value["type"]?.string else { return value }
    if type == "GN" {
      return .dictionary([.init("type", "GN"), .init("num_groups", value["num_groups"] ?? 32)])
    }
    guard ["BN", "SyncBN", "BN2d", "MMSyncBN", "NaiveSyncBN"].contains(type) else {
      throw UnknownArgument(name: "norm_cfg", text: "norms of type '\(type)' are not known")
    }
    return .dictionary([.init("type", "BN")])
  }

  private struct UnknownArgument: Error, CustomStringConvertible {
    let name: String
    let text: String
    var description: String { "\(name): \(text)" }
  }
}

extension BackboneEntry {
  /// Stages that training leaves alone: -1 none, 0 the stem.
  var frozenStages: Int { place["frozen_stages"]?.int ?? -1 }

  /// Whether its norms are batch norms.
  var hasBatchNorm: Bool {
    graph?.state.contains { $0.role == .runningMean } ?? true
  }

  /// Whether its batch norms keep their statistics in training.
  var normEval: Bool { place["norm_eval"].map { !$0.isFalse } ?? defaults.normEval }

  /// What its norms do not have.
  var absentRoles: Set<StateRole> { NormRules.absentRoles(place["norm_cfg"]) }

  /// Whether its norms are trained.
  var normRequiresGrad: Bool { place["norm_cfg"]?["requires_grad"]?.bool ?? true }
}
