import OrderedCollections
import PthBackbones
import PthConfigs

/// A backbone as an entry of a configuration: the class name and the arguments of the class.
struct BackboneEntry {
  /// Whether the class is that of the network's authors, from before OpenMMLab had its own.
  let isOfficial: Bool
  /// Keys of the old entry that are kept.
  let keptKeys: [String]

  /// Keys of the old entry that the new class could keep.
  let keepableKeys: [String]

  /// - Parameter isOfficial: Whether the entry is for the class of the network's authors.
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

  /// The entries with which the class builds the network of the graph.
  ///
  /// - Returns: a failure with a reason if the class cannot build the network.
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
  /// Converts a configuration's value to an argument; nil if the value is not known without running the file.
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
