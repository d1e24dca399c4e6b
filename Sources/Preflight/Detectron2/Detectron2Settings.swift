import OrderedCollections
import PthBackbones
import PthConfigs

/// The settings of a detectron2 configuration: the values in its files, else detectron2's defaults.
struct Detectron2Settings: Sendable {
  private let config: Config
  let registry: BackboneRegistry
  /// detectron2's defaults by dotted path.
  private let defaults: [String: ConfigValue.Content]

  /// - Parameter registry: The families, whose sections have further defaults.
  init(_ config: Config, _ registry: BackboneRegistry) {
    self.config = config
    self.registry = registry
    defaults = Self.defaults(registry)
  }

  /// The value at a dotted path in the files; nil if the files do not have it.
  func written(_ path: String) -> ConfigValue? {
    let keys = path.split(separator: ".").map(String.init)
    var value = config[keys[0]]
    for key in keys.dropFirst() { value = value?[key] }
    return value
  }

  /// The location of a setting in the files, or of the innermost section around it that the files have.
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
    written(path)?.content ?? defaults[path]
  }

  private func value(_ path: String) -> ConfigValue? {
    content(path).map { ConfigValue($0, at: Self.nowhere) }
  }

  /// The settings of a family's section by their names. Values that cannot be evaluated without Python are left out.
  func section(_ section: Detectron2Section) -> [String: ArgumentValue] {
    section.defaults.reduce(into: [:]) { values, item in
      values[item.key] = value("\(section.path).\(item.key)")?.argument
    }
  }

  func string(_ path: String) -> String? { value(path)?.string }
  func int(_ path: String) -> Int? { value(path)?.int }
  func bool(_ path: String) -> Bool? { value(path)?.bool }
  func double(_ path: String) -> Double? { value(path)?.double }
  func numbers(_ path: String) -> [Double]? { value(path)?.numbers }

  /// The strings of a list; nil unless all elements are strings.
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

  /// The defaults of `detectron2/config/defaults.py` that are needed here, with the defaults of the families' sections.
  private static func defaults(_ registry: BackboneRegistry) -> [String: ConfigValue.Content] {
    registry.definitions.compactMap(\.detectron2).reduce(into: general) { defaults, section in
      for (name, value) in section.defaults {
        defaults["\(section.path).\(name)"] = content(value)
      }
      if let builder = section.defaultBuilder {
        defaults["MODEL.BACKBONE.NAME"] = .string(builder)
      }
    }
  }

  private static func content(_ value: ArgumentValue) -> ConfigValue.Content {
    switch value {
    case .null: .none
    case .boolean(let value): .bool(value)
    case .integer(let value): .int(value)
    case .number(let value): .float(value)
    case .string(let value): .string(value)
    case .list(let values): list(values.map(content))
    // No section has a dictionary among its defaults.
    case .dictionary: .none
    }
  }

  private static let general: [String: ConfigValue.Content] = [
    "MODEL.META_ARCHITECTURE": .string("GeneralizedRCNN"),
    "MODEL.WEIGHTS": .string(""),
    "MODEL.PIXEL_MEAN": list([.float(103.53), .float(116.28), .float(123.675)]),
    "MODEL.PIXEL_STD": list([.float(1), .float(1), .float(1)]),
    "INPUT.FORMAT": .string("BGR"),
    "MODEL.BACKBONE.FREEZE_AT": .int(2),
    "MODEL.FPN.IN_FEATURES": list([]),
    "SOLVER.BASE_LR": .float(0.001),
    "SOLVER.IMS_PER_BATCH": .int(16),
    "SOLVER.REFERENCE_WORLD_SIZE": .int(0),
  ]
}
