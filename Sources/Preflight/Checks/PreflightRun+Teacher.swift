import OrderedCollections
import PthBackbones
import PthCheckpoints
import PthConfigs
import PthKeyMapping
import PthTensors

/// Checks the teacher of knowledge distillation, which mmdet builds from a configuration of its own.
extension PreflightRun {
  mutating func checkTeacher() {
    guard let model = Place(config).place("model"),
      let key = ["teacher_config", "teacher_backbone"].first(where: { model[$0] != nil })
    else { return }
    guard let written = model["teacher_ckpt"]?.string else {
      if model["teacher_ckpt"]?.isOpaque == true { return }
      return add([
        PreflightFinding(
          .randomBackbone, .warning, at: model.location(of: key),
          "the teacher is random: the run learns from noise",
          because: "model.teacher_ckpt is not given, and nothing else is loaded into the teacher")
      ])
    }
    let entry = CheckpointEntry(
      scope: .model, path: "model.teacher_ckpt", written: written, prefix: nil,
      location: model.location(of: "teacher_ckpt"), prefixLocation: nil, spelling: .loadFrom)
    let name = SourceName(written, caches: options.caches)
    let teacher = teacher(model)
    guard let path = locate(name, entry, nil), let view = read(path, name, entry, nil) else {
      return
    }
    guard let teacher, let graph = teacher.graph else {
      return record(entry, name, path, .read, nil)
    }
    let arrival = Arrival(
      of: name.isOurs ? view.checkpoint.stateDict : view.state, into: graph,
      by: Arrival.Rule(target: teacher.modelPrefixes[0]), without: teacher.absentRoles)
    let mapping = view.mapping(to: graph)
    record(entry, name, path, .read, nil, arrival, mapping?.report)
    add(
      Diagnosis(
        entry: entry, view: view, backbone: teacher, graph: graph, arrival: arrival,
        mapping: mapping, file: shown(path), stripsBackbone: false
      ).findings)
  }

  /// The teacher's backbone; nil if there is none, with a note if its configuration cannot be read.
  private mutating func teacher(_ model: Place) -> BackboneEntry? {
    func first(in values: ConfigDictionary) -> BackboneEntry? {
      BackboneEntry.all(
        in: Config(values: values, path: config.path, files: config.files), registry
      ).first
    }
    if let dictionary = model["teacher_config"]?.dictionary { return first(in: dictionary) }
    // LAD has `teacher_backbone` beside its own `backbone`.
    if let entry = model.dictionary.entries["teacher_backbone"], entry.value.dictionary != nil {
      let owner = ConfigValue(
        .dictionary(ConfigDictionary(["backbone": entry])), at: entry.location)
      return first(in: ConfigDictionary(["model": .init(owner, at: entry.location)]))
    }
    guard let written = model["teacher_config"]?.string else { return nil }
    let problem: String
    if let path = Config.find(written, for: config.path) {
      do {
        return BackboneEntry.all(in: try Config.read(path), registry).first
      } catch {
        problem = "\(error)"
      }
    } else {
      problem = "there is no such file in this folder, nor above the configuration"
    }
    add([
      PreflightFinding(
        .opaque, .note, at: model.location(of: "teacher_config"),
        "whether its checkpoint fills the teacher cannot be told", because: problem)
    ])
    return nil
  }
}
