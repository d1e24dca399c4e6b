import OrderedCollections
import PthBackbones
import PthConfigs

extension ConfigValue {
  /// The value as an argument of a backbone; nil if it cannot be evaluated without Python.
  var argument: ArgumentValue? {
    switch content {
    case .none: return .null
    case .bool(let value): return .boolean(value)
    case .int(let value): return .integer(value)
    case .float(let value): return .number(value)
    case .string(let value): return .string(value)
    case .list(let values), .tuple(let values):
      let arguments = values.compactMap(\.argument)
      return arguments.count == values.count ? .list(arguments) : nil
    case .dictionary(let dictionary):
      var items: [ArgumentValue.DictionaryItem] = []
      for (key, entry) in dictionary.entries {
        guard let value = entry.value.argument else { return nil }
        items.append(.init(key, value))
      }
      return .dictionary(items)
    case .opaque: return nil
    }
  }

  /// Whether the value cannot be evaluated without Python.
  var isOpaque: Bool {
    if case .opaque = content { return true }
    return false
  }

  /// The numbers of a list; nil unless all elements are numbers.
  var numbers: [Double]? {
    guard let elements else { return nil }
    let numbers = elements.compactMap(\.double)
    return numbers.count == elements.count ? numbers : nil
  }

  /// The integers of a list; nil unless all elements are integers.
  var integers: [Int]? {
    guard let elements else { return nil }
    let numbers = elements.compactMap(\.int)
    return numbers.count == elements.count ? numbers : nil
  }
}
