/// The kinds of residual block.
enum ResidualBlock: String, Sendable {
  /// Two 3×3 convolutions.
  case basic = "BasicBlock"
  /// 1×1, 3×3, 1×1.
  case bottleneck = "Bottleneck"
  /// 1×1, a hierarchy of 3×3 over splits of the channels, 1×1.
  case bottle2neck = "Bottle2neck"

  /// Channels that leave a block, as a multiple of its planes.
  var expansion: Int { self == .basic ? 1 : 4 }

  var lastNormNumber: Int { self == .basic ? 2 : 3 }
}

/// All arguments of a residual network, checked and with defaults filled in.
struct ResidualConfiguration: Sendable {
  let backbone: String
  let flavor: ResidualFlavor
  let block: ResidualBlock
  let depth: Int?
  let layers: [Int]
  let inChannels: Int
  let stemChannels: Int
  let baseChannels: Int
  let strides: [Int]
  let dilations: [Int]
  let outIndices: [Int]
  let isCaffeStyle: Bool
  let hasDeepStem: Bool
  let averagesShortcut: Bool
  let frozenStages: Int
  let norm: NormConfiguration
  let deform: DeformConfiguration?
  let deformStages: [Bool]
  let zeroInitResidual: Bool
  let groups: Int
  let baseWidth: Int
  let scales: Int
  let stagePooling: ResidualFlavor.StagePooling
  let classes: Int

  /// Channels of a block's 3×3 convolution (of each of them, in Res2Net).
  ///
  /// Computed in floating point like the implementations, to get the same rounding.
  func width(planes: Int) -> Int {
    if block == .basic || (groups == 1 && block == .bottleneck && !flavor.widensWithoutGroups) {
      return planes
    }
    let denominator = Double(flavor.widthFollowsBaseChannels ? baseChannels : 64)
    return Int((Double(planes) * (Double(baseWidth) / denominator)).rounded(.down)) * groups
  }

  /// Channels of layer1 before its expansion in every published network.
  static let publishedChannels = 64

  /// Channels before expansion of the stage with this index.
  func planes(stage: Int) -> Int { baseChannels << stage }
}
