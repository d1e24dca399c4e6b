import OrderedCollections

/// A value of a configuration with its location.
///
/// A value that comes unchanged from a base has its location in the base.
package struct ConfigValue: Sendable {
  /// The content of a value.
  package enum Content: Sendable {
    case none
    case bool(Bool)
    case int(Int)
    case float(Double)
    case string(String)
    case list([ConfigValue])
    case tuple([ConfigValue])
    case dictionary(ConfigDictionary)
    /// The text of an expression that cannot be evaluated without Python: a call, an import, a comprehension over
    /// files.
    case opaque(String)
  }

  package var content: Content
  package var location: ConfigLocation

  package init(_ content: Content, at location: ConfigLocation) {
    self.content = content
    self.location = location
  }
}

/// A dictionary of a configuration, in the order of its keys.
package struct ConfigDictionary: Sendable {
  /// A value with the location of the whole entry: `key=value`, `'key': value` or `name = value`.
  package struct Entry: Sendable {
    package var value: ConfigValue
    /// The location from the first byte of the key to the last byte of the value.
    package var location: ConfigLocation

    package init(_ value: ConfigValue, at location: ConfigLocation) {
      self.value = value
      self.location = location
    }
  }

  package var entries: OrderedDictionary<String, Entry>

  package init(_ entries: OrderedDictionary<String, Entry> = [:]) {
    self.entries = entries
  }

  package subscript(key: String) -> ConfigValue? {
    entries[key]?.value
  }
}

extension ConfigValue {
  package var bool: Bool? {
    if case .bool(let value) = content { return value }
    return nil
  }

  package var int: Int? {
    if case .int(let value) = content { return value }
    return nil
  }

  /// The value of an integer or a float.
  package var double: Double? {
    switch content {
    case .int(let value): Double(value)
    case .float(let value): value
    default: nil
    }
  }

  package var string: String? {
    if case .string(let value) = content { return value }
    return nil
  }

  package var dictionary: ConfigDictionary? {
    if case .dictionary(let value) = content { return value }
    return nil
  }

  /// The elements of a list or a tuple.
  package var elements: [ConfigValue]? {
    switch content {
    case .list(let elements), .tuple(let elements): elements
    default: nil
    }
  }

  package subscript(key: String) -> ConfigValue? {
    dictionary?[key]
  }
}
