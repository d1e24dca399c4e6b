import Glibc

extension OwnedBuffer {
  /// Asks the system to back the memory with large pages; without effect on systems that have none.
  package func adviseLargePages() {
    let page: UInt = 4096
    let first = UInt(bitPattern: memory.baseAddress)
    let start = (first + page - 1) / page * page
    let end = (first + UInt(memory.count)) / page * page
    guard start < end else { return }
    madvise(UnsafeMutableRawPointer(bitPattern: start), Int(end - start), MADV_HUGEPAGE)
  }
}
