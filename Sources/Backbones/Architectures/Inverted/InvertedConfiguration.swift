/// The arguments of a network of inverted residual blocks, checked and with defaults filled in.
struct InvertedConfiguration: Sendable {
  let backbone: String
  let layers: [Int]
  let channels: [Int]
  let kernels: [Int]
  let strides: [Int]
  let inChannels: Int
  let stemChannels: Int
  let headChannels: Int
  let stageCount: Int
  let outIndices: [Int]
  let padsAsTensorFlow: Bool
  let eps: Double
  let requiresGrad: Bool
  let frozenStages: Int
  let classes: Int
  let arguments: BackboneArguments

  /// The stages that timm's `features_only` returns (the last of each resolution), and the last convolution if the
  /// network has it.
  private static let usualOutputs = [0, 1, 2, 4, 6, 7]

  /// - Throws: ``BackboneError/invalidArgument(_:reason:)`` for values that contradict each other or the number of
  ///   stages, and for an impossible `norm_cfg`.
  init(
    _ architecture: InvertedArchitecture, _ given: BackboneArguments
  ) throws(BackboneError) {
    let stageCount = given["num_stages"]?.integer ?? InvertedArchitecture.blockStages + 1
    let blockStages = min(stageCount, InvertedArchitecture.blockStages)
    func list(_ name: String, _ usual: [Int]) throws(BackboneError) -> [Int] {
      let list = given[name]?.integers ?? usual
      guard list.count >= blockStages else {
        throw .invalidArgument(name, reason: "must have \(blockStages) numbers, one for each stage")
      }
      return Array(list.prefix(blockStages))
    }
    backbone = architecture.name
    layers = try list("layers", architecture.layers)
    channels = try list("channels", architecture.channels)
    strides = try list("strides", InvertedArchitecture.strides)
    kernels = architecture.kernels
    self.stageCount = stageCount
    inChannels = given["in_channels"]?.integer ?? 3
    stemChannels = given["stem_channels"]?.integer ?? 32
    headChannels = given["head_channels"]?.integer ?? 1280
    outIndices = given["out_indices"]?.integers ?? Self.usualOutputs.filter { $0 < stageCount }
    guard outIndices.allSatisfy((0..<stageCount).contains) else {
      throw .invalidArgument("out_indices", reason: "must lie between 0 and \(stageCount - 1)")
    }
    padsAsTensorFlow =
      given["padding"].map { $0.string == "same" } ?? architecture.padsAsTensorFlow
    let norm = try NormConfiguration(
      given["norm_cfg"], usualEps: padsAsTensorFlow ? 1e-3 : NormConfiguration.defaultEps)
    (eps, requiresGrad) = (norm.eps, norm.requiresGrad)
    frozenStages = given["frozen_stages"]?.integer ?? -1
    guard frozenStages <= stageCount else {
      throw .invalidArgument("frozen_stages", reason: "the network has \(stageCount) stages")
    }
    classes = given["num_classes"]?.integer ?? 0
    guard classes == 0 || stageCount > blockStages else {
      throw .invalidArgument("num_classes", reason: "the classifier needs layer8")
    }
    arguments = [
      "layers": ArgumentValue(layers), "channels": ArgumentValue(channels),
      "in_channels": .integer(inChannels), "stem_channels": .integer(stemChannels),
      "head_channels": .integer(headChannels), "num_stages": .integer(stageCount),
      "strides": ArgumentValue(strides), "out_indices": ArgumentValue(outIndices),
      "padding": .string(padsAsTensorFlow ? "same" : "symmetric"),
      "norm_cfg": .dictionary([
        .init("type", "BN"), .init("eps", .number(eps)),
        .init("requires_grad", .boolean(requiresGrad)),
      ]),
      "frozen_stages": .integer(frozenStages), "num_classes": .integer(classes),
    ]
  }
}
