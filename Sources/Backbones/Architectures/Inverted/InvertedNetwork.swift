extension InvertedConfiguration {
  /// Declares the network and records its forward pass.
  func graph(_ layout: InvertedLayout) throws(BackboneError) -> ModelGraph {
    try ModelGraph.build(backbone, inputChannels: inChannels) { net, input in
      if frozenStages >= 0 { net.freeze(.stem) }
      for stage in 0..<max(frozenStages, 0) { net.freeze(.layer(stage + 1)) }
      let scopes = InvertedScopes(net, layout)
      var x = unit(
        scopes.stem(), in: inChannels, out: stemChannels, kernel: 3, stride: 2, rectifies: true
      )(input)
      var width = stemChannels
      for stage in layers.indices {
        for index in 0..<layers[stage] {
          let out = channels[stage]
          let stride = index == 0 ? strides[stage] : 1
          let y = block(
            scopes, stage: stage, index: index, in: width, out: out, stride: stride)(x)
          x = stride == 1 && width == out ? scopes.block.add(x, y) : y
          width = out
        }
        if outIndices.contains(stage) { net.output("layer\(stage + 1)", x) }
      }
      guard stageCount > InvertedArchitecture.blockStages else { return }
      x = unit(scopes.head(), in: width, out: headChannels, kernel: 1, rectifies: true)(x)
      if outIndices.contains(InvertedArchitecture.blockStages) {
        net.output("layer\(InvertedArchitecture.blockStages + 1)", x)
      }
      guard classes > 0 else { return }
      let (scope, name) = scopes.classifier()
      let linear = scope.linear(name, in: headChannels, out: classes, stage: .head)
      net.output("fc", linear(net.globalAvgPool(x, stage: .head)))
    }
  }

  private func block(
    _ scopes: InvertedScopes, stage: Int, index: Int, in width: Int, out: Int, stride: Int
  ) -> Layer {
    scopes.enterBlock(stage: stage, index: index)
    let inner = stage == 0 ? width : width * InvertedArchitecture.expansion
    let parts = stage == 0 ? InvertedPart.allCases.filter { $0 != .expand } : InvertedPart.allCases
    let layers = parts.map { part -> Layer in
      let place = scopes.part(part, isFirstStage: stage == 0)
      return switch part {
      case .expand: unit(place, in: width, out: inner, kernel: 1, rectifies: true)
      case .depthwise:
        unit(
          place, in: inner, out: inner, kernel: kernels[stage], stride: stride, groups: inner,
          rectifies: true)
      case .project: unit(place, in: inner, out: out, kernel: 1, rectifies: false)
      }
    }
    return Layer { x in layers.reduce(x) { $1($0) } }
  }

  /// A convolution with its norm and, if `rectifies`, a ReLU6. With stride 1, TensorFlow's and PyTorch's padding are
  /// the same.
  private func unit(
    _ place: InvertedPlace, in width: Int, out: Int, kernel: Int, stride: Int = 1, groups: Int = 1,
    rectifies: Bool
  ) -> Layer {
    let conv =
      padsAsTensorFlow && stride > 1
      ? place.scope.sameConv2d(
        place.conv, in: width, out: out, kernel: Size2D(kernel), stride: Size2D(stride),
        groups: groups, stage: place.stage)
      : place.scope.conv2d(
        place.conv, in: width, out: out, kernel: Size2D(kernel), stride: Size2D(stride),
        padding: Size2D(kernel / 2), groups: groups, stage: place.stage)
    let norm = place.normScope.batchNorm2d(
      place.norm, channels: out, eps: eps, requiresGrad: requiresGrad, stage: place.stage)
    return Layer { x in
      let y = norm(conv(x))
      return rectifies ? place.normScope.relu6(y, stage: place.stage) : y
    }
  }
}

/// The convolutions of an inverted residual block.
enum InvertedPart: CaseIterable {
  case expand, depthwise, project
}
