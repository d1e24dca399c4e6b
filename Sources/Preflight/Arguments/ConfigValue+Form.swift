import OrderedCollections
import PthBackbones
import PthConfigs

extension ConfigValue {
  /// Whether Python would have a value of this form; false for what cannot be evaluated without Python.
  func has(_ form: Constructor.Form) -> Bool {
    switch (form, content) {
    case (_, .opaque): false
    case (.anything, _), (.none, .none), (.boolean, .bool), (.text, .string), (.tuple, .tuple),
      (.dictionary, .dictionary):
      true
    case (.integer(let range), .int(let value)): range.contains(value)
    case (.fraction, .float): true
    case (.choice(let choices), .string(let text)): choices.contains(text)
    case (.sequence(let form), .list(let values)), (.sequence(let form), .tuple(let values)),
      (.list(let form), .list(let values)):
      values.allSatisfy { $0.has(form) }
    case (.containing(let form), .list(let values)), (.containing(let form), .tuple(let values)):
      values.contains { $0.has(form) }
    case (.emptySequence, .list(let values)), (.emptySequence, .tuple(let values)): values.isEmpty
    default: false
    }
  }

  /// What Python takes for false.
  var isFalse: Bool {
    switch content {
    case .none: true
    case .bool(let value): !value
    case .int(let value): value == 0
    case .float(let value): value == 0
    case .string(let text): text.isEmpty
    case .list(let values), .tuple(let values): values.isEmpty
    case .dictionary(let dictionary): dictionary.entries.isEmpty
    case .opaque: false
    }
  }

  /// The value in a sentence, cut where it is long.
  var shown: String {
    let text = argument?.description ?? "that"
    return text.count > 40 ? text.prefix(40) + "…" : text
  }
}

extension Constructor {
  /// What an argument that takes anything comes to: whether it is true, or None where its text changes
  /// nothing. Nil for other arguments, for texts that change something, and where Python alone could
  /// tell.
  func truth(of value: ConfigValue, for name: String) -> ArgumentValue? {
    guard let argument = argument(name), argument.takesAnything, !value.isOpaque else { return nil }
    if let meaningful = argument.meaningful {
      return value.string.map(meaningful.contains) == true ? nil : .null
    }
    return .boolean(!value.isFalse)
  }
}

/// What a class does when it is given a value.
enum Judgement {
  case runs
  /// Why it stops, as a sentence without its end.
  case stops(String)
  /// Nothing is known of such a value.
  case untold

  var runs: Bool {
    if case .runs = self { return true }
    return false
  }
}
