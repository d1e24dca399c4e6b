import OrderedCollections
import PthBackbones
import PthConfigs

/// What a preflight looked at, and what it did not: "no error was found" is said of the first alone.
package struct PreflightScope: Sendable {
  /// Parts that were looked at, as phrases.
  package private(set) var lookedAt: [String] = []
  /// Parts that were not.
  package private(set) var notLookedAt: [String] = []

  init() {}

  /// The scope of a configuration of OpenMMLab.
  ///
  /// - Parameter told: paths of backbones of which it is known which weights arrive.
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

  /// The other parts of the model that a backbone belongs to.
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
  /// Whether it says that something cannot be told on which it depends whether the run starts, or what it loads.
  var leavesOpen: Bool {
    guard severity != .error else { return false }
    switch kind {
    case .opaque, .notHere, .unreadable, .unknownBackbone: return true
    case .argument: return severity == .note
    default: return false
    }
  }
}
