extension ResidualConfiguration {
  /// Two 3×3 convolutions (He et al. 2015, figure 5 left).
  func basicBlock(_ block: ModuleBuilder, _ site: BlockSite) -> Layer {
    let shortcut = flavor.layout == .detectron2 ? downsample(block, site) : nil
    let conv1 = block.conv2d(
      "conv1", in: site.inChannels, out: site.planes, kernel: 3, stride: Size2D(site.stride),
      padding: Size2D(site.firstDilation), dilation: Size2D(site.firstDilation))
    let norm1 = normLayer(block, number: 1, channels: site.planes)
    let dilation = Size2D(flavor.dilatesSecondConvolution ? site.dilation : 1)
    let conv2 = block.conv2d(
      "conv2", in: site.planes, out: site.planes, kernel: 3, padding: dilation, dilation: dilation)
    let norm2 = normLayer(block, number: 2, channels: site.planes)
    let downsample = shortcut ?? (flavor.layout == .common ? downsample(block, site) : nil)
    return Layer { x in
      var out = block.relu(norm1(conv1(x)))
      out = norm2(conv2(out))
      return block.relu(block.add(out, downsample?(x) ?? x))
    }
  }
}
