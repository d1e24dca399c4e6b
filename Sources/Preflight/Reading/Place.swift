import OrderedCollections
import PthConfigs

/// A dictionary of a configuration together with its place, so that a finding about something that
/// is not there has a line as well.
package struct Place: Sendable {
  /// Dotted path from the top: `model.backbone`.
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

  /// The value; nil where it is None, too.
  func value(_ key: String) -> ConfigValue? {
    guard let value = dictionary[key] else { return nil }
    if case .none = value.content { return nil }
    return value
  }

  /// The dictionary under `key`.
  func place(_ key: String) -> Place? {
    guard let entry = dictionary.entries[key], let value = entry.value.dictionary else {
      return nil
    }
    return Place(path: name(key), value, entry.location)
  }

  /// The dictionaries of the list under `key`, or the one that stands there without a list.
  func places(_ key: String) -> [Place] {
    if let place = place(key) { return [place] }
    guard let elements = dictionary[key]?.elements else { return [] }
    return elements.enumerated().compactMap { index, value in
      value.dictionary.map { Place(path: "\(name(key))[\(index)]", $0, value.location) }
    }
  }

  /// Where `key` is written with its value; the dictionary's own place if it is not.
  func location(of key: String) -> ConfigLocation? {
    dictionary.entries[key]?.location ?? location
  }

  func name(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

  /// The keys that lead to dictionaries, with them; lists are followed.
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
