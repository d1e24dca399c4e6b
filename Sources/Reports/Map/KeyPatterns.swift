import OrderedCollections

/// Patterns that stand for many keys: `layer3.2.{conv1,convs.*,conv3}.weight`.
struct KeyPatterns {
  /// Up to this many keys are listed without patterns.
  private static let few = 4

  let patterns: [String]

  /// - Complexity: O(characters of all keys).
  init(_ keys: [String]) {
    guard keys.count > Self.few else {
      patterns = keys
      return
    }
    // First the modules of each block with one ending, then the endings with the same modules, then the blocks.
    var modules: OrderedDictionary<Group, OrderedSet<String>> = [:]
    for key in keys {
      let (group, module) = Self.split(key)
      modules[group, default: []].append(module)
    }
    var endings: OrderedDictionary<Block, OrderedSet<String>> = [:]
    for (group, modules) in modules {
      endings[Block(group, modules), default: []].append(group.ending)
    }
    var numbers: OrderedDictionary<Stage, [Int]> = [:]
    for (block, endings) in endings {
      numbers[Stage(block, endings), default: []] += [block.number].compactMap(\.self)
    }
    patterns = numbers.map { stage, numbers in
      let place = numbers.isEmpty ? stage.place : stage.place + Self.run(numbers) + "."
      let modules =
        stage.modules.count == 1 && stage.modules[0].isEmpty
        ? "" : Self.choice(stage.modules) + "."
      return place + modules + Self.choice(stage.endings)
    }
  }

  private struct Group: Hashable {
    /// The part of the key before the block's number, or before the module.
    let place: String
    let number: Int?
    let ending: String
  }

  private struct Block: Hashable {
    let place: String
    let number: Int?
    let modules: OrderedSet<String>

    init(_ group: Group, _ modules: OrderedSet<String>) {
      place = group.place
      number = group.number
      self.modules = modules
    }
  }

  private struct Stage: Hashable {
    let place: String
    let hasNumber: Bool
    let modules: OrderedSet<String>
    let endings: OrderedSet<String>

    init(_ block: Block, _ endings: OrderedSet<String>) {
      place = block.place
      hasNumber = block.number != nil
      modules = block.modules
      self.endings = endings
    }
  }

  /// Splits `layer3.2.convs.1.weight` into the place `layer3.`, the block 2, the module `convs.*` and the
  /// ending `weight`.
  private static func split(_ key: String) -> (Group, module: String) {
    let words = key.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    let ending = words.last ?? ""
    let path = words.dropLast()
    guard let block = path.dropFirst().firstIndex(where: { Int($0) != nil }) else {
      let place = path.dropLast().map { $0 + "." }.joined()
      return (Group(place: place, number: nil, ending: ending), path.last ?? "")
    }
    let module = path[(block + 1)...].map { Int($0) == nil ? $0 : "*" }.joined(separator: ".")
    let place = path[..<block].map { $0 + "." }.joined()
    return (Group(place: place, number: Int(path[block]), ending: ending), module)
  }

  /// `{weight,bias}`; a single word as it is; of more than 8 words the first 3 and an ellipsis.
  private static func choice(_ words: OrderedSet<String>) -> String {
    if words.count == 1 { return words[0] }
    let shown = words.count > 8 ? Array(words.prefix(3)) + ["…"] : Array(words)
    return "{\(shown.joined(separator: ","))}"
  }

  /// `{0..5}`, `{1,3}` or `2`.
  private static func run(_ numbers: [Int]) -> String {
    let sorted = Set(numbers).sorted()
    guard sorted.count > 1, let first = sorted.first, let last = sorted.last else {
      return sorted.first.map(String.init) ?? ""
    }
    return last - first + 1 == sorted.count && sorted.count > 2
      ? "{\(first)..\(last)}" : "{\(sorted.map(String.init).joined(separator: ","))}"
  }
}

/// Keys grouped by the reason that the report gives for them.
struct KeyGroups {
  /// The reasons, each with its keys.
  let groups: [(reason: String, keys: [String])]

  init(_ items: [(key: String, reason: String)]) {
    var groups: OrderedDictionary<String, [String]> = [:]
    for item in items { groups[item.reason, default: []].append(item.key) }
    self.groups = groups.map { ($0.key, $0.value) }
  }

  /// A sentence for each reason.
  ///
  /// - Parameter maximum: The most patterns that are named for a reason.
  func sentences(maximum: Int, _ describe: (String) -> String) -> [String] {
    groups.map { reason, keys in
      let patterns = KeyPatterns(keys).patterns
      let named = patterns.prefix(maximum).joined(separator: ", ")
      let more = patterns.count > maximum ? ", …" : ""
      let count = keys.count == 1 ? "" : " (\(Format.grouped(keys.count)) keys)"
      return "\(named)\(more)\(count): \(describe(reason))"
    }
  }
}
