import PthBytes
import Synchronization

/// The keys of a state dict under one prefix, by their own and by their canonical names.
public struct KeyIndex: Sendable {
  /// The prefix that was removed; empty or ending in a dot.
  public let prefix: String
  /// Names without the prefix, in the order of the file.
  public let keys: [KeyShape]
  /// The keys under their canonical names.
  package let canonical: [KeyShape]
  /// How many keys each table renamed.
  public let renamed: [String: Int]
  /// The position of the first key with each name.
  private let index: [String: Int]
  private let renamedPlaces: RenamedPlaces
  private let memo = Memo()

  /// Results that the architectures of one family share.
  private final class Memo: Sendable {
    let value = Lock<(any Sendable)?>(nil)
  }

  /// A family's result for these keys, computed once and kept for its next architecture.
  func shared<Value: Sendable>(_ make: ([KeyShape]) -> Value) -> Value {
    if let known = memo.value.withLock({ $0 as? Value }) { return known }
    let value = make(canonical)
    memo.value.withLock { $0 = value }
    return value
  }

  /// Takes the keys that start with `prefix` (empty, or ending in a dot) and removes the prefix.
  ///
  /// - Complexity: O(keys × tables).
  package init(_ all: [KeyShape], prefix: String = "", names: RenamingTables) {
    self.prefix = prefix
    let keys =
      prefix.isEmpty
      ? all
      : all.compactMap { entry in
        entry.key.hasPrefix(prefix)
          ? KeyShape(String(entry.key.withoutPrefix(prefix)), entry.shape) : nil
      }
    let index = Dictionary(
      keys.enumerated().map { ($0.element.key, $0.offset) }, uniquingKeysWith: { first, _ in first }
    )
    var renamed: [String: Int] = [:]
    var renamedPlaces = RenamedPlaces()
    canonical = keys.enumerated().map { place, entry in
      let name = CanonicalName(entry.key[...], names: names) { index[$0] != nil }
      guard !name.tables.isEmpty else { return entry }
      for table in name.tables { renamed[table, default: 0] += 1 }
      renamedPlaces.add(name, at: place)
      return KeyShape(name.name, entry.shape)
    }
    self.keys = keys
    self.index = index
    self.renamed = renamed
    self.renamedPlaces = renamedPlaces
  }

  /// The shape of the tensor that the file calls `key`.
  ///
  /// - Complexity: O(1).
  public subscript(key: String) -> [Int]? { index[key].map { keys[$0].shape } }

  /// The shape of the tensor with this canonical name.
  ///
  /// - Complexity: O(1).
  public func shape(canonical name: String) -> [Int]? {
    place(canonical: name).map { canonical[$0].shape }
  }

  /// The file's key, with the prefix, of the tensor with this canonical name; the name itself if
  /// there is none.
  package func original(canonical name: String) -> String {
    prefix + (place(canonical: name).map { keys[$0].key } ?? name)
  }

  /// The position of the first key with this canonical name.
  private func place(canonical name: String) -> Int? {
    renamedPlaces.first(
      of: name, own: index[name].flatMap { canonical[$0].key == name ? $0 : nil })
  }
}
