/// The shapes of a residual network's tensors, by stage, block and canonical name.
struct ResidualTensors: Sendable {
  /// Shapes by the name inside of a block (`conv1.weight`), or by the whole name outside of the stages.
  typealias Members = [Substring: [Int]]

  /// The blocks of layer1 to layer4, by number.
  let stages: [[Int: Members]]
  /// Everything outside of the stages.
  let rest: Members
  /// All blocks, by stage and number.
  let blocks: [(stage: Int, number: Int, members: Members)]
  /// The kind of most blocks; nil if no block shows it.
  let kind: ResidualBlock?
  /// The 3×3 convolutions of each block of that kind.
  let inner: [[(name: Substring, shape: [Int])]]

  init(_ keys: [KeyShape]) {
    var stages = [[Int: Members]](repeating: [:], count: 4)
    var rest: Members = [:]
    for entry in keys {
      if let place = ResidualPlace(entry.key) {
        stages[place.stage][place.block, default: [:]][place.member] = entry.shape
      } else {
        rest[entry.key[...]] = entry.shape
      }
    }
    blocks = stages.enumerated().flatMap { stage, blocks in
      blocks.sorted { $0.key < $1.key }.map { (stage, $0.key, $0.value) }
    }
    var kinds = Votes<ResidualBlock>()
    for block in blocks { if let kind = block.members.kind { kinds.add(kind) } }
    let winner = kinds.winner
    kind = winner
    inner = blocks.map { block in winner.map { block.members.inner($0) } ?? [] }
    self.stages = stages
    self.rest = rest
  }
}

/// The stage, the block and the name inside of it, for a canonical name in a stage of a residual network.
struct ResidualPlace {
  /// From 0.
  let stage: Int
  let block: Int
  let member: Substring

  /// Nil if `key` is not inside of a block.
  init?(_ key: String) {
    let found = key[...].withUTF8Bytes { bytes -> (stage: Int, block: Int, member: Int)? in
      // layer1.0.x
      guard bytes.count >= 10, bytes[0] == UInt8(ascii: "l"), bytes[1] == UInt8(ascii: "a"),
        bytes[2] == UInt8(ascii: "y"), bytes[3] == UInt8(ascii: "e"), bytes[4] == UInt8(ascii: "r"),
        (UInt8(ascii: "1")...UInt8(ascii: "4")).contains(bytes[5]), bytes[6] == UInt8(ascii: ".")
      else { return nil }
      var block = 0
      var index = 7
      while index < bytes.count, bytes[index] != UInt8(ascii: ".") {
        guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[index]) else { return nil }
        block = block * 10 + Int(bytes[index] - UInt8(ascii: "0"))
        guard block < Self.blockLimit else { return nil }
        index += 1
      }
      guard index > 7, index + 1 < bytes.count else { return nil }
      return (Int(bytes[5] - UInt8(ascii: "1")), block, index + 1)
    }
    guard let found else { return nil }
    stage = found.stage
    block = found.block
    member = key[key.utf8.index(key.startIndex, offsetBy: found.member)...]
  }

  /// Whether it is a convolution or norm of a block.
  var isMember: Bool { Self.members.contains(member.firstKeyComponent) }

  private static let members = WordIndex([
    "conv1", "conv2", "conv3", "bn1", "bn2", "bn3", "convs", "bns", "downsample",
  ])
  /// Larger block numbers are not read, so that no sum overflows.
  private static let blockLimit = 1000
}

extension ResidualTensors.Members {
  /// The shape of a convolution's weight; nil unless it has four dimensions between 1 and a limit.
  func convolution(_ name: Substring) -> [Int]? {
    guard let shape = self[name + ".weight"], shape.count == 4,
      shape.allSatisfy((1...Limit.channels).contains)
    else { return nil }
    return shape
  }

  /// The channels of a norm: the length of the first of its vectors that is there.
  func norm(_ name: Substring) -> Int? {
    for attribute in ["weight", "bias", "running_mean", "running_var"] {
      if let shape = self["\(name).\(attribute)"], shape.count == 1,
        (1...Limit.channels).contains(shape[0])
      {
        return shape[0]
      }
    }
    return nil
  }

  /// The 3×3 convolutions of a block of this kind, by name.
  func inner(_ block: ResidualBlock) -> [(name: Substring, shape: [Int])] {
    let names: [Substring]
    if block == .bottle2neck {
      names = keys.filter { $0.firstKeyComponent == "convs" }.compactMap { key in
        let words = key.keyComponents
        return words.count == 3 && words[2] == "weight" ? key.dropLast(".weight".count) : nil
      }.sorted()
    } else {
      names = ["conv2"]
    }
    return names.compactMap { name in convolution(name).map { (name, $0) } }
  }

  /// The kind of block that these members show; nil if they show none.
  var kind: ResidualBlock? {
    let isSplit = keys.contains {
      let first = $0.firstKeyComponent
      return (first == "convs" || first == "bns") && first.endIndex != $0.endIndex
    }
    if isSplit { return .bottle2neck }
    func contains(_ number: Int) -> Bool {
      self["conv\(number).weight"] != nil || norm("bn\(number)") != nil
    }
    if contains(3) { return .bottleneck }
    return contains(1) || contains(2) ? .basic : nil
  }
}
