import OrderedCollections
import PthConfigs

/// Settings of a configuration of detectron2: what its files say, else what detectron2 sets itself.
struct Detectron2Settings: Sendable {
  private let config: Config

  init(_ config: Config) { self.config = config }

  /// What the files say at a dotted path; nil if they are silent.
  func written(_ path: String) -> ConfigValue? {
    let keys = path.split(separator: ".").map(String.init)
    var value = config[keys[0]]
    for key in keys.dropFirst() { value = value?[key] }
    return value
  }

  /// Where it is written; the innermost section that is, if it is not.
  func location(_ path: String) -> ConfigLocation? {
    var entries = config.values.entries
    var location: ConfigLocation?
    for key in path.split(separator: ".").map(String.init) {
      guard let entry = entries[key] else { return location }
      location = entry.location
      entries = entry.value.dictionary?.entries ?? [:]
    }
    return location
  }

  private func content(_ path: String) -> ConfigValue.Content? {
    written(path)?.content ?? Self.defaults[path]
  }

  private func value(_ path: String) -> ConfigValue? {
    content(path).map { ConfigValue($0, at: Self.nowhere) }
  }

  func string(_ path: String) -> String? { value(path)?.string }
  func int(_ path: String) -> Int? { value(path)?.int }
  func bool(_ path: String) -> Bool? { value(path)?.bool }
  func double(_ path: String) -> Double? { value(path)?.double }
  func numbers(_ path: String) -> [Double]? { value(path)?.numbers }

  /// Texts of a list; nil if there is anything else in it.
  func strings(_ path: String) -> [String]? {
    guard let elements = value(path)?.elements else { return nil }
    let texts = elements.compactMap(\.string)
    return texts.count == elements.count ? texts : nil
  }

  func bools(_ path: String) -> [Bool]? {
    guard let elements = value(path)?.elements else { return nil }
    let flags = elements.compactMap(\.bool)
    return flags.count == elements.count ? flags : nil
  }

  private static let nowhere = ConfigLocation(path: "", line: 0, bytes: 0..<0)

  private static func list(_ values: [ConfigValue.Content]) -> ConfigValue.Content {
    .list(values.map { ConfigValue($0, at: nowhere) })
  }

  /// Those of `detectron2/config/defaults.py` that are asked for here.
  private static let defaults: [String: ConfigValue.Content] = [
    "MODEL.META_ARCHITECTURE": .string("GeneralizedRCNN"),
    "MODEL.WEIGHTS": .string(""),
    "MODEL.PIXEL_MEAN": list([.float(103.53), .float(116.28), .float(123.675)]),
    "MODEL.PIXEL_STD": list([.float(1), .float(1), .float(1)]),
    "INPUT.FORMAT": .string("BGR"),
    "MODEL.BACKBONE.NAME": .string("build_resnet_backbone"),
    "MODEL.BACKBONE.FREEZE_AT": .int(2),
    "MODEL.FPN.IN_FEATURES": list([]),
    "MODEL.RESNETS.DEPTH": .int(50),
    "MODEL.RESNETS.OUT_FEATURES": list([.string("res4")]),
    "MODEL.RESNETS.NUM_GROUPS": .int(1),
    "MODEL.RESNETS.NORM": .string("FrozenBN"),
    "MODEL.RESNETS.WIDTH_PER_GROUP": .int(64),
    "MODEL.RESNETS.STRIDE_IN_1X1": .bool(true),
    "MODEL.RESNETS.RES5_DILATION": .int(1),
    "MODEL.RESNETS.RES2_OUT_CHANNELS": .int(256),
    "MODEL.RESNETS.STEM_OUT_CHANNELS": .int(64),
    "MODEL.RESNETS.DEFORM_ON_PER_STAGE": list([
      .bool(false), .bool(false), .bool(false), .bool(false),
    ]),
    "MODEL.RESNETS.DEFORM_MODULATED": .bool(false),
    "MODEL.RESNETS.DEFORM_NUM_GROUPS": .int(1),
    "SOLVER.BASE_LR": .float(0.001),
    "SOLVER.IMS_PER_BATCH": .int(16),
    "SOLVER.REFERENCE_WORLD_SIZE": .int(0),
  ]
}
