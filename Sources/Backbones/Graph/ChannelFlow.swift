/// Which channels of an operation's inputs each channel of its output is computed from.
package enum ChannelFlow: Sendable, Hashable {
  /// Each from all channels of all inputs.
  case mixed
  /// Each from the same channel of every input.
  case channelwise
  /// Each from the channels of its group: of `groups` equal parts of both.
  case grouped(Int)
  /// The inputs' channels one after another.
  case concatenated
  /// The input's channels from `start` on.
  case slice(start: Int)

  /// The channels of the inputs that only channels in `unread` are computed from.
  ///
  /// - Parameters:
  ///   - unread: for each channel of the output whether nothing reads it.
  ///   - channels: the number of channels of each input.
  package func unreadInputs(_ unread: [Bool], channels: [Int]) -> [[Bool]] {
    let all = unread.allSatisfy(\.self)
    func uniform() -> [[Bool]] { channels.map { Array(repeating: all, count: $0) } }
    switch self {
    case .mixed: return uniform()
    case .channelwise:
      return channels.map { $0 == unread.count ? unread : Array(repeating: all, count: $0) }
    case .grouped(let groups):
      guard channels.count == 1, groups > 0, unread.count % groups == 0, channels[0] % groups == 0
      else { return uniform() }
      let (outputs, inputs) = (unread.count / groups, channels[0] / groups)
      return [
        (0..<groups).flatMap { group in
          let isUnread = unread[group * outputs..<(group + 1) * outputs].allSatisfy(\.self)
          return Array(repeating: isUnread, count: inputs)
        }
      ]
    case .concatenated:
      guard channels.reduce(0, +) == unread.count else { return uniform() }
      var start = 0
      return channels.map { count in
        defer { start += count }
        return Array(unread[start..<start + count])
      }
    case .slice(let start):
      guard channels.count == 1, start + unread.count <= channels[0] else { return uniform() }
      var result = Array(repeating: true, count: channels[0])
      result.replaceSubrange(start..<start + unread.count, with: unread)
      return [result]
    }
  }
}
