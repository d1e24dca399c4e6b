import PthBackbones
import PthConfigs

/// The backbone that a configuration of detectron2 builds.
struct Detectron2Network: Sendable {
  let graph: ModelGraph?
  /// Why there is no graph.
  let unknown: String?
  /// Whether detectron2 refuses to build it.
  let isRefused: Bool
  /// What stands before its keys in the state dict of the whole model.
  let prefix: String
  /// What builds it.
  let name: String

  static let path = "MODEL.RESNETS"

  private static let builders = [
    "build_resnet_backbone": "backbone.", "build_resnet_fpn_backbone": "backbone.bottom_up.",
    "build_retinanet_resnet_fpn_backbone": "backbone.bottom_up.",
  ]

  init(_ settings: Detectron2Settings) {
    name = settings.string("MODEL.BACKBONE.NAME") ?? ""
    prefix = Self.builders[name] ?? ""
    guard Self.builders[name] != nil else {
      graph = nil
      unknown = "'\(name)' is not among the builders that pthconv knows"
      isRefused = false
      return
    }
    do {
      let arguments = try Self.arguments(settings)
      graph = try BackboneRegistry.standard.makeGraph(
        "ResNet", arguments: arguments, flavor: .detectron2)
      (unknown, isRefused) = (nil, false)
    } catch {
      graph = nil
      (unknown, isRefused) = ("\(error)", (error as? Unknown)?.isRefused ?? false)
    }
  }

  /// Whether it has batch norms that never change.
  static func hasFrozenNorms(_ settings: Detectron2Settings) -> Bool {
    settings.string("MODEL.RESNETS.NORM") == "FrozenBN"
  }

  private static func arguments(_ settings: Detectron2Settings) throws -> BackboneArguments {
    func unknown(_ name: String) -> Unknown { Unknown(text: "MODEL.RESNETS.\(name) is not known") }
    func integer(_ name: String) throws -> Int {
      guard let value = settings.int("MODEL.RESNETS.\(name)") else { throw unknown(name) }
      return value
    }
    var arguments = BackboneArguments()
    let depth = try integer("DEPTH")
    let isBasic = depth == 18 || depth == 34
    arguments["depth"] = .integer(depth)
    arguments["groups"] = .integer(try integer("NUM_GROUPS"))
    arguments["base_width"] = .integer(try integer("WIDTH_PER_GROUP"))
    let channels = try integer("RES2_OUT_CHANNELS")
    guard !isBasic || channels == 64 else {
      throw Unknown(
        text: "a ResNet of depth \(depth) takes RES2_OUT_CHANNELS: 64, and here it is \(channels)",
        isRefused: true)
    }
    guard isBasic || channels == 256 else { throw unknown("RES2_OUT_CHANNELS") }
    guard try integer("STEM_OUT_CHANNELS") == 64 else { throw unknown("STEM_OUT_CHANNELS") }
    guard let isFirst = settings.bool("MODEL.RESNETS.STRIDE_IN_1X1") else {
      throw unknown("STRIDE_IN_1X1")
    }
    if !isBasic { arguments["style"] = .string(isFirst ? "caffe" : "pytorch") }
    guard let outputs = settings.strings("MODEL.RESNETS.OUT_FEATURES") else {
      throw unknown("OUT_FEATURES")
    }
    let indices = outputs.compactMap { ["res2": 0, "res3": 1, "res4": 2, "res5": 3][$0] }
    guard let last = indices.max() else { throw unknown("OUT_FEATURES") }
    let dilation = try integer("RES5_DILATION")
    arguments["num_stages"] = .integer(last + 1)
    arguments["strides"] = .list(
      [1, 2, 2, dilation == 2 ? 1 : 2].prefix(last + 1).map(ArgumentValue.integer))
    arguments["dilations"] = .list(
      [1, 1, 1, dilation].prefix(last + 1).map(ArgumentValue.integer))
    arguments["out_indices"] = .list(Set(indices).sorted().map(ArgumentValue.integer))
    arguments["norm_cfg"] = .dictionary([.init("type", .string(try norm(settings)))])
    guard let deforms = settings.bools("MODEL.RESNETS.DEFORM_ON_PER_STAGE"), deforms.count == 4
    else { throw unknown("DEFORM_ON_PER_STAGE") }
    if deforms.contains(true) {
      let isModulated = settings.bool("MODEL.RESNETS.DEFORM_MODULATED") == true
      arguments["dcn"] = .dictionary([
        .init("type", .string(isModulated ? "DCNv2" : "DCN")),
        .init("deform_groups", .integer(try integer("DEFORM_NUM_GROUPS"))),
      ])
      arguments["stage_with_dcn"] = .list(
        deforms.prefix(last + 1).map { ArgumentValue.boolean($0) })
    }
    return arguments
  }

  private static func norm(_ settings: Detectron2Settings) throws -> String {
    let name = settings.string("MODEL.RESNETS.NORM") ?? ""
    let known = [
      "FrozenBN": "FrozenBN", "BN": "BN", "SyncBN": "BN", "nnSyncBN": "BN", "naiveSyncBN": "BN",
      "GN": "GN",
    ]
    guard let type = known[name] else {
      throw Unknown(text: "norms of type '\(name)' are not known")
    }
    return type
  }

  private struct Unknown: Error, CustomStringConvertible {
    let text: String
    var isRefused = false
    var description: String { text }
  }
}
