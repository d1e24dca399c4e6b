import PthBackbones

/// The evidence that a name of an unknown implementation gives about its tensor: the role from the last word, the
/// order from the numbers.
///
/// Every character that is neither letter nor digit separates words, so that `layer1/0/bn1/moving_mean:0` gives
/// the same evidence as `layer1.0.bn1.moving_mean`.
struct NameEvidence {
  /// PyTorch's name for the tensor in its module (`weight`); nil if the last word does not show it.
  let attribute: String?
  /// The name with `#` for every number and `@` for every single letter, by which names that differ only in these
  /// are grouped.
  private let pattern: [UInt8]
  /// The numbers (without leading zeros) and single letters of the name in their order.
  private let numbers: [[UInt8]]

  init(_ name: String) {
    var pattern: [UInt8] = []
    var numbers: [[UInt8]] = []
    var words: [[UInt8]] = []
    let bytes = Array(name.utf8)
    var position = 0
    while position < bytes.count {
      let start = position
      if Self.isDigit(bytes[position]) {
        while position < bytes.count, Self.isDigit(bytes[position]) { position += 1 }
        numbers.append(Array(bytes[start..<position].drop { $0 == UInt8(ascii: "0") }))
        pattern.append(UInt8(ascii: "#"))
      } else if Self.isLetter(bytes[position]) {
        while position < bytes.count, Self.isLetter(bytes[position]) { position += 1 }
        let word = bytes[start..<position].map { $0 | 0x20 }
        words.append(word)
        let isAlone =
          word.count == 1 && position < bytes.count && !Self.isDigit(bytes[position])
          && (start == 0 || !Self.isDigit(bytes[start - 1]))
        if isAlone { numbers.append(word) }
        pattern += isAlone ? [UInt8(ascii: "@")] : word
      } else {
        pattern.append(bytes[position])
        position += 1
      }
    }
    self.pattern = pattern
    self.numbers = numbers
    attribute = words.last.flatMap { Self.attribute(String(decoding: $0, as: UTF8.self)) }
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
  }

  /// PyTorch's attribute for a last word of PyTorch, Keras, JAX, MXNet, Caffe2, Chainer or Paddle.
  private static func attribute(_ word: String) -> String? {
    if let attribute = attributes[word] { return attribute }
    // Words written as one: `runningMean`, `movingvariance`.
    return endings.first { word.hasSuffix($0.ending) }?.attribute
  }

  private static let attributes = [
    "weight": "weight", "weights": "weight", "w": "weight", "kernel": "weight", "gamma": "weight",
    "scale": "weight", "filters": "weight",
    "bias": "bias", "biases": "bias", "b": "bias", "beta": "bias", "offset": "bias",
    "shift": "bias", "mean": "running_mean", "rm": "running_mean", "var": "running_var",
    "variance": "running_var", "riv": "running_var", "tracked": "num_batches_tracked",
  ]
  private static let endings = [
    (ending: "mean", attribute: "running_mean"), (ending: "var", attribute: "running_var"),
    (ending: "variance", attribute: "running_var"), (ending: "weight", attribute: "weight"),
    (ending: "bias", attribute: "bias"), (ending: "gamma", attribute: "weight"),
    (ending: "beta", attribute: "bias"),
  ]

  /// Whether no name contradicts the entry that it is aligned with, by its role or, among names that differ only
  /// in numbers, by the order of blocks.
  static func agree(_ names: ArraySlice<NameEvidence>, with entries: [StateEntry]) -> Bool {
    var last: [[UInt8]: (numbers: [[UInt8]], place: Place)] = [:]
    let pairs = zip(names, entries).map { (name: $0, entry: $1) }
    for (name, entry) in pairs {
      if let attribute = name.attribute, attribute != entry.attribute { return false }
    }
    // Entries are in the order of blocks, so the numbers must not decrease from one block to another.
    for (name, entry) in pairs {
      let place = Place(entry)
      if let before = last[name.pattern], precedes(name.numbers, before.numbers),
        before.place != place
      {
        return false
      }
      last[name.pattern] = (name.numbers, place)
    }
    return true
  }

  /// Whether every vector's name shows its role; the vectors of a norm all have the same shape.
  static func tellRoles(_ names: ArraySlice<NameEvidence>, of entries: [StateEntry]) -> Bool {
    zip(names, entries).allSatisfy { name, entry in
      entry.shape.count != 1 || name.attribute != nil
    }
  }

  /// Whether the numbers are smaller than others of the same pattern, compared from the left.
  private static func precedes(_ left: [[UInt8]], _ right: [[UInt8]]) -> Bool {
    for (a, b) in zip(left, right) where a != b {
      return a.count == b.count ? a.lexicographicallyPrecedes(b) : a.count < b.count
    }
    return false
  }

  /// A block of the backbone.
  private struct Place: Equatable {
    let stage: Stage
    let block: Substring?

    init(_ entry: StateEntry) {
      stage = entry.stage
      block = entry.name.keyComponents.dropFirst().first { Int($0) != nil }
    }
  }
}
