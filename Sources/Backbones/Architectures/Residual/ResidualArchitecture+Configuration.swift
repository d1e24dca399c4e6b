extension ResidualArchitecture {
  /// mmdetection's classes, and the authors' own Res2Net.
  var configurationClass: ConfigurationClass {
    var configurationClass = ConfigurationClass(
      types: configurationTypes, originalArguments: ["layers", "baseWidth", "scale"],
      originalFlavor: flavors[.official] == nil ? nil : .official,
      argumentsWithoutKeys: [
        "frozen_stages", "contract_dilation", "multi_grid", "drop_path_rate",
      ],
      argumentsThatAddKeys: ["plugins"],
      takenValues: [
        "depth": defaultBlock == .bottle2neck ? [50, 101, 152] : [18, 34, 50, 101, 152]
      ],
      keptArguments: [
        "num_stages", "strides", "dilations", "out_indices", "frozen_stages", "conv_cfg",
        "norm_cfg",
        "norm_eval", "dcn", "stage_with_dcn", "plugins", "with_cp",
      ], pretrainDefaults: ["out_indices": [3]],
      necksOfLastOutput: ["CTResNetNeck"]
    ) { graph, isOriginal, classes throws(BackboneError) in
      isOriginal ? try originalArguments(graph, classes: classes) : try arguments(of: graph)
    }
    configurationClass.constructors = Self.constructors.filter {
      configurationTypes.contains($0.key)
    }
    return configurationClass
  }

  private func originalArguments(
    _ graph: ModelGraph, classes: Int?
  ) throws(BackboneError) -> BackboneArguments {
    let given = graph.arguments
    guard let layers = given["layers"]?.integers, let width = given["base_width"]?.integer,
      let scales = given["scales"]?.integer
    else { throw BackboneError.notBuilt(reason: "the layers of the backbone are not known") }
    if given["deep_stem"]?.boolean == true || given["avg_down"]?.boolean == true {
      throw BackboneError.notBuilt(
        reason: "the file is of Res2Net v1b (deep stem or average pooling), which the official "
          + "Res2Net class does not build; use a configuration of mmdetection 2 or later")
    }
    return [
      "type": .string(name), "layers": ArgumentValue(layers), "baseWidth": .integer(width),
      "scale": .integer(scales), "num_classes": .integer(classes ?? 1000),
    ]
  }

  private func arguments(
    of graph: ModelGraph
  ) throws(BackboneError) -> BackboneArguments {
    let given = graph.arguments
    guard let depth = given["depth"]?.integer else {
      throw BackboneError.notBuilt(
        reason: "the file's blocks (\(given["layers"].map(\.description) ?? "unknown")) are those "
          + "of no depth that OpenMMLab's classes know")
    }
    let isGrouped = given["groups"]?.integer ?? 1 > 1
    let hasScales = defaultBlock == .bottle2neck
    let type = isGrouped && !hasScales ? "ResNeXt" : name
    var found: BackboneArguments = ["type": .string(type), "depth": .integer(depth)]
    func add(_ name: String, _ isNeeded: Bool) { if isNeeded { found[name] = given[name] } }
    add("scales", hasScales)
    add("groups", isGrouped)
    add("base_width", hasScales || isGrouped)
    let base = given["base_channels"]?.integer ?? 64
    add("base_channels", base != 64)
    add("stem_channels", given["stem_channels"]?.integer ?? base != base)
    if !hasScales {
      add("deep_stem", given["deep_stem"]?.boolean == true)
      add("avg_down", given["avg_down"]?.boolean == true)
      add("style", true)
    }
    return found
  }
}
