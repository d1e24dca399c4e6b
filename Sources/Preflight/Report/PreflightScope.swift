import OrderedCollections
import PthBackbones
import PthConfigs

/// The parts of a configuration that were checked and not checked: "no error was found" is about the first only.
package struct PreflightScope: Sendable {
  /// Parts that were checked, as phrases.
  package private(set) var lookedAt: [String] = []
  /// Parts that were not checked, as phrases.
  package private(set) var notLookedAt: [String] = []

  init() {}

  /// The scope of an OpenMMLab configuration.
  ///
  /// - Parameter told: The paths of backbones for which the arriving weights are known.
  init(
    _ config: Config, _ backbones: [BackboneEntry], told: Set<String>, hasRate: Bool,
    hasOwnCode: Bool
  ) {
    for backbone in backbones {
      let path = backbone.place.path
      if let constructor = backbone.constructor {
        lookedAt.append("the arguments of \(path) (\(constructor.name))")
      } else {
        notLookedAt.append("whether a class takes the arguments of \(path) (\(backbone.type))")
      }
      if told.contains(path) {
        lookedAt.append("which weights arrive in \(path)")
      } else {
        notLookedAt.append("which weights arrive in \(path)")
      }
      addNecks(of: backbone)
      addOthers(of: backbone)
    }
    if hasRate { lookedAt.append("the learning rate") }
    notLookedAt.append("data sets, schedules and hooks")
    if hasOwnCode { notLookedAt.append("code that the configuration imports") }
  }

  private mutating func addNecks(of backbone: BackboneEntry) {
    for neck in backbone.owner.places("neck") {
      let type = neck.type ?? ""
      let shown = "\(neck.path) (\(type))"
      switch backbone.isOfDetectors ? NeckConstructors.table[type]?.hasValues : nil {
      case true?: lookedAt.append("the arguments of \(shown)")
      case false?:
        lookedAt.append("the names of the arguments of \(shown)")
        notLookedAt.append("their values")
      case nil: notLookedAt.append(shown)
      }
    }
  }

  /// Adds the other parts of the model that contains a backbone.
  private mutating func addOthers(of backbone: BackboneEntry) {
    let known: Set<String> = ["backbone", "neck", "data_preprocessor", "init_cfg"]
    for (key, value) in backbone.owner.dictionary.entries
    where !known.contains(key) && (value.value.dictionary != nil || value.value.elements != nil) {
      let name = backbone.owner.name(key)
      if !notLookedAt.contains(name) { notLookedAt.append(name) }
    }
  }
}

extension PreflightFinding {
  /// Whether the finding leaves open whether the run starts, or which weights it loads.
  var leavesOpen: Bool {
    guard severity != .error else { return false }
    switch kind {
    case .opaque, .notHere, .unreadable, .unknownBackbone: return true
    case .argument: return severity == .note
    default: return false
    }
  }
}
