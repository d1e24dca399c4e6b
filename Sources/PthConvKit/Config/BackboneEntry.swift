import OrderedCollections
import PthBackbones
import PthConfigs

/// A backbone as an entry of a configuration: the class and the arguments that the class takes.
struct BackboneEntry {
  /// Whether the class is the authors' own, of the time before OpenMMLab had one.
  let isOfficial: Bool
  /// The old entry's keys that stay.
  let keptKeys: [String]

  /// The old entry's keys that the new one might keep.
  let keepableKeys: [String]

  /// - Parameter isOfficial: whether the entry is one for the authors' own class.
  init(_ old: ConfigDictionary, _ configurationClass: ConfigurationClass?, isOfficial: Bool) {
    self.isOfficial = isOfficial
    keepableKeys = configurationClass?.keptArguments.filter { old[$0] != nil } ?? []
    keptKeys = isOfficial ? [] : keepableKeys
  }

  /// The kept arguments that describe the graph.
  func arguments(of old: ConfigDictionary) -> BackboneArguments {
    var arguments = BackboneArguments()
    for key in keptKeys where !["norm_eval", "with_cp"].contains(key) {
      guard let value = old[key], let argument = ArgumentValue(value) else { continue }
      if argument != .null { arguments[key] = argument }
    }
    return arguments
  }

  /// The entries with which the class builds the graph's network.
  ///
  /// - Returns: a failure with the reason if the class cannot build it.
  func entries(
    for graph: ModelGraph, classes: Int?, _ registry: BackboneRegistry
  ) -> Result<[(key: String, value: PythonLiteral)], InputProblem> {
    let definition = registry.definition(named: graph.backbone)
    guard let asked = definition?.configurationClass else {
      return .failure(InputProblem("OpenMMLab has no class for \(graph.backbone)"))
    }
    do {
      return .success(
        try asked.arguments(graph, isOfficial, classes).values.map {
          ($0.key, .text($0.value.description))
        })
    } catch {
      return .failure(InputProblem("\(error)"))
    }
  }
}

extension ArgumentValue {
  /// A value of a configuration as an argument; nil if it is not known.
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
