import PthConfigs

/// An entry of a configuration that loads weights.
struct CheckpointEntry: Sendable {
  /// The part of the model that an entry loads weights into.
  enum Scope: Sendable, Hashable {
    /// The backbone: keys are relative to it.
    case backbone
    /// The detector that contains the backbone: keys are relative to the detector.
    case owner
    /// The whole model, loaded after all other entries.
    case model
  }

  let scope: Scope
  /// The dotted path of the entry: `model.backbone.init_cfg`.
  let path: String
  /// The checkpoint as the configuration names it.
  var written: String
  let prefix: String?
  /// The location of the checkpoint's name.
  let location: ConfigLocation?
  let prefixLocation: ConfigLocation?
  /// Whether the entry exists only because of the option `--checkpoint`.
  var isOption = false
  /// Whether the option's file replaces the checkpoint that the configuration names.
  var isReplaced = false
  /// How the entry is written in the configuration.
  let spelling: Spelling

  enum Spelling: Sendable { case initConfig, pretrained, loadFrom }
}

extension CheckpointEntry {
  /// The entries that load the backbone itself; the last one takes effect.
  static func backbone(_ place: Place, owner: Place) -> [CheckpointEntry] {
    var entries = pretrained(of: place, scope: .backbone)
    // mmdet 1.x and 2.x pass the detector's `pretrained` on to its backbone.
    if let written = owner["pretrained"]?.string {
      entries.append(
        CheckpointEntry(
          scope: .backbone, path: owner.name("pretrained"), written: written, prefix: nil,
          location: owner.location(of: "pretrained"), prefixLocation: nil, spelling: .pretrained))
    }
    return entries
  }

  /// The entries in a dictionary's `init_cfg` and, for a backbone, `pretrained`.
  static func pretrained(of place: Place, scope: Scope) -> [CheckpointEntry] {
    var entries: [CheckpointEntry] = []
    for item in place.places("init_cfg") where ["Pretrained", "PretrainedInit"].contains(item.type)
    {
      guard let written = item["checkpoint"]?.string else { continue }
      entries.append(
        CheckpointEntry(
          scope: scope, path: place.name("init_cfg"), written: written,
          prefix: item["prefix"]?.string, location: item.location(of: "checkpoint"),
          prefixLocation: item["prefix"].map { _ in item.location(of: "prefix") } ?? nil,
          spelling: .initConfig))
    }
    if scope == .backbone, let written = place["pretrained"]?.string {
      entries.append(
        CheckpointEntry(
          scope: scope, path: place.name("pretrained"), written: written, prefix: nil,
          location: place.location(of: "pretrained"), prefixLocation: nil, spelling: .pretrained))
    }
    return entries
  }

  /// The entries that the runner loads into the whole model: `resume_from` and `load_from`.
  static func runner(_ config: Config) -> [CheckpointEntry] {
    let top = Place(config)
    return ["resume_from", "load_from"].compactMap { key in
      top[key]?.string.map {
        CheckpointEntry(
          scope: .model, path: key, written: $0, prefix: nil, location: top.location(of: key),
          prefixLocation: nil, spelling: .loadFrom)
      }
    }
  }

  /// The prefixes with which the loader compares the file's keys.
  func rule(for backbone: BackboneEntry, modelPrefix: String, stripsBackbone: Bool) -> Arrival.Rule
  {
    switch scope {
    case .backbone:
      if stripsBackbone { return Arrival.Rule(prefix: "backbone.") }
      return Arrival.Rule(prefix: prefix, stripsModule: prefix == nil)
    case .owner: return Arrival.Rule(prefix: prefix, target: "backbone.")
    case .model: return Arrival.Rule(target: modelPrefix)
    }
  }

  /// The line of the configuration with another prefix or checkpoint.
  func line(prefix: String?, checkpoint: String? = nil) -> String {
    let name = checkpoint ?? written
    switch (spelling, prefix) {
    case (.loadFrom, _): return "load_from='\(name)'"
    case (.pretrained, nil): return "pretrained='\(name)'"
    case (_, nil): return "init_cfg=dict(type='Pretrained', checkpoint='\(name)')"
    case (_, let prefix?):
      return "init_cfg=dict(type='Pretrained', checkpoint='\(name)', prefix='\(prefix)')"
    }
  }
}
