import PthBackbones
import OrderedCollections

/// A pair of prefixes: one that the checkpoint's keys have and the module's do not, and one that the module's keys
/// have and the checkpoint's do not. Each is empty or ends in a dot.
struct ModulePlace: Hashable {
  let sourcePrefix: String
  let targetPrefix: String

  static let top = ModulePlace(sourcePrefix: "", targetPrefix: "")
}

/// The possible places of a module's keys in a checkpoint, with the number of keys found there in the right shape.
struct ModulePlaces {
  /// The candidates, most matches first; with equal numbers, shorter prefixes first.
  let candidates: [(place: ModulePlace, matches: Int)]

  /// Counts matches behind every prefix of the checkpoint's keys, and behind every prefix of the module's keys with
  /// the checkpoint's common prefix or none.
  ///
  /// - Complexity: O(components of all keys).
  init(_ keys: [SourceKey], _ target: [ModuleEntry]) {
    var counts: OrderedDictionary<ModulePlace, Int> = [.top: 0]
    let wanted = Dictionary(target.map { ($0.name, $0.shape) }, uniquingKeysWith: { $1 })
    for key in keys {
      Self.forEachSuffix(of: key.name) { prefix, rest in
        if wanted[rest] == key.shape {
          counts[ModulePlace(sourcePrefix: prefix, targetPrefix: ""), default: 0] += 1
        }
      }
    }
    for prefix in Set(["", Self.commonPrefix(keys)]) {
      let offered = Dictionary(
        keys.map { (String($0.name.withoutPrefix(prefix)), $0.shape) }, uniquingKeysWith: { $1 })
      for entry in target {
        Self.forEachSuffix(of: entry.name) { added, rest in
          if !added.isEmpty, offered[rest] == entry.shape {
            counts[ModulePlace(sourcePrefix: prefix, targetPrefix: added), default: 0] += 1
          }
        }
      }
    }
    func length(_ place: ModulePlace) -> Int {
      place.sourcePrefix.utf8.count + place.targetPrefix.utf8.count
    }
    candidates = counts.map { (place: $0.key, matches: $0.value) }
      .sorted { ($1.matches, length($0.place)) < ($0.matches, length($1.place)) }
  }

  /// The best place, or the top (no prefixes) if the matches may be an accident: fewer than half of the keys under
  /// the prefix or fewer than a quarter of all keys, each on the side that has fewer.
  func best(_ keys: [SourceKey], _ target: [ModuleEntry]) -> ModulePlace {
    guard let (place, matches) = candidates.first, matches > 0 else { return .top }
    if place == .top { return place }
    let there = keys.count { $0.name.hasPrefix(place.sourcePrefix) }
    let here = target.count { $0.name.hasPrefix(place.targetPrefix) }
    let isMost = matches * 2 >= min(there, here)
    return isMost && matches * 4 >= min(keys.count, target.count) ? place : .top
  }

  /// The longest common prefix of all keys that ends in a dot; empty if there is none.
  private static func commonPrefix(_ keys: [SourceKey]) -> String {
    guard var common = keys.first?.name.keyComponents.dropLast() else { return "" }
    for key in keys {
      let components = key.name.keyComponents.dropLast()
      let shared = zip(common, components).prefix { $0 == $1 }.count
      common = common.prefix(shared)
    }
    return common.isEmpty ? "" : common.joined(separator: ".") + "."
  }

  /// Calls `body` with the name split before each of its components: prefix and rest.
  private static func forEachSuffix(of name: String, _ body: (String, String) -> Void) {
    body("", name)
    for index in name.utf8.indices where name.utf8[index] == UInt8(ascii: ".") {
      let next = name.utf8.index(after: index)
      body(String(name[..<next]), String(name[next...]))
    }
  }
}
