import PthBackbones
import PthConfigs

/// The backbone that a detectron2 configuration builds.
struct Detectron2Network: Sendable {
  let graph: ModelGraph?
  /// The reason why there is no graph; nil if there is one.
  let unknown: String?
  /// The setting that makes detectron2 refuse to build the backbone; nil if it does not refuse.
  let refusedSetting: String?
  /// The prefix of the backbone's keys in the state dict of the whole model.
  let prefix: String
  /// The name of the builder: `MODEL.BACKBONE.NAME`.
  let name: String
  /// The section of the builder's family; nil if the builder is not known.
  let section: Detectron2Section?

  /// The path of the backbone's section. For an unknown builder it is the section of the first family.
  let path: String
  /// The families that the builder is looked up in.
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

  /// Whether the batch norms are frozen (`NORM` is FrozenBN).
  func hasFrozenNorms(_ settings: Detectron2Settings) -> Bool {
    settings.string(path + ".NORM") == "FrozenBN"
  }
}
