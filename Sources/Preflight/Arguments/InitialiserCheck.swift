import OrderedCollections
import PthBackbones
import PthConfigs

/// Whether mmengine can begin with an `init_cfg`, and what is filled again after a file was loaded.
struct InitialiserCheck {
  private let place: Place
  private let context: ArgumentContext

  private let looksAtFiles: Bool

  /// - Parameter looksAtFiles: whether somebody else says what a file brings.
  init(_ place: Place, _ context: ArgumentContext, looksAtFiles: Bool) {
    self.looksAtFiles = looksAtFiles
    self.place = place
    self.context = context
  }

  private static let key = "init_cfg"

  var findings: [PreflightFinding] {
    guard let value = place[Self.key], !value.isFalse, !value.isOpaque else { return [] }
    let isEach =
      value.dictionary != nil
      || value.elements?.allSatisfy { $0.dictionary != nil || $0.isOpaque } == true
    guard isEach else {
      return [
        context.stop(
          at: place.location(of: Self.key),
          "\(place.name(Self.key)) is neither a dictionary nor a list of dictionaries")
      ]
    }
    return place.places(Self.key).flatMap { item in
      self.findings(item) + overrides(of: item)
    }
  }

  /// The name that the registry has for an item's type; nil, with a finding, if it has none.
  private func name(
    _ settings: ConfigDictionary, at location: ConfigLocation?, _ path: String
  ) -> (name: String?, finding: PreflightFinding?) {
    guard let type = settings["type"] else {
      return (nil, context.stop(at: location, "\(path) has no type"))
    }
    switch type.content {
    case .opaque(let text):
      // A class that is imported: `PretrainedInit`.
      let last = text.split(separator: ".").last.map(String.init) ?? ""
      let name = last.hasSuffix("Init") ? String(last.dropLast(4)) : last
      return (InitialiserRules.table[name] == nil ? nil : name, nil)
    case .string(let text):
      let name = text.hasPrefix("mmengine.") ? String(text.dropFirst(9)) : text
      if InitialiserRules.table[name] != nil { return (name, nil) }
      let known = name.lowercased().replacing("init", with: "")
      let nearest = InitialiserRules.table.keys.first { $0.lowercased() == known }
      guard let nearest else {
        return (
          nil,
          context.untold(
            at: location, "whether there is a way to begin called '\(text)'",
            because: "it is none of mmengine's own")
        )
      }
      return (
        nil,
        context.stop(
          at: location, "mmengine has no way to begin called '\(text)'",
          because: "the registry has it as '\(nearest)'")
      )
    default:
      return (nil, context.stop(at: location, "the type of \(path) is no name"))
    }
  }

  private func findings(_ item: Place) -> [PreflightFinding] {
    let (name, finding) = name(item.dictionary, at: item.location(of: "type"), item.path)
    guard let name, let rules = InitialiserRules.table[name] else {
      return finding.map { [$0] } ?? []
    }
    let unseen =
      name == "Pretrained" && !looksAtFiles
      ? [
        context.untold(
          at: item.location(of: "checkpoint"), "what \(item.path) loads",
          because: "only what is loaded into backbones is looked at")
      ] : []
    return problems(of: item.dictionary, rules, without: ["type", "override"], item) + unseen
  }

  private func problems(
    of settings: ConfigDictionary, _ rules: Constructor, without: Set<String>, _ item: Place
  ) -> [PreflightFinding] {
    var found = rules.arguments.filter { $0.isRequired && settings[$0.name] == nil }.map {
      context.stop(at: item.location, "\(rules.name) is built without \($0.name)")
    }
    for (key, entry) in settings.entries where !without.contains(key) {
      guard let argument = rules.argument(key) else {
        found.append(
          context.stop(at: entry.location, "\(rules.name) takes no argument '\(key)'"))
        continue
      }
      // What cannot be evaluated of a checkpoint without Python has a note of its own.
      if entry.value.isOpaque, key == "checkpoint" { continue }
      switch argument.judge(entry.value) {
      case .runs: break
      case .untold:
        found.append(
          context.untold(
            at: entry.location, "whether \(rules.name) runs with \(key)=\(entry.value.shown)",
            because: "it is not among the values that are known"))
      case .stops:
        found.append(
          context.stop(
            at: entry.location, "\(rules.name) does not take \(key)=\(entry.value.shown)"))
      }
    }
    return found
  }

  // MARK: Overrides

  private func overrides(of item: Place) -> [PreflightFinding] {
    guard let value = item["override"] else { return [] }
    let location = item.location(of: "override")
    if case .none = value.content { return [] }
    if value.isOpaque {
      return [
        context.untold(
          at: location, "what \(item.name("override")) fills",
          because: "it cannot be evaluated without Python")
      ]
    }
    let items: [ConfigValue]
    switch value.content {
    case .dictionary: items = [value]
    case .list(let values): items = values
    default:
      return [context.stop(at: location, "override is neither a dictionary nor a list of them")]
    }
    return items.flatMap { override(_: $0, of: item, location) }
  }

  private func override(
    _ value: ConfigValue, of item: Place, _ location: ConfigLocation?
  ) -> [PreflightFinding] {
    guard let settings = value.dictionary else {
      return [context.stop(at: location, "an override is no dictionary")]
    }
    guard let name = settings["name"], !name.isOpaque else {
      return [context.stop(at: location, "an override has no name")]
    }
    guard let name = name.string else {
      return [context.stop(at: location, "the name of an override is no text")]
    }
    guard !name.contains(".") else {
      return [
        context.stop(
          at: location, "an override names '\(name)', and mmengine looks for one attribute")
      ]
    }
    if settings.entries.count == 1 {
      return [
        context.untold(
          at: location, "what the override of \(name) brings",
          because: "it is filled with the arguments of \(item.path) itself")
      ]
    }
    guard settings["type"] != nil else {
      return [context.stop(at: location, "the override of \(name) has no type")]
    }
    let (type, finding) = self.name(settings, at: location, "the override of \(name)")
    guard let type, let rules = InitialiserRules.table[type] else {
      return finding.map { [$0] } ?? []
    }
    var found = problems(of: settings, rules, without: ["type", "name"], item)
    if !looksAtFiles {
      found.append(
        context.untold(
          at: location, "whether there is '\(name)' to be filled",
          because: "only the parts of backbones are known"))
    }
    if type == "Pretrained" {
      found.append(
        context.untold(
          at: location, "what the override of \(name) loads",
          because: "files that are loaded into a part are not looked at"))
    }
    return found
  }
}
