import OrderedCollections

/// Arguments of a backbone by name, in order.
public struct BackboneArguments: Sendable, Hashable, ExpressibleByDictionaryLiteral {
  package private(set) var values: OrderedDictionary<String, ArgumentValue>

  /// No arguments.
  package init() { values = [:] }

  public init(dictionaryLiteral elements: (String, ArgumentValue)...) {
    values = OrderedDictionary(elements, uniquingKeysWith: { _, last in last })
  }

  /// An argument's value; nil if it is not given.
  public subscript(name: String) -> ArgumentValue? {
    get { values[name] }
    set { values[name] = newValue }
  }

  package var names: [String] { Array(values.keys) }

  package var isEmpty: Bool { values.isEmpty }

  /// These arguments, overridden and extended by `others`.
  package func merging(_ others: BackboneArguments) -> BackboneArguments {
    var merged = self
    for (name, value) in others.values { merged[name] = value }
    return merged
  }
}

extension BackboneArguments: CustomStringConvertible {
  /// `depth=50, scales=4`.
  public var description: String {
    values.map { "\($0.key)=\($0.value)" }.joined(separator: ", ")
  }
}
