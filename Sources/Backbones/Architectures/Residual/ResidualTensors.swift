/// The shapes of a residual network's tensors by their place, under canonical names.
struct ResidualTensors {
  /// Shapes by the name inside of a block or stem (`conv1.weight`).
  typealias Members = [Substring: [Int]]

  /// Of layer1 to layer4 the blocks by number.
  private(set) var stages: [[Int: Members]] = Array(repeating: [:], count: 4)
  /// Everything outside of the stages.
  private(set) var rest: Members = [:]

  init(_ keys: [KeyShape]) {
    for entry in keys {
      if let place = ResidualPlace(entry.key) {
        stages[place.stage][place.block, default: [:]][place.member] = entry.shape
      } else {
        rest[entry.key[...]] = entry.shape
      }
    }
  }

  /// All blocks, by stage and number.
  var blocks: [(stage: Int, number: Int, members: Members)] {
    stages.enumerated().flatMap { stage, blocks in
      blocks.sorted { $0.key < $1.key }.map { (stage, $0.key, $0.value) }
    }
  }
}

/// Where a canonical name lies in the stages of a residual network.
struct ResidualPlace {
  /// From 0.
  let stage: Int
  let block: Int
  let member: Substring

  /// Nil if `key` does not lie in a block.
  init?(_ key: String) {
    let words = key.utf8.split(separator: UInt8(ascii: "."), maxSplits: 2)
    let name = "layer"
    guard words.count == 3, words[0].count == name.utf8.count + 1, key.hasPrefix(name),
      let digit = words[0].last, (UInt8(ascii: "1")...UInt8(ascii: "4")).contains(digit),
      let block = Int(Substring(words[1])), (0..<Self.blockLimit).contains(block)
    else { return nil }
    stage = Int(digit - UInt8(ascii: "1"))
    self.block = block
    member = Substring(words[2])
  }

  /// Whether it is a convolution or norm of a block.
  var isMember: Bool { Self.members.contains(member.prefix { $0 != "." }) }

  private static let members: Set<Substring> = [
    "conv1", "conv2", "conv3", "bn1", "bn2", "bn3", "convs", "bns", "downsample",
  ]
  /// More blocks than any stage has.
  private static let blockLimit = 1000
}

extension ResidualTensors.Members {
  /// The shape of a convolution's weight: four dimensions, none of them 0 or beyond all measure.
  func convolution(_ name: Substring) -> [Int]? {
    guard let shape = self[name + ".weight"], shape.count == 4,
      shape.allSatisfy((1...Limit.channels).contains)
    else { return nil }
    return shape
  }

  /// The channels of a norm: the length of any of its vectors.
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
      names = keys.filter { $0.hasPrefix("convs.") && $0.hasSuffix(".weight") }
        .map { $0.dropLast(".weight".count) }.filter { $0.count { $0 == "." } == 1 }.sorted()
    } else {
      names = ["conv2"]
    }
    return names.compactMap { name in convolution(name).map { (name, $0) } }
  }

  /// The kind of block that these are members of; nil if nothing tells.
  var kind: ResidualBlock? {
    if keys.contains(where: { $0.hasPrefix("convs.") || $0.hasPrefix("bns.") }) {
      return .bottle2neck
    }
    func contains(_ number: Int) -> Bool {
      self["conv\(number).weight"] != nil || norm("bn\(number)") != nil
    }
    if contains(3) { return .bottleneck }
    return contains(1) || contains(2) ? .basic : nil
  }
}
