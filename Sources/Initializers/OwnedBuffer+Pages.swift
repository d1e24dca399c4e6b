import Bytes
import Glibc

extension OwnedBuffer {
  /// Asks the system to back the memory with large pages; a hint, without effect where there are
  /// none.
  func adviseLargePages() {
    let page = 4096
    guard let base = memory.baseAddress, memory.count >= 2 * page else { return }
    let start = UnsafeMutableRawPointer(bitPattern: (UInt(bitPattern: base) + 4095) & ~4095)
    guard let start else { return }
    let count = (memory.count - (start - base)) / page * page
    madvise(start, count, MADV_HUGEPAGE)
  }
}
