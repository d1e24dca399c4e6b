import PthBackbones

/// What a name says about its tensor's place even if nobody knows the names: a role in its last
/// word, and an order in its numbers.
struct NameEvidence {
  /// What the tensor is inside of its module; nil if the last word does not tell.
  private let attribute: String?
  /// The name with every number left out: names that differ in nothing else.
  private let pattern: String
  /// The numbers in their order, as a row of digits without leading zeros each.
  private let numbers: [Substring]

  init(_ name: String) {
    attribute = Self.attributes[name.keyComponents.last.map(String.init) ?? ""]
    let pieces = name.split(omittingEmptySubsequences: false) { !($0.isASCII && $0.isNumber) }
    numbers = pieces.filter { !$0.isEmpty }.map { $0.drop { $0 == "0" } }
    var pattern = ""
    var isNumber = false
    for character in name {
      let isDigit = character.isASCII && character.isNumber
      if !isDigit { pattern.append(character) } else if !isNumber { pattern.append("#") }
      isNumber = isDigit
    }
    self.pattern = pattern
  }

  /// Last words and what they mean, those of other frameworks included.
  private static let attributes = [
    "weight": "weight", "bias": "bias", "running_mean": "running_mean",
    "running_var": "running_var", "num_batches_tracked": "num_batches_tracked", "kernel": "weight",
    "gamma": "weight", "beta": "bias", "moving_mean": "running_mean",
    "moving_variance": "running_var",
  ]

  /// Whether no name contradicts the entry that it is laid against: its role, or the order of
  /// blocks among names that differ in their numbers alone.
  static func agree(_ names: ArraySlice<NameEvidence>, with entries: [StateEntry]) -> Bool {
    var last: [String: (numbers: [Substring], place: Place)] = [:]
    let pairs = zip(names, entries).map { (name: $0, entry: $1) }
    for (name, entry) in pairs {
      if let attribute = name.attribute, attribute != entry.attribute { return false }
    }
    // Entries go through the blocks in order, so the numbers must, too.
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

  /// Whether the numbers come before others of as many places, compared from the left.
  private static func precedes(_ left: [Substring], _ right: [Substring]) -> Bool {
    for (a, b) in zip(left, right) where a != b {
      return (a.utf8.count, String(a)) < (b.utf8.count, String(b))
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
