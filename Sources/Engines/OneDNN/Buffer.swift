#if OneDNN
import CPthOneDNN

/// Memory that a plan uses during some of its steps.
struct Buffer: Sendable {
  /// Number of images, of pixels of each image, and of channels.
  let images: Int
  let pixels: Int
  let channels: Int
  /// Whether the layout is nChw16c, with zeros in the unused channels of the last block; otherwise it is dense nhwc.
  let isBlocked: Bool

  init(images: Int, pixels: Int, channels: Int, isBlocked: Bool = false) {
    self.images = images
    self.pixels = pixels
    self.channels = channels
    self.isBlocked = isBlocked
  }

  /// Scratch memory without a layout.
  init(byteCount: Int) {
    self.init(images: 1, pixels: 1, channels: (byteCount + 3) / 4)
  }

  var blockedChannels: Int { (channels + 15) / 16 * 16 }

  var byteCount: Int { images * pixels * (isBlocked ? blockedChannels : channels) * 4 }
}

/// A range of channels of a buffer, which holds a value.
struct BufferView: Hashable, Sendable {
  /// Index of the buffer in its plan.
  let buffer: Int
  /// First channel; 0 in a blocked buffer.
  let channel: Int
  let channels: Int

  /// Channels `start ..< start + count` of this view.
  func slice(start: Int, count: Int) -> BufferView {
    BufferView(buffer: buffer, channel: channel + start, channels: count)
  }

  func overlaps(_ other: BufferView) -> Bool {
    buffer == other.buffer && channel < other.channel + other.channels
      && other.channel < channel + channels
  }
}

/// The offsets of a plan's buffers in one allocation.
struct MemoryPlan: Sendable {
  /// The offset of each buffer in bytes, a multiple of 64.
  let offsets: [Int]
  let byteCount: Int

  /// Places buffers so that those that are never used at the same time share memory.
  ///
  /// The largest buffer is placed first, each at the lowest offset that is free during all of its steps.
  ///
  /// - Parameters:
  ///   - sizes: The size of each buffer in bytes.
  ///   - uses: For each buffer, the first and last step that uses it; nil if none does.
  init(sizes: [Int], uses: [ClosedRange<Int>?]) {
    let sizes = sizes.map { ($0 + 63) / 64 * 64 }
    var offsets = [Int](repeating: 0, count: sizes.count)
    var placed: [Int] = []
    var end = 0
    let order = sizes.indices.filter { uses[$0] != nil }.sorted {
      (sizes[$1], $0) < (sizes[$0], $1)
    }
    for buffer in order {
      guard let use = uses[buffer] else { continue }
      let neighbours = placed.filter { uses[$0]?.overlaps(use) == true }
      var offset = 0
      for other in neighbours.sorted(by: { offsets[$0] < offsets[$1] }) {
        if offset + sizes[buffer] <= offsets[other] { break }
        offset = max(offset, offsets[other] + sizes[other])
      }
      offsets[buffer] = offset
      placed.append(buffer)
      end = max(end, offset + sizes[buffer])
    }
    self.offsets = offsets
    byteCount = end
  }
}
#endif
