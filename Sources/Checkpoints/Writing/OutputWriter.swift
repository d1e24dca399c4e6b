import PthTensors

/// Writes contents in a format, as one file or as shards with an index.
package struct OutputWriter: Sendable {
  /// A summary of the written file.
  package struct Summary: Sendable {
    package struct File: Sendable {
      package let path: String
      package let byteCount: Int

      package init(path: String, byteCount: Int) {
        self.path = path
        self.byteCount = byteCount
      }
    }
    /// In the order of their names; the index of shards is the last.
    package var files: [File]
    /// Tensors with finite elements that became infinite in a narrower type, and how many.
    package var overflows: [(name: String, count: Int)] = []

    package init(files: [File] = []) { self.files = files }

    package var byteCount: Int { files.reduce(0) { $0 + $1.byteCount } }
  }

  private struct Part {
    let path: String
    let layout: FileLayout
    /// Indices of its entries in the whole.
    let entries: Range<Int>
  }

  package let format: OutputFormat
  package let path: String
  package let options: OutputOptions
  private var parts: [Part] = []
  private let names: [String]

  /// Lays everything out and looks whether it can be written; no values are read yet.
  ///
  /// - Throws: ``WriteError``; what reading storages throws.
  package init(
    _ contents: OutputContents, as format: OutputFormat, to path: String,
    options: OutputOptions = OutputOptions()
  ) throws {
    try format.check(contents, path: path)
    self.format = format
    self.path = path
    self.options = options
    names = contents.entries.map(\.name)
    let shards = options.shardSize.map { Sharding.ranges(contents, limit: $0) } ?? []
    guard shards.count > 1 else {
      parts = [try part(contents, path: path, entries: 0..<contents.entries.count)]
      try AtomicFile.check(path, inputs: options.inputs, replaces: options.replaces)
      return
    }
    let paths = Sharding.paths(path, count: shards.count)
    for (path, range) in zip(paths, shards) {
      var shard = contents
      shard.entries = Array(contents.entries[range])
      parts.append(try part(shard, path: path, entries: range))
    }
    let index = Sharding.index(contents, zip(paths, shards).map { ($0, $1) })
    parts.append(
      Part(
        path: path + Sharding.indexSuffix, layout: FileLayout(records: [.init(head: index)]),
        entries: 0..<0))
    for part in parts {
      try AtomicFile.check(part.path, inputs: options.inputs, replaces: options.replaces)
    }
  }

  private func part(_ contents: OutputContents, path: String, entries: Range<Int>) throws -> Part {
    let stem = Sharding.split(path).stem.split(separator: "/").last.map(String.init) ?? "archive"
    return Part(path: path, layout: try format.layout(contents, options, stem), entries: entries)
  }

  /// Bytes of all files together.
  package var byteCount: Int { parts.reduce(0) { $0 + $1.layout.byteCount } }

  /// Writes all files; they get their names when the last one is whole.
  ///
  /// - Parameter progress: Told the number of bytes from time to time, from any thread.
  /// - Throws: ``WriteError``; what reading a tensor's bytes throws.
  @discardableResult
  package func write(progress: @escaping @Sendable (Int) -> Void = { _ in }) throws -> Summary {
    var summary = Summary()
    var files: [AtomicFile] = []
    for part in parts {
      let file = try AtomicFile(
        part.path, inputs: options.inputs, replaces: options.replaces)
      files.append(file)
      let overflows = try LayoutWriter(layout: part.layout, file: file, progress: progress).run()
      for (index, count) in overflows.sorted(by: { $0.key < $1.key }) {
        summary.overflows.append((names[part.entries.lowerBound + index], count))
      }
      summary.files.append(.init(path: part.path, byteCount: part.layout.byteCount))
    }
    try AtomicFile.commit(files)
    return summary
  }
}
