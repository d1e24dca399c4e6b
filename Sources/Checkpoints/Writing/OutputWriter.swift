import PthTensors

/// Writes contents in a format, as one file or as shards with an index.
package struct OutputWriter: Sendable {
  /// The written files and the elements that became infinite.
  package struct Summary: Sendable {
    package struct File: Sendable {
      package let path: String
      package let byteCount: Int

      package init(path: String, byteCount: Int) {
        self.path = path
        self.byteCount = byteCount
      }
    }
    /// In the order of their names; the index of a sharded output comes last.
    package var files: [File]
    /// Tensors with finite elements that became infinite in a narrower dtype, with the number of such elements.
    package var overflows: [(name: String, count: Int)] = []

    package init(files: [File] = []) { self.files = files }

    package var byteCount: Int { files.reduce(0) { $0 + $1.byteCount } }
  }

  private struct Part {
    let path: String
    let layout: FileLayout
    /// The range of its entries among all entries.
    let entries: Range<Int>
  }

  package let format: OutputFormat
  package let path: String
  package let options: OutputOptions
  private var parts: [Part] = []
  private let names: [String]

  /// Lays out every file and checks that it can be written, before anything is written.
  ///
  /// - Throws: ``WriteError``, and any error from reading a storage.
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

  /// Bytes of all files.
  package var byteCount: Int { parts.reduce(0) { $0 + $1.layout.byteCount } }

  /// Writes all files; they get their names after the last one is complete.
  ///
  /// - Parameter progress: Called with the number of bytes just written, from any thread.
  /// - Throws: ``WriteError``, and any error from reading a tensor's bytes.
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
