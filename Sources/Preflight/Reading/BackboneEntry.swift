import OrderedCollections
import PthBackbones
import PthConfigs

/// A backbone in a configuration, with the network that the entry builds.
struct BackboneEntry: Sendable {
  let place: Place
  /// The detector or classifier that contains the backbone.
  let owner: Place
  /// The possible prefixes of the backbone's keys in the state dict of the whole model.
  let modelPrefixes: [String]
  /// The type as the configuration names it, or the last word of an imported class.
  let type: String
  let graph: ModelGraph?
  /// The reason why there is no graph; nil if there is one.
  let unknown: String?
  /// Whether there is no graph because the network does not take an argument or its value.
  let refusesArguments: Bool
  /// OpenMMLab's interface of the backbone's family; nil if the type is not known.
  let configurationClass: ConfigurationClass?
  /// The families that the type is looked up in.
  let registry: BackboneRegistry
  /// The arguments that the class takes; nil if they are not known.
  let constructor: Constructor?
  /// Whether the model is mmdetection's.
  let isOfDetectors: Bool
  /// The channels of the norms, known even if a `norm_cfg` makes the network impossible.
  private(set) var normWidths: [Int] = []
  /// Defaults of the package that are not part of a graph.
  let defaults: Defaults

  struct Defaults: Sendable {
    let normEval: Bool
  }

  /// The channels of the outputs, in order; nil if they are not known.
  var channels: [Int]? { graph?.stageChannels }

  /// All backbones of the model, in the order of the configuration.
  static func all(in config: Config, _ registry: BackboneRegistry) -> [BackboneEntry] {
    guard let model = Place(config).place("model") else { return [] }
    let scope = config["default_scope"]?.string
    var found: [BackboneEntry] = []
    collect(model, prefix: "", scope: scope, registry, depth: 0, into: &found)
    return found
  }

  /// The deepest level of a model that is searched.
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
      // For a member of a list the prefix is a guess: its name in the state dict is not known.
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
    // Semi-supervised training builds both teacher and student from `detector`.
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
        ? "its type cannot be read without Python"
        : "what a configuration of '\(self.type)' builds is not known here"
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

  /// Packages with mmdet's networks; ``classifiers`` are packages with mmpretrain's. Other packages have different
  /// classes of the same names.
  private static let detectors: Set<String> = [
    "mmdet", "mmseg", "mmrotate", "mmdet3d", "mmtrack", "mmyolo",
  ]
  private static let classifiers: Set<String> = ["mmpretrain", "mmcls", "mmpose"]

  /// The package of a model without a scope, by the model's type.
  private static func package(of owner: Place) -> String {
    let type = owner.type ?? ""
    if type.hasPrefix("Recognizer") { return "mmaction" }
    return type == "ImageClassifier" ? "mmpretrain" : "mmdet"
  }

  /// Arguments of every class that do not change the keys of the network.
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
        throw UnknownArgument(name: key, text: "it cannot be evaluated without Python")
      }
      switch key {
      case "conv_cfg":
        // ConvWS has the keys and shapes of an ordinary convolution.
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

  /// The channels of the norms, from a graph with batch norms, since these fit any number of channels.
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

  /// The part of `norm_cfg` that changes names and shapes: all kinds of batch norm have the keys of BN.
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
  /// The last stage that training leaves unchanged: -1 for none, 0 for the stem only.
  var frozenStages: Int { place["frozen_stages"]?.int ?? -1 }

  /// Whether the backbone has batch norms; true if the graph is not known.
  var hasBatchNorm: Bool {
    graph?.state.contains { $0.role == .runningMean } ?? true
  }

  /// Whether the batch norms keep their statistics in training.
  var normEval: Bool { place["norm_eval"].map { !$0.isFalse } ?? defaults.normEval }

  /// The roles of tensors that the norms do not have.
  var absentRoles: Set<StateRole> { NormRules.absentRoles(place["norm_cfg"]) }

  /// Whether the norms' weights are trained.
  var normRequiresGrad: Bool { place["norm_cfg"]?["requires_grad"]?.bool ?? true }
}
