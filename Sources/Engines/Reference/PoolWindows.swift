import PthBackbones

/// The part of the input under a pooling window at each output pixel.
struct PoolWindows {
  private let rows: [Span]
  private let columns: [Span]

  /// One window along one dimension.
  private struct Span {
    /// The positions inside of the input.
    let inside: Range<Int>
    /// The number of positions inside of the padded input.
    let paddedCount: Int

    /// The window at position `index` starts at `index·stride − padding`, and ends at the end of the padded input
    /// at the latest.
    init(_ index: Int, kernel: Int, stride: Int, padding: Int, length: Int) {
      let start = index * stride - padding
      let end = min(start + kernel, length + padding)
      paddedCount = end - start
      inside = max(start, 0)..<max(max(start, 0), min(end, length))
    }
  }

  init(_ pool: some Pooling, input: Activation, output: Activation) {
    rows = (0..<output.height).map {
      Span(
        $0, kernel: pool.kernel.height, stride: pool.stride.height, padding: pool.padding.height,
        length: input.height)
    }
    columns = (0..<output.width).map {
      Span(
        $0, kernel: pool.kernel.width, stride: pool.stride.width, padding: pool.padding.width,
        length: input.width)
    }
  }

  /// Calls `body` for every output pixel with the rows and columns of the input under its window, and the number of
  /// the window's elements inside of the padded input.
  func forEach(
    _ body: (_ pixel: Int, _ rows: Range<Int>, _ columns: Range<Int>, _ paddedCount: Int) -> Void
  ) {
    for (y, row) in rows.enumerated() {
      for (x, column) in columns.enumerated() {
        body(
          y * columns.count + x, row.inside, column.inside,
          row.paddedCount * column.paddedCount)
      }
    }
  }
}
