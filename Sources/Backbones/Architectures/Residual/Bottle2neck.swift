extension ResidualConfiguration {
  /// The block of Res2Net (Gao et al. 2019, figure 2b): the input of the 3×3 convolution is split by channels.
  /// Each split but the last is convolved, after the previous split's result was added to it.
  ///
  /// In the first block of a stage nothing is added, and the last split is average-pooled, always or only with a
  /// stride (``ResidualFlavor/StagePooling``). With
  /// ``ResidualFlavor/firstBlockNeedsShortcut``, a first block without shortcut is like any other block.
  func bottle2neck(_ block: ModuleBuilder, _ site: BlockSite) -> Layer {
    let width = width(planes: site.planes)
    let out = site.planes * self.block.expansion
    let conv1 = block.conv2d(
      "conv1", in: site.inChannels, out: width * scales, kernel: 1,
      stride: Size2D(isCaffeStyle ? site.stride : 1))
    let norm1 = normLayer(block, number: 1, channels: width * scales)
    var splits: [(conv: Layer, norm: Layer)] = []
    if !flavor.registersSplitsLast { splits = declareSplits(block, width: width, site) }
    let conv3 = block.conv2d("conv3", in: width * scales, out: out, kernel: 1)
    let norm3 = normLayer(block, number: 3, channels: out)
    let downsample = downsample(block, site)
    if flavor.registersSplitsLast { splits = declareSplits(block, width: width, site) }

    let isFirst = site.index == 0 && (!flavor.firstBlockNeedsShortcut || downsample != nil)
    let poolStride = isCaffeStyle ? 1 : site.stride
    let poolsLastSplit = isFirst && (stagePooling == .always || poolStride != 1)
    return Layer { x in
      let y = block.relu(norm1(conv1(x)))
      var parts: [Value] = []
      for (index, split) in splits.enumerated() {
        var part = block.slice(y, start: index * width, count: width)
        if let previous = parts.last, !isFirst { part = block.add(previous, part) }
        parts.append(block.relu(split.norm(split.conv(part))))
      }
      if scales > 1 {
        let last = block.slice(y, start: (scales - 1) * width, count: width)
        parts.append(
          poolsLastSplit
            ? block.avgPool2d(
              last, kernel: 3, stride: Size2D(poolStride), padding: 1, name: "pool") : last)
      }
      let z = norm3(conv3(block.concat(parts)))
      return block.relu(block.add(z, downsample?(x) ?? x))
    }
  }

  private func declareSplits(
    _ block: ModuleBuilder, width: Int, _ site: BlockSite
  ) -> [(conv: Layer, norm: Layer)] {
    let convs = block.moduleList("convs")
    let norms = block.moduleList("bns")
    return (0..<max(scales - 1, 1)).map { index in
      (
        conv3x3(convs, "\(index)", width: width, site),
        normLayer(norms, name: "\(index)", channels: width)
      )
    }
  }
}
