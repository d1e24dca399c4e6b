import PthBytes

/// Why a backbone cannot be made.
public enum BackboneError: Error, Hashable, CustomStringConvertible {
  /// No architecture and no preset has this name.
  case unknownBackbone(String, known: [String])
  /// The name is taken in the registry.
  case alreadyRegistered(String)
  /// The architecture has no such flavor.
  case unknownFlavor(Flavor, backbone: String, known: [Flavor])
  /// The architecture has no such argument.
  case unknownArgument(String, backbone: String, known: [String])
  /// One argument is given twice, perhaps in two spellings.
  case repeatedArgument(String)
  /// The value is not of the argument's kind.
  case wrongKind(argument: String, expected: String, given: String)
  /// The value is of the right kind but impossible, alone or together with other arguments.
  case invalidArgument(String, reason: String)
  /// Text that is not a Python literal.
  case unreadableLiteral(String, reason: String)
  /// The backbone's definition is wrong: channels that do not fit, a name used twice.
  case invalidGraph(node: String, reason: String)
  /// The input's shape does not fit the graph.
  case invalidInput(shape: [Int], reason: String)
  /// No class or builder of another framework makes the network.
  ///
  /// `reason` is a sentence without its full stop. `setting` names the setting that makes the framework itself
  /// stop; nil if only this library does not know the network.
  case notBuilt(reason: String, setting: String? = nil)

  public var description: String {
    switch self {
    case .unknownBackbone(let name, let known):
      "no backbone is called '\(name)'"
        + Self.choices(name, known, "there are")
    case .alreadyRegistered(let name):
      "a backbone called '\(name)' is already registered; choose another name"
    case .unknownFlavor(let flavor, let backbone, let known):
      "\(backbone) has no flavor '\(flavor)'"
        + Self.choices(flavor.rawValue, known.map(\.rawValue), "it has")
    case .unknownArgument(let argument, let backbone, let known):
      "\(backbone) has no argument '\(argument)'" + Self.choices(argument, known, "it has")
    case .repeatedArgument(let argument): "the argument '\(argument)' is given twice; give it once"
    case .wrongKind(let argument, let expected, let given):
      "\(argument) must be \(expected), not \(given)"
    case .invalidArgument(let argument, let reason): "\(argument): \(reason)"
    case .unreadableLiteral(let text, let reason): "cannot read '\(text)': \(reason)"
    case .invalidGraph(let node, let reason):
      "the backbone cannot be built at \(node): \(reason)"
    case .invalidInput(let shape, let reason):
      "an input of shape \(shape) cannot go through the backbone: \(reason)"
    case .notBuilt(let reason, _): reason
    }
  }

  /// A hint at a similar name, and the list of all.
  private static func choices(_ name: String, _ known: [String], _ verb: String) -> String {
    let hint = Spelling.hint(for: name, in: known)
    let list = "\(verb) \(known.joined(separator: ", "))"
    return hint.isEmpty ? "; \(list)" : "\(hint) (\(list))"
  }
}
