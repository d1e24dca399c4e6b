import PthBackbones

/// Provides the inputs of a convolution.
protocol PatchSource {
  /// Writes the inputs under the kernel, of `group` of image `image`, for four output pixels from `pixel` on
  /// (row-major). For each `(channel in the group, kernel row, kernel column)`, in C order, one vector across the
  /// pixels is written. Pixels past the end are 0.
  func fill(_ patches: PanelMatrix.Panel, image: Int, group: Int, pixel: Int)
}

/// The computation that plain and deformable convolutions share:
///
/// `out[b, o, pixel] = bias[o] + Σ_k weight[o, k] · patch[pixel, k]`
///
/// where k runs over the group's input channels and the kernel's positions.
struct PatchConvolution {
  let conv: Conv2d
  /// `[out, in / groups, kernel height, kernel width]`.
  let weight: Activation
  let bias: Activation?
  let threads: Int

  /// Number of pixels whose patches are made and used at a time: small enough for the second-level cache.
  private func tileSize(pixels: Int) -> Int {
    let fitting = 65536 / conv.fanIn
    let share = (pixels + threads - 1) / threads
    return max(4, min(fitting, share, 256) / 4 * 4)
  }

  func run(_ source: some PatchSource, into output: Activation) {
    let (depth, pixels) = (conv.fanIn, output.area)
    let groupChannels = conv.outChannels / conv.groups
    let weights = (0..<conv.groups).map { group in
      let size = groupChannels * depth
      return PanelMatrix(
        weight.values[group * size..<(group + 1) * size], rows: groupChannels, depth: depth,
        threads: threads)
    }
    let tile = tileSize(pixels: pixels)
    let tiles = (pixels + tile - 1) / tile
    Parallel.forEach(output.batch * conv.groups * tiles, threads: threads) { index in
      let (image, group) = (index / tiles / conv.groups, index / tiles % conv.groups)
      let start = index % tiles * tile
      let patches = PanelMatrix(rows: min(tile, pixels - start), depth: depth)
      defer { withExtendedLifetime(patches) {} }
      for panel in 0..<patches.panelCount {
        source.fill(patches.panel(panel), image: image, group: group, pixel: start + 4 * panel)
      }
      for block in 0..<weights[group].panelCount {
        let first = group * groupChannels + 4 * block
        let rows = min(4, groupChannels - 4 * block)
        for panel in 0..<patches.panelCount {
          let sums = PanelMatrix.product(weights[group].panel(block), patches.panel(panel))
          let pixel = start + 4 * panel
          let count = min(4, pixels - pixel)
          func store(_ sum: SIMD4<Double>, row: Int) {
            guard row < rows else { return }
            let plane = output.plane(image * conv.outChannels + first + row)
            let offset = bias?.values[first + row] ?? 0
            for lane in 0..<count { plane[pixel + lane] = sum[lane] + offset }
          }
          store(sums.0, row: 0)
          store(sums.1, row: 1)
          store(sums.2, row: 2)
          store(sums.3, row: 3)
        }
      }
    }
  }
}
