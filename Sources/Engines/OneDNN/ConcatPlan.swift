#if OneDNN
import PthBackbones

/// Where the parts of concatenations go.
///
/// A Res2Net block slices a tensor, convolves the slices and concatenates the results: each result
/// may take the place of the slice that it was made from, so that a slice which passes unchanged
/// need not be moved at all.
struct ConcatPlan {
  /// For the value of a part, the concatenations (by their value) that it belongs to and its first
  /// channel there.
  private(set) var places: [Value: [(concat: Value, channel: Int)]] = [:]
  /// For a concatenation that is made in place, the value whose memory it takes over.
  private(set) var bases: [Value: Value] = [:]

  init(_ nodes: [FusedNode], _ uses: ValueUses, shapes: [[Int]]) {
    for (index, node) in nodes.enumerated() {
      guard node.operation is ConcatChannels else { continue }
      var channel = 0
      var parts: [(value: Value, place: ChannelRange)] = []
      for input in node.first.inputs {
        let count = shapes[input.id][1]
        parts.append((input, ChannelRange(start: channel, count: count)))
        places[input, default: []].append((node.output, channel))
        channel += count
      }
      let base = parts.lazy.map { uses.origin(of: $0.value).value }.first {
        Self.canTakeOver($0, parts, at: index, uses, shapes: shapes, result: node.output)
      }
      if let base, !bases.values.contains(base) { bases[node.output] = base }
    }
  }

  /// Whether `base`, of the same shape, is no longer needed wherever a part is written over it.
  private static func canTakeOver(
    _ base: Value, _ parts: [(value: Value, place: ChannelRange)], at step: Int,
    _ uses: ValueUses,
    shapes: [[Int]], result: Value
  ) -> Bool {
    guard base != .input, shapes[base.id] == shapes[result.id],
      !parts.contains(where: { $0.value == base }),
      Set(parts.map(\.value)).count == parts.count,
      uses.reads(of: base).allSatisfy({ $0.step <= step })
    else { return false }
    return parts.allSatisfy { part in
      let origin = uses.origin(of: part.value)
      if origin.value == base { return origin.channels == part.place }
      // A slice of something else is copied when all are concatenated.
      let written = origin.value == part.value ? uses.producer(of: part.value) : step
      guard written > uses.producer(of: base) else { return false }
      return uses.reads(of: base).allSatisfy {
        $0.step <= written || $0.step == step || !$0.channels.overlaps(part.place)
      }
    }
  }
}

struct ChannelRange: Hashable {
  var start: Int
  var count: Int

  func overlaps(_ other: ChannelRange) -> Bool {
    start < other.start + other.count && other.start < start + count
  }
}

/// Which nodes read which channels of a value, and when.
struct ValueUses {
  struct Read {
    /// Index of the fused node.
    let step: Int
    let channels: ChannelRange
  }

  private var origins: [Value: (value: Value, channels: ChannelRange)] = [:]
  private var readsByOrigin: [Value: [Read]] = [:]
  private var producers: [Value: Int] = [:]

  init(_ nodes: [FusedNode], shapes: [[Int]]) {
    origins[.input] = (.input, ChannelRange(start: 0, count: shapes[0][1]))
    for (index, node) in nodes.enumerated() {
      producers[node.output] = index
      for input in node.inputs {
        var (origin, channels) = origin(of: input)
        if let slice = node.operation as? SliceChannels {
          channels = ChannelRange(start: channels.start + slice.start, count: slice.count)
          origins[node.output] = (origin, channels)
        } else {
          let all = ChannelRange(start: 0, count: shapes[node.output.id][1])
          origins[node.output] = (node.output, all)
        }
        readsByOrigin[origin, default: []].append(Read(step: index, channels: channels))
      }
    }
  }

  /// The value that `value` is a slice of (itself, if it is none), and the channels.
  func origin(of value: Value) -> (value: Value, channels: ChannelRange) {
    origins[value] ?? (value, ChannelRange(start: 0, count: 0))
  }

  /// All reads of a value and of its slices; the slicing counts as one.
  func reads(of value: Value) -> [Read] { readsByOrigin[value] ?? [] }

  /// Index of the fused node that computes it.
  func producer(of value: Value) -> Int { producers[value] ?? -1 }
}
#endif
