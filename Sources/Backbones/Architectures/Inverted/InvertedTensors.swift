/// The shapes of a file's tensors inside of blocks, by stage, block and canonical name.
struct InvertedTensors: Sendable {
  /// The stage, the block and the name inside of it of a block's tensor.
  struct Place: Hashable {
    /// From 1.
    let stage: Int
    let index: Int
    let member: Substring
  }

  static let members: Set<Substring> = [
    "expand", "expand_norm", "depthwise", "depthwise_norm", "project", "project_norm",
  ]

  /// The place of a tensor with this canonical name; nil if it is not a block's.
  static func place(of name: String) -> Place? {
    let words = name.keyComponents
    guard words.count == 4, members.contains(words[2]), let (stage, index) = block(words) else {
      return nil
    }
    return Place(stage: stage, index: index, member: words[2])
  }

  private static func block(_ words: [Substring]) -> (stage: Int, index: Int)? {
    guard words[0].hasPrefix("layer"), let stage = Int(words[0].dropFirst(5)),
      (1...InvertedArchitecture.blockStages).contains(stage), let index = Int(words[1]),
      (0..<1000).contains(index)
    else { return nil }
    return (stage, index)
  }

  private(set) var convolutions: [(place: Place, shape: [Int])] = []
  /// Number of blocks of each stage.
  private(set) var layers = [Int](repeating: 0, count: InvertedArchitecture.blockStages)

  init(_ keys: [KeyShape]) {
    for entry in keys {
      guard let place = Self.place(of: entry.key) else { continue }
      layers[place.stage - 1] = max(layers[place.stage - 1], place.index + 1)
      if entry.shape.count == 4 { convolutions.append((place, entry.shape)) }
    }
  }
}
