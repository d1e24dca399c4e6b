extension ResidualConfiguration {
  /// 1×1, 3×3 and 1×1 convolutions (He et al. 2015, figure 5 right); with groups, the block of
  /// ResNeXt (Xie et al. 2016).
  func bottleneck(_ block: ModuleBuilder, _ site: BlockSite) -> Layer {
    let width = width(planes: site.planes)
    let out = site.planes * self.block.expansion
    let shortcut = flavor.layout == .detectron2 ? downsample(block, site) : nil
    let conv1 = block.conv2d(
      "conv1", in: site.inChannels, out: width, kernel: 1,
      stride: Size2D(isCaffeStyle ? site.stride : 1))
    let norm1 = normLayer(block, number: 1, channels: width)
    let conv2 = conv3x3(block, "conv2", width: width, site)
    let norm2 = normLayer(block, number: 2, channels: width)
    let conv3 = block.conv2d("conv3", in: width, out: out, kernel: 1)
    let norm3 = normLayer(block, number: 3, channels: out)
    let downsample = shortcut ?? (flavor.layout == .common ? downsample(block, site) : nil)
    return Layer { x in
      var y = block.relu(norm1(conv1(x)))
      y = block.relu(norm2(conv2(y)))
      y = norm3(conv3(y))
      return block.relu(block.add(y, downsample?(x) ?? x))
    }
  }

  /// The 3×3 convolution of a bottleneck, ordinary or deformable.
  func conv3x3(_ scope: ModuleBuilder, _ name: String, width: Int, _ site: BlockSite) -> Layer {
    let stride = Size2D(isCaffeStyle ? 1 : site.stride)
    let dilation = Size2D(site.firstDilation)
    if let deform, site.isDeformable {
      return scope.deformConv2d(
        name, in: width, out: width, kernel: 3, stride: stride, padding: dilation,
        dilation: dilation, groups: groups, deformGroups: deform.deformGroups,
        modulated: deform.isModulated,
        offsetBeside: flavor.layout == .detectron2 ? "\(name)_offset" : nil)
    }
    return scope.conv2d(
      name, in: width, out: width, kernel: 3, stride: stride, padding: dilation,
      dilation: dilation, groups: groups)
  }
}
