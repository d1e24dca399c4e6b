extension Detectron2Section {
  /// detectron2's ResNets and ResNeXts.
  static let resNet = Detectron2Section(
    path: "MODEL.RESNETS",
    builders: [
      "build_resnet_backbone": "backbone.", "build_resnet_fpn_backbone": "backbone.bottom_up.",
      "build_retinanet_resnet_fpn_backbone": "backbone.bottom_up.",
    ],
    defaultBuilder: "build_resnet_backbone",
    pyramidBuilders: ["build_resnet_fpn_backbone", "build_retinanet_resnet_fpn_backbone"],
    defaults: [
      "DEPTH": 50, "OUT_FEATURES": ["res4"], "NUM_GROUPS": 1, "NORM": "FrozenBN",
      "WIDTH_PER_GROUP": 64, "STRIDE_IN_1X1": true, "RES5_DILATION": 1, "RES2_OUT_CHANNELS": 256,
      "STEM_OUT_CHANNELS": 64, "DEFORM_ON_PER_STAGE": [false, false, false, false],
      "DEFORM_MODULATED": false, "DEFORM_NUM_GROUPS": 1,
    ],
    contradiction: { settings, trained in
      guard let style = trained["style"]?.string,
        let isFirst = settings["STRIDE_IN_1X1"]?.boolean, isFirst != (style == "caffe")
      else { return nil }
      return (
        "STRIDE_IN_1X1",
        "it was trained with the stride in \(isFirst ? "the 3×3" : "the first 1×1") convolution, and "
          + "STRIDE_IN_1X1 is \(isFirst ? "True" : "False")",
        "STRIDE_IN_1X1: \(isFirst ? "False" : "True")"
      )
    },
    renamedFromCaffe2: { Detectron2Names.renamedFromCaffe2($0) },
    arguments: { settings throws(BackboneError) in
      try ResNetSettings(settings: settings).arguments()
    })
}

/// Reads the network's arguments from the settings of `MODEL.RESNETS`.
private struct ResNetSettings {
  let settings: [String: ArgumentValue]

  private func unknown(_ name: String) -> BackboneError {
    .notBuilt(reason: "MODEL.RESNETS.\(name) is not known")
  }

  private func integer(_ name: String) throws(BackboneError) -> Int {
    guard let value = settings[name]?.integer else { throw unknown(name) }
    return value
  }

  func arguments() throws(BackboneError) -> BackboneArguments {
    var arguments = BackboneArguments()
    let depth = try integer("DEPTH")
    let isBasic = depth == 18 || depth == 34
    arguments["depth"] = .integer(depth)
    arguments["groups"] = .integer(try integer("NUM_GROUPS"))
    arguments["base_width"] = .integer(try integer("WIDTH_PER_GROUP"))
    let channels = try integer("RES2_OUT_CHANNELS")
    guard !isBasic || channels == 64 else {
      throw BackboneError.notBuilt(
        reason:
          "a ResNet of depth \(depth) takes RES2_OUT_CHANNELS: 64, and here it is \(channels)",
        setting: "DEPTH")
    }
    guard isBasic || channels == 256 else { throw unknown("RES2_OUT_CHANNELS") }
    guard try integer("STEM_OUT_CHANNELS") == 64 else { throw unknown("STEM_OUT_CHANNELS") }
    guard let isFirst = settings["STRIDE_IN_1X1"]?.boolean else { throw unknown("STRIDE_IN_1X1") }
    if !isBasic { arguments["style"] = .string(isFirst ? "caffe" : "pytorch") }
    let last = try addStages(to: &arguments)
    arguments["norm_cfg"] = .dictionary([.init("type", .string(try norm()))])
    try addDeformable(to: &arguments, stages: last + 1)
    return arguments
  }

  /// - Returns: The index of the last stage, from 0.
  private func addStages(to arguments: inout BackboneArguments) throws(BackboneError) -> Int {
    guard case .list(let outputs)? = settings["OUT_FEATURES"],
      outputs.allSatisfy({ $0.string != nil })
    else { throw unknown("OUT_FEATURES") }
    let indices = outputs.compactMap {
      ["res2": 0, "res3": 1, "res4": 2, "res5": 3][$0.string ?? ""]
    }
    guard let last = indices.max() else { throw unknown("OUT_FEATURES") }
    let dilation = try integer("RES5_DILATION")
    arguments["num_stages"] = .integer(last + 1)
    arguments["strides"] = ArgumentValue(
      Array([1, 2, 2, dilation == 2 ? 1 : 2].prefix(last + 1)))
    arguments["dilations"] = ArgumentValue(Array([1, 1, 1, dilation].prefix(last + 1)))
    arguments["out_indices"] = ArgumentValue(Set(indices).sorted())
    return last
  }

  private func addDeformable(
    to arguments: inout BackboneArguments, stages: Int
  ) throws(BackboneError) {
    guard let deforms = settings["DEFORM_ON_PER_STAGE"]?.booleans, deforms.count == 4 else {
      throw unknown("DEFORM_ON_PER_STAGE")
    }
    guard deforms.contains(true) else { return }
    let isModulated = settings["DEFORM_MODULATED"]?.boolean == true
    arguments["dcn"] = .dictionary([
      .init("type", .string(isModulated ? "DCNv2" : "DCN")),
      .init("deform_groups", .integer(try integer("DEFORM_NUM_GROUPS"))),
    ])
    arguments["stage_with_dcn"] = .list(deforms.prefix(stages).map { ArgumentValue.boolean($0) })
  }

  private func norm() throws(BackboneError) -> String {
    let name = settings["NORM"]?.string ?? ""
    let known = [
      "FrozenBN": "FrozenBN", "BN": "BN", "SyncBN": "BN", "nnSyncBN": "BN", "naiveSyncBN": "BN",
      "GN": "GN",
    ]
    guard let type = known[name] else {
      throw BackboneError.notBuilt(reason: "norms of type '\(name)' are not known")
    }
    return type
  }
}
