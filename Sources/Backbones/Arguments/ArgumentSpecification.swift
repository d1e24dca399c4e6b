import OrderedCollections

/// The values that an argument accepts.
public enum ArgumentKind: Sendable, Hashable, CustomStringConvertible {
  case integer(ClosedRange<Int>)
  case boolean
  case choice([String])
  /// A list of integers; one integer is read as a list of one.
  case integers(ClosedRange<Int>)
  case booleans
  /// A dictionary with a `type`, as in configuration files, or only the name of the type.
  case configuration(types: [String])
  /// A string or None.
  case text
  /// Any value; accepted since configuration files contain the argument, but without effect on the graph.
  case unused
  /// Only None; configuration files may contain the argument, but other values are not supported.
  case unsupported

  public var description: String {
    switch self {
    case .integer(let range): "an integer from \(range.lowerBound) to \(range.upperBound)"
    case .boolean: "True or False"
    case .choice(let choices): choices.map { "'\($0)'" }.joined(separator: " or ")
    case .integers(let range):
      "a list of integers from \(range.lowerBound) to \(range.upperBound)"
    case .booleans: "a list of True and False"
    case .configuration(let types): "one of \(types.joined(separator: ", ")), or dict(type=…)"
    case .text: "a str or None"
    case .unused: "anything"
    case .unsupported: "None; other values are not supported"
    }
  }

  /// Whether its values are lists.
  package var isList: Bool {
    switch self {
    case .integers, .booleans: true
    default: false
    }
  }

  /// Whether numbers below 0 are among its values.
  package var takesNegativeNumbers: Bool {
    switch self {
    case .integer(let range), .integers(let range): range.lowerBound < 0
    default: false
    }
  }

  /// `value` in canonical form; nil if it is not of this kind.
  func canonical(_ value: ArgumentValue) -> ArgumentValue? {
    switch (self, value) {
    case (.unused, _), (.boolean, .boolean), (.text, .string): return value
    case (.integer(let range), .integer(let integer)): return range.contains(integer) ? value : nil
    case (.choice(let choices), .string(let choice)): return choices.contains(choice) ? value : nil
    case (.integers(let range), .integer(let integer)):
      return range.contains(integer) ? .list([value]) : nil
    case (.integers(let range), .list(let list)):
      let fits = list.allSatisfy { $0.integer.map(range.contains) ?? false }
      return fits && !list.isEmpty ? value : nil
    case (.booleans, .boolean): return .list([value])
    case (.booleans, .list(let list)):
      return list.allSatisfy { $0.boolean != nil } && !list.isEmpty ? value : nil
    case (.configuration(let types), .string(let type)):
      return types.contains(type) ? .dictionary([.init("type", value)]) : nil
    case (.configuration(let types), .dictionary):
      return value["type"]?.string.map(types.contains) == true ? value : nil
    default: return nil
    }
  }
}

/// The part of a network that an argument's value changes.
public enum ArgumentBearing: Sendable, Hashable {
  /// The network's modules or arithmetic.
  case network
  /// The network's length: a smaller value gives the first part of the network of a larger value.
  case extent
  /// The network's use: the returned outputs, the frozen stages, the classifier.
  case use
}

/// One row of a backbone's table of arguments.
public struct ArgumentSpecification: Sendable, Hashable {
  /// The canonical name.
  package let name: String
  /// Other spellings, which are normalised to the name.
  package let aliases: [String]
  package let kind: ArgumentKind
  /// The default; nil if it depends on other arguments or on the flavor, as the summary says.
  package let defaultValue: ArgumentValue?
  /// One line of description.
  package let summary: String
  /// Another argument for the same property (`layers` for `depth`). If a request gives this argument, the
  /// preset's value of the other one is dropped.
  package let replaces: String?
  /// Arguments whose values follow from this one, but not from the argument that it replaces.
  package let implies: [String]
  /// Arguments that keep the architecture's defaults if this one is given. The file's values of them are then
  /// compared with the target and do not change it.
  package let fixes: [String]
  package let bearing: ArgumentBearing
  /// Whether short descriptions of a network include the argument.
  package let isTelling: Bool
  /// The difference between two networks with different values, as a clause of a sentence: `the stride lies in
  /// another convolution`.
  package let difference: String?
  /// Whether the argument is a classifier's number of classes.
  package let countsClasses: Bool
  /// Whether the command line has an option of the argument's name, because people change the argument often.
  package let hasOption: Bool

  /// A row; `summary` is one line of description, `difference` is a clause about how two networks with
  /// different values of the argument differ, and `hasOption` says whether the command line has an option of the
  /// argument's name.
  public init(
    _ name: String, aliases: [String] = [], _ kind: ArgumentKind,
    default defaultValue: ArgumentValue? = nil, replaces: String? = nil, implies: [String] = [],
    fixes: [String] = [], bearing: ArgumentBearing = .network, isTelling: Bool = false,
    difference: String? = nil, countsClasses: Bool = false, hasOption: Bool = false,
    _ summary: String
  ) {
    self.name = name
    self.aliases = aliases
    self.kind = kind
    self.defaultValue = defaultValue
    self.replaces = replaces
    self.implies = implies
    self.fixes = fixes
    self.bearing = bearing
    self.isTelling = isTelling
    self.difference = difference
    self.countsClasses = countsClasses
    self.hasOption = hasOption
    self.summary = summary
  }
}

extension BackboneArguments {
  /// These arguments under their canonical names, in the table's order, each checked to be of the right kind.
  /// An argument that is None is left out.
  ///
  /// - Throws: ``BackboneError/unknownArgument(_:backbone:known:)``,
  ///   ``BackboneError/repeatedArgument(_:)``, ``BackboneError/wrongKind(argument:expected:given:)``.
  package func normalized(
    by table: [ArgumentSpecification], backbone: String
  ) throws(BackboneError) -> BackboneArguments {
    var found: [String: ArgumentValue] = [:]
    for (name, value) in values {
      guard let row = table.first(where: { $0.name == name || $0.aliases.contains(name) }) else {
        throw .unknownArgument(name, backbone: backbone, known: table.map(\.name))
      }
      guard found[row.name] == nil else { throw .repeatedArgument(row.name) }
      if value == .null {
        found[row.name] = .null
        continue
      }
      guard let canonical = row.kind.canonical(value) else {
        throw .wrongKind(
          argument: row.name, expected: row.kind.description, given: value.description)
      }
      found[row.name] = canonical
    }
    var ordered = BackboneArguments()
    for row in table {
      if let value = found[row.name], value != .null { ordered[row.name] = value }
    }
    return ordered
  }

  /// These arguments without those that are None and those that follow from another argument.
  package func withoutTwins(table: [ArgumentSpecification]) -> BackboneArguments {
    var arguments = self
    for row in table where arguments[row.name].map({ $0 != .null }) == true {
      for other in row.implies + [row.replaces].compactMap(\.self) { arguments[other] = nil }
    }
    for (name, value) in values where value == .null { arguments[name] = nil }
    return arguments
  }

  /// These arguments overridden by `others`, both canonical. An argument of `others` also drops the argument
  /// that it replaces.
  func overridden(
    by others: BackboneArguments, table: [ArgumentSpecification]
  ) -> BackboneArguments {
    var base = self
    for row in table where others[row.name] != nil {
      if let replaced = row.replaces, others[replaced] == nil { base[replaced] = nil }
    }
    return base.merging(others)
  }
}

extension ArgumentValue {
  /// The value as an integer; nil for other kinds.
  public var integer: Int? {
    if case .integer(let value) = self { value } else { nil }
  }

  /// The value as a boolean; nil for other kinds.
  public var boolean: Bool? {
    if case .boolean(let value) = self { value } else { nil }
  }

  /// The value as a string; nil for other kinds.
  public var string: String? {
    if case .string(let value) = self { value } else { nil }
  }

  /// The value of an integer or a float; nil for other kinds.
  package var number: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .number(let value): value
    default: nil
    }
  }

  package var integers: [Int]? {
    guard case .list(let list) = self else { return nil }
    let integers = list.compactMap(\.integer)
    return integers.count == list.count ? integers : nil
  }

  package var booleans: [Bool]? {
    guard case .list(let list) = self else { return nil }
    let booleans = list.compactMap(\.boolean)
    return booleans.count == list.count ? booleans : nil
  }

  /// A dictionary's value by key; nil for anything else.
  public subscript(key: String) -> ArgumentValue? {
    guard case .dictionary(let items) = self else { return nil }
    return items.last { $0.key == key }?.value
  }
}
