import PthBackbones
import PthConfigs

/// The backbone that a configuration of detectron2 builds.
struct Detectron2Network: Sendable {
  let graph: ModelGraph?
  /// Why there is no graph.
  let unknown: String?
  /// The setting because of which detectron2 refuses to build it; nil if it does not.
  let refusedSetting: String?
  /// The prefix of its keys in the state dict of the whole model.
  let prefix: String
  /// The name of its builder.
  let name: String
  /// The section of its family; nil if the builder is not known.
  let section: Detectron2Section?

  /// The path of its settings. A builder that is not known is reported under the section that every
  /// configuration has.
  let path: String
  /// The families with their builders.
  let registry: BackboneRegistry

  init(_ settings: Detectron2Settings) {
    let registry = settings.registry
    self.registry = registry
    let name = settings.string("MODEL.BACKBONE.NAME") ?? ""
    self.name = name
    let family = registry.definitions.first { $0.detectron2?.builders[name] != nil }
    section = family?.detectron2
    path =
      section?.path ?? registry.definitions.lazy.compactMap(\.detectron2).first?.path
      ?? "MODEL.BACKBONE"
    prefix = section?.builders[name] ?? ""
    guard let family, let section else {
      graph = nil
      unknown = "'\(name)' is not among the builders that pthconv knows"
      refusedSetting = nil
      return
    }
    do {
      let arguments = try section.arguments(settings.section(section))
      graph = try registry.makeGraph(family.name, arguments: arguments, flavor: section.flavor)
      (unknown, refusedSetting) = (nil, nil)
    } catch {
      graph = nil
      unknown = "\(error)"
      if case .notBuilt(_, let setting?) = error {
        refusedSetting = "\(section.path).\(setting)"
      } else {
        refusedSetting = nil
      }
    }
  }

  /// Whether it has batch norms that never change.
  func hasFrozenNorms(_ settings: Detectron2Settings) -> Bool {
    settings.string(path + ".NORM") == "FrozenBN"
  }
}
