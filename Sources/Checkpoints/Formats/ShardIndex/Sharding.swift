import PthTensors

/// Checkpoints in several files, named and indexed as Hugging Face's `save_pretrained` does.
enum Sharding {
  static let indexSuffix = ".index.json"

  /// Ranges of consecutive entries of at most `limit` bytes in total; a larger entry gets its own shard.
  static func ranges(_ contents: OutputContents, limit: Int) -> [Range<Int>] {
    var ranges: [Range<Int>] = []
    var (start, size) = (0, 0)
    for (index, entry) in contents.entries.enumerated() {
      if index > start, entry.byteCount > limit - size {
        ranges.append(start..<index)
        (start, size) = (index, 0)
      }
      size += entry.byteCount
    }
    return ranges + [start..<contents.entries.count]
  }

  /// Splits the extension off a path; the extension includes its dot.
  static func split(_ path: String) -> (stem: String, ending: String) {
    guard let dot = path.lastIndex(of: "."), !path[dot...].contains("/"), dot != path.startIndex,
      path[path.index(before: dot)] != "/"
    else { return (path, "") }
    return (String(path[..<dot]), String(path[dot...]))
  }

  /// The shards' paths: `model-00001-of-00002.safetensors`…
  static func paths(_ path: String, count: Int) -> [String] {
    let (stem, ending) = split(path)
    func digits(_ number: Int) -> String {
      let text = String(number)
      return String(repeating: "0", count: max(0, 5 - text.count)) + text
    }
    return (1...count).map { "\(stem)-\(digits($0))-of-\(digits(count))\(ending)" }
  }

  /// The index's JSON: the total size of all tensors, and the file name of each.
  static func index(_ contents: OutputContents, _ shards: [(path: String, entries: Range<Int>)])
    -> [UInt8]
  {
    var files: [(name: String, file: String)] = []
    for (path, entries) in shards {
      let file = path.split(separator: "/").last.map(String.init) ?? path
      files += contents.entries[entries].map { ($0.name, file) }
    }
    let lines = files.sorted { $0.name < $1.name }.map {
      "    \(JSONText.quoted($0.name)): \(JSONText.quoted($0.file))"
    }
    let text = """
      {
        "metadata": {
          "total_size": \(contents.byteCount)
        },
        "weight_map": {
      \(lines.joined(separator: ",\n"))
        }
      }

      """
    return Array(text.utf8)
  }
}
