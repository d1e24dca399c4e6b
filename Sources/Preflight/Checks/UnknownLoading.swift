import PthConfigs

/// Entries that may load weights, but whose effect cannot be known without Python.
enum UnknownLoading {
  /// mmengine's initialisers; of these, only `Pretrained` loads a file.
  private static let initialisers: Set<String> = [
    "Pretrained", "PretrainedInit", "Constant", "Xavier", "Normal", "TruncNormal", "Uniform",
    "Kaiming", "Caffe2Xavier", "ConstantInit", "XavierInit", "NormalInit", "TruncNormalInit",
    "UniformInit", "KaimingInit", "Caffe2XavierInit",
  ]

  static func findings(_ config: Config, _ backbone: BackboneEntry) -> [PreflightFinding] {
    let top = Place(config)
    var findings: [PreflightFinding] = []
    func add(_ place: Place, _ key: String, _ why: String) {
      findings.append(
        PreflightFinding(
          .opaque, .note, at: place.location(of: key),
          "what \(place.name(key)) loads cannot be told", because: why))
    }
    for place in [backbone.place, backbone.owner] {
      if place["init_cfg"]?.isOpaque == true { add(place, "init_cfg", opaque) }
      if place["pretrained"]?.isOpaque == true { add(place, "pretrained", opaque) }
      for item in place.places("init_cfg") {
        if !initialisers.contains(item.type ?? "") {
          add(place, "init_cfg", "its type '\(item.type ?? "")' is none of mmengine's own")
        } else if item["checkpoint"]?.isOpaque == true {
          add(item, "checkpoint", opaque)
        }
      }
    }
    for key in ["load_from", "resume_from"] where top[key]?.isOpaque == true {
      add(top, key, opaque)
    }
    for key in ["resume", "auto_resume"] where top[key]?.bool == true {
      add(top, key, "a run that is resumed takes its weights from its last checkpoint")
    }
    return findings
  }

  private static let opaque = "it cannot be evaluated without Python"
}
