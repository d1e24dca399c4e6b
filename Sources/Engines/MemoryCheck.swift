import PthBackbones
import Glibc

/// Checks that a run fits into the machine's memory before anything is allocated.
package enum MemoryCheck {
  /// Checks the memory for the values of the reference engine that are alive at once, for an input of `shape`.
  ///
  /// oneDNN's engine usually needs less, and also checks the memory of its own plan.
  ///
  /// - Throws: ``EngineError/input(_:)`` for an input that does not fit the graph;
  ///   ``EngineError/memory(needed:available:)`` if the machine has less memory.
  /// - Returns: The bytes needed.
  @discardableResult
  package static func check(_ graph: ModelGraph, input shape: [Int]) throws(EngineError) -> Int {
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

  /// The memory available without swapping, in bytes: `MemAvailable` of /proc/meminfo (or the machine's whole memory
  /// if that cannot be read), or the limit of a control group or of the process's address space if that is less.
  static var availableBytes: Int { availableBytes(root: "") }

  /// - Parameter root: The folder that contains /proc and /sys; empty for `/`.
  static func availableBytes(root: String) -> Int {
    let total = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))
    let meminfo = lines(of: root + "/proc/meminfo").first { $0.hasPrefix("MemAvailable:") }
    let kilobytes = meminfo?.split(separator: " ").dropFirst().first.flatMap { Int($0) }
    let available = kilobytes.map { $0 * 1024 } ?? total
    return min(
      available, controlGroupLimit(root: root) ?? available,
      addressSpaceLeft(root: root) ?? available)
  }

  /// The address space that `ulimit -v` leaves, less what threads and libraries may still take; nil without a limit.
  private static func addressSpaceLeft(root: String) -> Int? {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0,
      limit.rlim_cur < UInt(Int.max)
    else { return nil }
    let pages = lines(of: root + "/proc/self/statm").first?.split(separator: " ").first
    let used = pages.flatMap { Int($0) } ?? 0
    return max(0, Int(limit.rlim_cur) - used * sysconf(Int32(_SC_PAGESIZE)) - (128 << 20))
  }

  /// The lowest limit of the process's control group and its parents (cgroup version 2 or 1); nil if there is none.
  private static func controlGroupLimit(root: String) -> Int? {
    var limits: [Int] = []
    for line in lines(of: root + "/proc/self/cgroup") {
      // `0::/path` in version 2, `4:memory:/path` in version 1.
      let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard fields.count == 3 else { continue }
      let folder: String
      let name: String
      if fields[0] == "0", fields[1].isEmpty {
        (folder, name) = ("/sys/fs/cgroup", "memory.max")
      } else if fields[1].split(separator: ",").contains("memory") {
        (folder, name) = ("/sys/fs/cgroup/memory", "memory.limit_in_bytes")
      } else {
        continue
      }
      // Inside of a container the path may be the host's, of which only the root exists here.
      var path = fields[2].split(separator: "/")
      while true {
        let file = ([root + folder] + path.map(String.init) + [name]).joined(separator: "/")
        // "max" is no limit.
        if let limit = lines(of: file).first.flatMap({ Int($0) }) { limits.append(limit) }
        if path.popLast() == nil { break }
      }
    }
    return limits.min()
  }

  /// The lines of a small file of the kernel; empty if it cannot be read.
  private static func lines(of path: String) -> [String] {
    guard let file = fopen(path, "r") else { return [] }
    defer { fclose(file) }
    var result: [String] = []
    var line = [CChar](repeating: 0, count: 4096)
    while fgets(&line, Int32(line.count), file) != nil {
      let bytes = line.prefix { $0 != 0 && $0 != 10 }.map(UInt8.init(bitPattern:))
      result.append(String(decoding: bytes, as: UTF8.self))
    }
    return result
  }
}
