import Backbones
import Glibc

/// Whether a run fits into the machine's memory, asked before anything is allocated.
public enum MemoryCheck {
  /// The bytes of all values of the reference engine that are alive at once, for an input of
  /// `shape`: an upper bound of what the fast engine needs as well.
  ///
  /// - Throws: ``EngineError/input(_:)`` for an input that the graph does not take;
  ///   ``EngineError/memory(needed:available:)`` if it is more than the machine has.
  /// - Returns: The bytes needed.
  @discardableResult
  public static func check(_ graph: ModelGraph, input shape: [Int]) throws(EngineError) -> Int {
    try check(
      graph, shapes: graph.checkedShapes(input: shape), bytesPerElement: 8,
      available: availableBytes)
  }

  @discardableResult
  static func check(
    _ graph: ModelGraph, shapes: [[Int]], bytesPerElement: Int, available: Int
  ) throws(EngineError) -> Int {
    var needed = Int.max
    if let elements = Liveness(graph).peakElementCount(shapes: shapes) {
      let (bytes, overflow) = elements.multipliedReportingOverflow(by: bytesPerElement)
      if !overflow { needed = bytes }
    }
    guard needed <= available else { throw .memory(needed: needed, available: available) }
    return needed
  }

  /// What the system would give without swapping: `MemAvailable` of /proc/meminfo, or all of the
  /// machine's memory where that cannot be read.
  static var availableBytes: Int {
    let total = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))
    guard let file = fopen("/proc/meminfo", "r") else { return total }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 256)
    while fgets(&line, Int32(line.count), file) != nil {
      let fields = String(
        decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self
      )
      .split { $0 == " " || $0 == "\n" }
      if fields.first == "MemAvailable:", fields.count > 1, let kilobytes = Int(fields[1]) {
        return kilobytes * 1024
      }
    }
    return total
  }
}
