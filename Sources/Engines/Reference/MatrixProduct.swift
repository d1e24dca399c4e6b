import PthBytes

/// A `rows × depth` matrix packed in panels of four rows: element `(row, k)` is at
/// `4·(row/4·depth + k) + row%4`, with zero rows up to a multiple of four.
///
/// Two packed matrices are multiplied with all sums in registers and with sequential reads.
struct PanelMatrix {
  typealias Panel = UnsafeMutableBufferPointer<SIMD4<Double>>

  let rows: Int
  let depth: Int
  private let buffer: OwnedBuffer

  var panelCount: Int { (rows + 3) / 4 }

  /// Allocates memory without initialising it.
  init(rows: Int, depth: Int) {
    self.rows = rows
    self.depth = depth
    buffer = OwnedBuffer(count: (rows + 3) / 4 * depth * MemoryLayout<SIMD4<Double>>.stride)
  }

  /// Rows `4·index ..< 4·index + 4`: `depth` vectors, each with one element of every row.
  func panel(_ index: Int) -> Panel {
    let all = buffer.memory.bindMemory(to: SIMD4<Double>.self)
    return Panel(rebasing: all[index * depth..<(index + 1) * depth])
  }

  /// Packs `rows × depth` elements in C order.
  init(_ elements: Slice<UnsafeMutableBufferPointer<Double>>, rows: Int, depth: Int, threads: Int) {
    self.init(rows: rows, depth: depth)
    Parallel.forEach(panelCount, threads: threads) { [self] index in
      let panel = panel(index)
      for k in 0..<depth {
        var vector = SIMD4<Double>.zero
        for lane in 0..<min(4, rows - 4 * index) {
          vector[lane] = elements[elements.startIndex + (4 * index + lane) * depth + k]
        }
        panel[k] = vector
      }
    }
  }

  /// `Σ_k left[i, k] · right[j, k]` for the four rows i of one panel and the four rows j of the
  /// other; one vector across j for each i.
  @inline(__always)
  static func product(
    _ left: Panel, _ right: Panel
  ) -> (SIMD4<Double>, SIMD4<Double>, SIMD4<Double>, SIMD4<Double>) {
    var sums = (SIMD4<Double>.zero, SIMD4<Double>.zero, SIMD4<Double>.zero, SIMD4<Double>.zero)
    for k in 0..<min(left.count, right.count) {
      let (a, b) = (left[k], right[k])
      sums.0 += a[0] * b
      sums.1 += a[1] * b
      sums.2 += a[2] * b
      sums.3 += a[3] * b
    }
    return sums
  }
}
