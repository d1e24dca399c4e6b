#if OneDNN
import PthBackbones

/// The places of the parts of concatenations.
///
/// A Res2Net block slices a tensor, convolves the slices and concatenates the results. Each result may overwrite the
/// slice that it was computed from, so that a slice that passes unchanged need not be copied.
struct ConcatPlan {
  /// For a part, the concatenations (by their output) that it belongs to and its first channel there.
  private(set) var places: [Value: [(concat: Value, channel: Int)]] = [:]
  /// For the output of a concatenation that is done in place, the value whose memory it overwrites.
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

  /// Whether the concatenation can overwrite `base`: it has the same shape, and no overwritten channel is read
  /// later.
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
      // A slice of another value is copied only at the concatenation.
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

/// The reads of each value: which node reads which channels.
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

  /// The value that `value` is a slice of, and the slice's channels; `value` itself if it is no slice.
  func origin(of value: Value) -> (value: Value, channels: ChannelRange) {
    origins[value] ?? (value, ChannelRange(start: 0, count: 0))
  }

  /// All reads of a value and of its slices; the slicing itself is one of them.
  func reads(of value: Value) -> [Read] { readsByOrigin[value] ?? [] }

  /// Index of the fused node that computes the value; -1 for the input.
  func producer(of value: Value) -> Int { producers[value] ?? -1 }
}
#endif
