import Glibc

/// The places of words in a list, looked up by their bytes.
///
/// A `Dictionary` would first normalise each word by Unicode's rules, which takes longer than all other work on a
/// key.
package struct WordIndex: Sendable {
  /// The hashes of the different words, in the order in which they were added.
  private var hashes: [UInt64] = []
  /// The bytes of all words, one after another, and the end offset of each word.
  private var bytes: [UInt8] = []
  private var ends: [Int] = []
  /// A hash table of places, -1 for a free slot: open addressing, at most half full, its length a power of
  /// two.
  private var slots: [Int32]

  package init(_ words: [Substring] = []) {
    slots = Array(repeating: -1, count: 16)
    for word in words { add(word) }
  }

  /// The place of a word; nil if it is not there.
  ///
  /// - Complexity: O(length of the word).
  package subscript(word: Substring) -> Int? {
    let found = word.withUTF8Bytes { slots[slot(of: $0, Self.hash($0))] }
    return found < 0 ? nil : Int(found)
  }

  package func contains(_ word: Substring) -> Bool { self[word] != nil }

  /// The place of a word; a new word is appended.
  @discardableResult
  package mutating func add(_ word: Substring) -> Int {
    let (hash, slot) = word.withUTF8Bytes { bytes -> (UInt64, Int) in
      let hash = Self.hash(bytes)
      return (hash, self.slot(of: bytes, hash))
    }
    guard slots[slot] < 0 else { return Int(slots[slot]) }
    slots[slot] = Int32(hashes.count)
    hashes.append(hash)
    bytes.append(contentsOf: word.utf8)
    ends.append(bytes.count)
    if hashes.count * 2 > slots.count { grow() }
    return hashes.count - 1
  }

  private mutating func grow() {
    slots = Array(repeating: -1, count: slots.count * 2)
    for (place, hash) in hashes.enumerated() {
      var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
      while slots[slot] >= 0 { slot = (slot + 1) & (slots.count - 1) }
      slots[slot] = Int32(place)
    }
  }

  /// A word of a key.
  struct Found {
    /// The word's place in the list; nil if it is not in the list.
    let place: Int?
    /// The offset of the word's first byte in the key.
    let start: Int
  }

  /// The words of a key between its dots, empty ones included.
  ///
  /// - Complexity: O(length of the key).
  func scan(_ key: Substring) -> [Found] {
    key.withUTF8Bytes { bytes in
      var found: [Found] = []
      found.reserveCapacity(8)
      var start = 0
      var hash = Self.emptyHash
      var index = 0
      while true {
        if index < bytes.count, bytes[index] != UInt8(ascii: ".") {
          hash = Self.hash(hash, bytes[index])
        } else {
          let word = UnsafeRawBufferPointer(rebasing: bytes[start..<index])
          let place = slots[slot(of: word, hash)]
          found.append(Found(place: place < 0 ? nil : Int(place), start: start))
          guard index < bytes.count else { return found }
          start = index + 1
          hash = Self.emptyHash
        }
        index += 1
      }
    }
  }

  /// The slot of the word, or the free slot where it would be added.
  private func slot(of word: UnsafeRawBufferPointer, _ hash: UInt64) -> Int {
    var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
    while slots[slot] >= 0 {
      let place = Int(slots[slot])
      if hashes[place] == hash, isWord(place, word) { break }
      slot = (slot + 1) & (slots.count - 1)
    }
    return slot
  }

  private func isWord(_ place: Int, _ word: UnsafeRawBufferPointer) -> Bool {
    let start = place == 0 ? 0 : ends[place - 1]
    guard ends[place] - start == word.count, let other = word.baseAddress else {
      return ends[place] == start && word.isEmpty
    }
    return bytes.withUnsafeBytes { memcmp($0.baseAddress! + start, other, word.count) == 0 }
  }

  /// The hash of an empty word.
  private static let emptyHash: UInt64 = 0xcbf2_9ce4_8422_2325

  /// The hash extended by one byte (FNV-1a), so that one pass over a key finds its words and their hashes.
  ///
  /// An unkeyed hash is safe here: only words of renaming tables and backbones are added, so a file cannot
  /// cause collisions.
  @inline(__always)
  private static func hash(_ hash: UInt64, _ byte: UInt8) -> UInt64 {
    (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3
  }

  private static func hash(_ word: UnsafeRawBufferPointer) -> UInt64 {
    var hash = emptyHash
    for byte in word { hash = Self.hash(hash, byte) }
    return hash
  }
}

extension Substring {
  /// Calls `body` with the UTF-8 bytes.
  @inline(__always)
  func withUTF8Bytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    if let result = utf8.withContiguousStorageIfAvailable({ body(UnsafeRawBufferPointer($0)) }) {
      return result
    }
    return Array(utf8).withUnsafeBytes(body)
  }

  /// Whether both have the same bytes; `==` would also compare by Unicode equivalence, which is slower.
  func hasSameBytes(as other: Substring) -> Bool {
    utf8.count == other.utf8.count && utf8.elementsEqual(other.utf8)
  }
}
