import OrderedCollections
import PthConfigs

/// A dictionary of a configuration with its path and location, so that a finding about a missing key has a line too.
package struct Place: Sendable {
  /// The dotted path from the top: `model.backbone`.
  let path: String
  let dictionary: ConfigDictionary
  let location: ConfigLocation?

  init(_ config: Config) {
    path = ""
    dictionary = config.values
    location = nil
  }

  private init(path: String, _ dictionary: ConfigDictionary, _ location: ConfigLocation?) {
    self.path = path
    self.dictionary = dictionary
    self.location = location
  }

  subscript(key: String) -> ConfigValue? { dictionary[key] }

  /// The value; nil if the key is absent or its value is None.
  func value(_ key: String) -> ConfigValue? {
    guard let value = dictionary[key] else { return nil }
    if case .none = value.content { return nil }
    return value
  }

  /// The dictionary at `key`; nil if the value is not a dictionary.
  func place(_ key: String) -> Place? {
    guard let entry = dictionary.entries[key], let value = entry.value.dictionary else {
      return nil
    }
    return Place(path: name(key), value, entry.location)
  }

  /// The dictionaries in the list at `key`, or the single dictionary at `key`.
  func places(_ key: String) -> [Place] {
    if let place = place(key) { return [place] }
    guard let elements = dictionary[key]?.elements else { return [] }
    return elements.enumerated().compactMap { index, value in
      value.dictionary.map { Place(path: "\(name(key))[\(index)]", $0, value.location) }
    }
  }

  /// The location of `key` with its value; the location of the dictionary if the key is absent.
  func location(of key: String) -> ConfigLocation? {
    dictionary.entries[key]?.location ?? location
  }

  func name(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

  /// The dictionaries below, directly or in a list, with their keys.
  var children: [(key: String, place: Place)] {
    dictionary.entries.keys.flatMap { key in places(key).map { (key, $0) } }
  }

  /// The class in `type` without its package: `FPN` for `mmdet.FPN` and for an imported class.
  var type: String? {
    guard let value = dictionary["type"] else { return nil }
    switch value.content {
    case .string(let text), .opaque(let text):
      let last = text.split(separator: ".").last.map(String.init)
      return last.flatMap { Self.isName($0) ? $0 : nil }
    default: return nil
    }
  }

  /// The package that `type` names: `mmdet` for `mmdet.FPN`.
  var scope: String? {
    let text: String
    switch dictionary["type"]?.content {
    case .string(let name), .opaque(let name): text = name
    default: return nil
    }
    return !text.contains(".") ? nil : text.split(separator: ".").first.map(String.init)
  }

  private static func isName(_ text: String) -> Bool {
    text.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" }
  }
}

extension ConfigLocation {
  /// `faster_rcnn.py:12`
  package var short: String {
    "\(path.split(separator: "/").last.map(String.init) ?? path):\(line)"
  }
}
