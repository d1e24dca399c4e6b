import OrderedCollections
import PthBackbones
import PthConfigs

/// A backbone as an entry of a configuration: the class and the arguments that the class takes.
struct BackboneEntry {
  /// Arguments of a training that say nothing about the weights; a new backbone keeps them.
  static let kept = [
    "num_stages", "strides", "dilations", "out_indices", "frozen_stages", "conv_cfg", "norm_cfg",
    "norm_eval", "dcn", "stage_with_dcn", "plugins", "with_cp",
  ]

  /// The style of the class: OpenMMLab's own, or the official Res2Net of the time before it had one.
  let isOfficial: Bool
  /// The old entry's keys that stay.
  let keptKeys: [String]

  init(_ old: ConfigDictionary, isOfficial: Bool) {
    self.isOfficial = isOfficial
    keptKeys = isOfficial ? [] : Self.kept.filter { old[$0] != nil }
  }

  /// What the kept arguments say about the graph.
  func arguments(of old: ConfigDictionary) -> BackboneArguments {
    var arguments = BackboneArguments()
    for key in keptKeys where !["norm_eval", "with_cp"].contains(key) {
      guard let value = old[key], let argument = ArgumentValue(value) else { continue }
      if argument != .null { arguments[key] = argument }
    }
    return arguments
  }

  /// The entries that tell the class which network it is, as the graph has it.
  ///
  /// - Returns: nil if the class cannot be told, and why.
  func entries(
    for graph: ModelGraph, classes: Int?
  ) -> Result<[(key: String, value: PythonLiteral)], InputProblem> {
    let given = graph.arguments
    func integer(_ name: String) -> Int? { given[name]?.integer }
    if isOfficial {
      guard let layers = given["layers"]?.integers, let width = integer("base_width"),
        let scales = integer("scales")
      else { return .failure(InputProblem("the layers of the backbone are not known")) }
      if given["deep_stem"]?.boolean == true || given["avg_down"]?.boolean == true {
        return .failure(
          InputProblem(
            "the file is of Res2Net v1b (deep stem or average pooling), which the official "
              + "Res2Net class does not build; use a configuration of mmdetection 2 or later"))
      }
      return .success([
        ("type", .text("'\(graph.backbone)'")), ("layers", .text("\(layers)")),
        ("baseWidth", .text("\(width)")), ("scale", .text("\(scales)")),
        ("num_classes", .text("\(classes ?? 1000)")),
      ])
    }
    guard let depth = integer("depth") else {
      return .failure(
        InputProblem(
          "the file's blocks (\(given["layers"].map(\.description) ?? "unknown")) are those of no "
            + "depth that OpenMMLab's classes know"))
    }
    let isGrouped = integer("groups") ?? 1 > 1
    let type = graph.backbone == "ResNet" && isGrouped ? "ResNeXt" : graph.backbone
    var entries: [(key: String, value: PythonLiteral)] = [
      ("type", .text("'\(type)'")), ("depth", .text("\(depth)")),
    ]
    func add(_ name: String, _ isNeeded: Bool) {
      if isNeeded, let value = given[name] { entries.append((name, .text(value.description))) }
    }
    add("scales", graph.backbone == "Res2Net")
    add("groups", isGrouped)
    add("base_width", graph.backbone == "Res2Net" || isGrouped)
    let base = integer("base_channels") ?? 64
    add("base_channels", base != 64)
    add("stem_channels", integer("stem_channels") ?? base != base)
    if graph.backbone == "ResNet" {
      add("deep_stem", given["deep_stem"]?.boolean == true)
      add("avg_down", given["avg_down"]?.boolean == true)
      add("style", true)
    }
    return .success(entries)
  }
}

extension ArgumentValue {
  /// A value of a configuration as an argument; nil if it is none or not known.
  package init?(_ value: ConfigValue) {
    switch value.content {
    case .none: self = .null
    case .bool(let flag): self = .boolean(flag)
    case .int(let number): self = .integer(number)
    case .float(let number): self = .number(number)
    case .string(let text): self = .string(text)
    case .list(let elements), .tuple(let elements):
      let arguments = elements.compactMap(ArgumentValue.init)
      guard arguments.count == elements.count else { return nil }
      self = .list(arguments)
    case .dictionary(let dictionary):
      var items: [DictionaryItem] = []
      for (key, entry) in dictionary.entries {
        guard let argument = ArgumentValue(entry.value) else { return nil }
        items.append(DictionaryItem(key, argument))
      }
      self = .dictionary(items)
    case .opaque: return nil
    }
  }
}
