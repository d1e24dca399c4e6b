extension ResidualConfiguration {
  /// Declares the network and records its forward pass.
  func graph() throws(BackboneError) -> ModelGraph {
    try ModelGraph.build(backbone, inputChannels: inChannels) { net, input in
      if frozenStages >= 0 { net.freeze(.stem) }
      for stage in 0..<max(frozenStages, 0) { net.freeze(.layer(stage + 1)) }
      var x = stem(net)(input)
      x = net.maxPool2d(x, kernel: 3, stride: 2, padding: 1)
      var channels = stemChannels
      var mayFallBack = deform?.fallsBackOnStride == true && block == .bottleneck && groups == 1
      for stage in layers.indices {
        let planes = planes(stage: stage)
        let layer = net.sequential(flavor.layout.stage(stage), stage: .layer(stage + 1))
        for index in 0..<layers[stage] {
          var site = BlockSite(
            index: index, inChannels: channels, planes: planes,
            stride: index == 0 ? strides[stage] : 1, dilation: dilations[stage],
            isDeformable: deformStages[stage])
          if index == 0, flavor.firstBlockKeepsDilation, stage > 0 {
            site.firstDilation = dilations[stage - 1]
          }
          // mmdet pops the option from the shared `dcn` dict in the first deformable block, so it affects only
          // that block. In ResNeXt and Res2Net it is popped before any block reads it.
          if site.isDeformable, mayFallBack {
            site.isDeformable = false
            mayFallBack = false
          }
          x = residualBlock(layer, site)(x)
          channels = planes * block.expansion
        }
        if outIndices.contains(stage) { net.output("layer\(stage + 1)", x) }
      }
      guard classes > 0 else { return }
      let fc = net.linear("fc", in: channels, out: classes, stage: .head)
      net.output("fc", fc(net.globalAvgPool(x, stage: .head)))
    }
  }

  private func stem(_ net: ModuleBuilder) -> Layer {
    guard hasDeepStem else {
      let stem = flavor.layout == .detectron2 ? net.sequential("stem") : net
      let conv1 = stem.conv2d(
        "conv1", in: inChannels, out: stemChannels, kernel: 7, stride: 2, padding: 3)
      let norm1 = normLayer(stem, number: 1, channels: stemChannels)
      return Layer { stem.relu(norm1(conv1($0))) }
    }
    let widths = [stemChannels / 2, stemChannels / 2, stemChannels]
    var channels = inChannels
    var layers: [(scope: ModuleBuilder, conv: Layer, norm: Layer)] = []
    let stem = net.sequential(flavor.deepStem == .conv1ThenNorm ? "conv1" : "stem")
    for (index, width) in widths.enumerated() {
      var (scope, convName, normScope, normName) = (stem, "\(3 * index)", stem, "\(3 * index + 1)")
      switch flavor.deepStem {
      case .stem: break
      case .conv1ThenNorm where index == 2: (normScope, normName) = (net, self.normName(1))
      case .conv1ThenNorm: break
      case .convModules:
        scope = stem.sequential("\(index)")
        (convName, normScope, normName) = ("conv", scope, norm.abbreviation)
      }
      let conv = scope.conv2d(
        convName, in: channels, out: width, kernel: 3, stride: index == 0 ? 2 : 1, padding: 1)
      let norm = normLayer(normScope, name: normName, channels: width)
      layers.append((normScope, conv, norm))
      channels = width
    }
    return Layer { x in
      layers.reduce(x) { x, layer in layer.scope.relu(layer.norm(layer.conv(x))) }
    }
  }

  private func residualBlock(_ layer: ModuleBuilder, _ site: BlockSite) -> Layer {
    let lastNorm = normName(block.lastNormNumber)
    let scope = layer.block("\(site.index)", type: block.rawValue, lastNorm: lastNorm)
    switch block {
    case .basic: return basicBlock(scope, site)
    case .bottleneck: return bottleneck(scope, site)
    case .bottle2neck: return bottle2neck(scope, site)
    }
  }

  /// `bn1`; with mmcv's names also `gn1`; in detectron2 `conv1.norm`.
  private func normName(_ number: Int) -> String {
    if flavor.layout == .detectron2 { return "conv\(number).norm" }
    return "\(flavor.normNamesFollowType ? norm.abbreviation : "bn")\(number)"
  }

  /// Declares the norm of the convolution `conv<number>`.
  func normLayer(_ scope: ModuleBuilder, number: Int, channels: Int) -> Layer {
    if flavor.layout == .detectron2 {
      return normLayer(scope.declared("conv\(number)"), name: "norm", channels: channels)
    }
    return normLayer(scope, name: normName(number), channels: channels)
  }

  func normLayer(_ scope: ModuleBuilder, name: String, channels: Int) -> Layer {
    switch norm.kind {
    case .batch:
      scope.batchNorm2d(name, channels: channels, eps: norm.eps, requiresGrad: norm.requiresGrad)
    case .frozenBatch:
      scope.batchNorm2d(
        name, channels: channels, eps: norm.eps, requiresGrad: false, countsBatches: false)
    case .group(let groups):
      scope.groupNorm(
        name, groups: groups, channels: channels, eps: norm.eps, requiresGrad: norm.requiresGrad)
    }
  }

  /// The shortcut: a strided 1×1 convolution, or (avg_down) pooling and a 1×1 convolution; nil
  /// where the block's input is added unchanged.
  func downsample(_ scope: ModuleBuilder, _ site: BlockSite) -> Layer? {
    let out = site.planes * block.expansion
    guard site.stride != 1 || site.inChannels != out else { return nil }
    if flavor.layout == .detectron2 {
      let conv = scope.conv2d(
        "shortcut", in: site.inChannels, out: out, kernel: 1, stride: Size2D(site.stride))
      let norm = normLayer(scope.declared("shortcut"), name: "norm", channels: out)
      return Layer { norm(conv($0)) }
    }
    let sequence = scope.sequential("downsample")
    guard averagesShortcut, site.stride != 1 || !flavor.omitsUnstridedPool else {
      let conv = sequence.conv2d(
        "0", in: site.inChannels, out: out, kernel: 1, stride: Size2D(site.stride))
      let norm = normLayer(sequence, name: "1", channels: out)
      return Layer { norm(conv($0)) }
    }
    let conv = sequence.conv2d("1", in: site.inChannels, out: out, kernel: 1)
    let norm = normLayer(sequence, name: "2", channels: out)
    // With stride 1 the pooling has a 1×1 window or is an Identity, so no operation is recorded.
    guard site.stride != 1 else { return Layer { norm(conv($0)) } }
    let kernel = Size2D(flavor.shortcutPoolKernel ?? site.stride)
    return Layer { x in
      let pooled = sequence.avgPool2d(
        x, kernel: kernel, stride: Size2D(site.stride), ceilMode: true, countIncludePad: false,
        name: "0")
      return norm(conv(pooled))
    }
  }
}

/// A block's position in its network, and the hyper-parameters that depend on it.
struct BlockSite {
  /// Index in the stage.
  let index: Int
  let inChannels: Int
  /// Channels before expansion.
  let planes: Int
  let stride: Int
  let dilation: Int
  /// Whether its 3×3 convolutions are deformable.
  var isDeformable: Bool
  /// Dilation of the first 3×3 convolution.
  var firstDilation: Int

  init(
    index: Int, inChannels: Int, planes: Int, stride: Int, dilation: Int, isDeformable: Bool
  ) {
    self.index = index
    self.inChannels = inChannels
    self.planes = planes
    self.stride = stride
    self.dilation = dilation
    self.isDeformable = isDeformable
    firstDilation = dilation
  }
}
