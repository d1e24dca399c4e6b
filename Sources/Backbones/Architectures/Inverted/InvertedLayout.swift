/// An implementation's arrangement and names of modules.
enum InvertedLayout: Sendable {
  case torchvision, timm, mmdet, mmpretrain, litePackage

  init(_ flavor: Flavor) {
    switch flavor {
    case .torchvision: self = .torchvision
    case .mmdet: self = .mmdet
    case .mmpretrain: self = .mmpretrain
    case .litePackage: self = .litePackage
    default: self = .timm
    }
  }
}

extension Flavor {
  /// The package of this name on PyPI, with EfficientNet-Lite.
  static let litePackage: Flavor = "efficientnet_lite_pytorch"
}

/// The parent modules and the names of a convolution and its norm.
struct InvertedPlace {
  let scope: ModuleBuilder
  let conv: String
  let normScope: ModuleBuilder
  let norm: String
  /// The stage; nil for the scope's own.
  var stage: Stage?
}

/// Declares the container modules of a layout when they are first needed.
final class InvertedScopes {
  private let net: ModuleBuilder
  private let layout: InvertedLayout
  /// The parent of the stages or blocks.
  private var features: ModuleBuilder?
  private var stage: (number: Int, scope: ModuleBuilder)?
  /// The current block.
  private(set) var block: ModuleBuilder
  /// The parent of the block's convolutions: the block, or an `nn.Sequential` inside of it.
  private var container: ModuleBuilder
  /// Number of blocks entered so far, over all stages.
  private var count = 0
  /// Number of convolutions declared in the current block so far.
  private var position = 0

  init(_ net: ModuleBuilder, _ layout: InvertedLayout) {
    self.net = net
    self.layout = layout
    block = net
    container = net
  }

  func stem() -> InvertedPlace {
    switch layout {
    case .timm: return InvertedPlace(scope: net, conv: "conv_stem", normScope: net, norm: "bn1")
    case .torchvision:
      let features = net.sequential("features")
      self.features = features
      return numbered(features.sequential("0"))
    case .litePackage:
      return InvertedPlace(scope: net, conv: "_conv_stem", normScope: net, norm: "_bn0")
    case .mmdet, .mmpretrain: return convModule(net.sequential("conv1"))
    }
  }

  /// Declares a block; `part(_:isFirstStage:)` then gives places inside of it.
  func enterBlock(stage number: Int, index: Int) {
    position = 0
    count += 1
    switch layout {
    case .torchvision:
      let features = features ?? net
      block = features.sequential("\(count)", stage: .layer(number + 1))
      container = block.sequential("conv")
    case .litePackage:
      let features = features ?? net.sequential("_blocks")
      self.features = features
      block = features.sequential("\(count - 1)", stage: .layer(number + 1))
      container = block
    case .timm:
      let features = features ?? net.sequential("blocks")
      self.features = features
      block = scope(number, "\(number)", in: features).sequential("\(index)")
      container = block
    case .mmdet:
      block = scope(number, "layer\(number + 1)", in: net).sequential("\(index)")
      container = block
    case .mmpretrain:
      block = scope(number, "layer\(number + 1)", in: net).sequential("\(index)")
      container = block.sequential("conv")
    }
  }

  /// The stage's own module, declared with its first block.
  private func scope(_ number: Int, _ name: String, in parent: ModuleBuilder) -> ModuleBuilder {
    if let stage, stage.number == number { return stage.scope }
    let scope = parent.sequential(name, stage: .layer(number + 1))
    stage = (number, scope)
    return scope
  }

  /// The next convolution of the block.
  func part(_ part: InvertedPart, isFirstStage: Bool) -> InvertedPlace {
    defer { position += 1 }
    switch layout {
    case .timm:
      let names: [InvertedPart: String] =
        isFirstStage
        ? [.depthwise: "conv_dw", .project: "conv_pw"]
        : [.expand: "conv_pw", .depthwise: "conv_dw", .project: "conv_pwl"]
      return InvertedPlace(
        scope: container, conv: names[part] ?? "", normScope: container, norm: "bn\(position + 1)")
    case .litePackage:
      let names: [InvertedPart: (conv: String, norm: String)] = [
        .expand: ("_expand_conv", "_bn0"), .depthwise: ("_depthwise_conv", "_bn1"),
        .project: ("_project_conv", "_bn2"),
      ]
      return InvertedPlace(
        scope: container, conv: names[part]?.conv ?? "", normScope: container,
        norm: names[part]?.norm ?? "")
    case .torchvision where part == .project:
      return InvertedPlace(
        scope: container, conv: "\(position)", normScope: container, norm: "\(position + 1)")
    case .torchvision: return numbered(container.sequential("\(position)"))
    case .mmdet:
      let names: [InvertedPart: String] = [
        .expand: "expand_conv", .depthwise: "depthwise_conv", .project: "linear_conv",
      ]
      return convModule(container.sequential(names[part] ?? ""))
    case .mmpretrain: return convModule(container.sequential("\(position)"))
    }
  }

  func head() -> InvertedPlace {
    let stage = Stage.layer(InvertedArchitecture.blockStages + 1)
    switch layout {
    case .timm:
      return InvertedPlace(
        scope: net, conv: "conv_head", normScope: net, norm: "bn2", stage: stage)
    case .litePackage:
      return InvertedPlace(
        scope: net, conv: "_conv_head", normScope: net, norm: "_bn1", stage: stage)
    case .torchvision:
      return numbered((features ?? net).sequential("\(count + 1)", stage: stage))
    case .mmdet, .mmpretrain: return convModule(net.sequential("conv2", stage: stage))
    }
  }

  func classifier() -> (scope: ModuleBuilder, name: String) {
    switch layout {
    case .torchvision: (net.sequential("classifier", stage: .head), "1")
    case .timm: (net, "classifier")
    case .litePackage: (net, "_fc")
    // OpenMMLab's classifiers are not part of the backbone, so the name is free.
    case .mmdet, .mmpretrain: (net, "fc")
    }
  }

  private func numbered(_ scope: ModuleBuilder) -> InvertedPlace {
    InvertedPlace(scope: scope, conv: "0", normScope: scope, norm: "1")
  }

  private func convModule(_ scope: ModuleBuilder) -> InvertedPlace {
    InvertedPlace(scope: scope, conv: "conv", normScope: scope, norm: "bn")
  }
}
