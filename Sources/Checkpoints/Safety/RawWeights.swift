import PthBytes
import PthPickle

/// The entries that the readers of an archive take as numbers and never unpickle: weights of torch.export, if the
/// archive says that none of them is a pickle, and storages of torch.package.
///
/// Raw weights begin with any bytes. In one network of a hundred, a weight can be read as a pickle of a few opcodes that
/// name nothing that exists.
struct RawWeights {
  private var raw: Set<String> = []
  private let isPackage: Bool

  /// Lists of weights and constants of one archive; torch.export writes one of each for a model.
  private static let maximumListCount = 16

  /// - Parameter limit: The maximum size of a list of weights.
  init(_ archive: ZipArchive, limit: Int) {
    let entries = archive.directory.entries
    isPackage = entries.contains { $0.name.hasSuffix(".data/extern_modules") }
    var pickled: Set<String> = []
    let lists = entries.indices.filter { entries[$0].name.hasSuffix("_config.json") }
    // Whoever has more of them wants to keep the scanner busy; nothing is then taken for raw.
    guard lists.count <= Self.maximumListCount else { return }
    for index in lists {
      let entry = entries[index]
      let folder = entry.name.lastIndex(of: "/").map { String(entry.name[...$0]) } ?? ""
      guard ["data/weights/", "data/constants/"].contains(where: { folder.hasSuffix($0) }),
        entry.uncompressedSize <= limit, let list = try? archive.contents(index).bytes
      else { continue }
      let names: [String] = Self.names(in: list).map { folder + $0 }
      if Self.saysThatAllAreRaw(list) { raw.formUnion(names) } else { pickled.formUnion(names) }
    }
    raw.subtract(pickled)
  }

  func contains(_ name: String) -> Bool {
    if raw.contains(name) { return true }
    let parts = name.split(separator: "/")
    guard isPackage, parts.count > 1, parts[parts.count - 2] == ".data", let last = parts.last,
      last.hasSuffix(".storage")
    else { return false }
    let number = last.dropLast(".storage".count)
    return !number.isEmpty && number.utf8.allSatisfy { (0x30...0x39).contains($0) }
  }

  private static func names(in list: Bytes) -> [String] {
    var names: [String] = []
    _ = JSONStrings.forEach(in: list) { if $0 == "path_name" { names.append($1) } }
    return names
  }

  /// Whether each `path_name` has a `use_pickle` that is false. A key that is repeated or written with escapes, which
  /// readers could take otherwise, makes the answer false.
  private static func saysThatAllAreRaw(_ list: Bytes) -> Bool {
    var (paths, flags) = (0, 0)
    let isWhole = JSONStrings.forEach(in: list) { key in
      if key == "path_name" { paths += 1 }
      if key == "use_pickle" { flags += 1 }
    } _: { _, _ in
    }
    let backslash: UInt8 = 0x5c
    return isWhole && paths == flags && list.firstPosition(of: [backslash]) == nil
      && falseFlags(in: list) == flags
  }

  /// The number of occurrences of `"use_pickle": false`; nil if one has another value.
  private static func falseFlags(in list: Bytes) -> Int? {
    var count = 0
    var rest = list
    let mark = Array("\"use_pickle\"".utf8)
    while let found = rest.firstPosition(of: mark),
      let next = try? rest.suffix(from: found + mark.count)
    {
      let blanks: [UInt8] = [0x20, 0x09, 0x0a, 0x0d]
      let value = (0..<min(next.count, 64)).lazy.map { next[$0] }.filter { !blanks.contains($0) }
      guard value.starts(with: Array(":false".utf8)) else { return nil }
      (count, rest) = (count + 1, next)
    }
    return count
  }
}

extension FileScanner {
  /// Judges raw weights. No reader of the archive unpickles them; what is reported are pickles that name something
  /// which could exist, for those who take the entry out of the archive.
  mutating func judgeRawWeights(_ bytes: Bytes, name: String, isMapped: Bool) {
    let inner = nestedAudit(of: bytes, isMapped: isMapped)
    if inner.globals.contains(where: { $0.global.isPlausible }) { audit.merge(inner, part: name) }
  }
}

extension GlobalName {
  /// Whether module and name are words of Python.
  fileprivate var isPlausible: Bool {
    [module, name].allSatisfy { path in
      path.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { word in
        word.utf8.first.map { !(0x30...0x39).contains($0) } == true
          && word.utf8.allSatisfy { byte in
            byte == UInt8(ascii: "_") || (0x30...0x39).contains(byte)
              || (0x61...0x7a).contains(byte | 0x20)
          }
      }
    }
  }
}
