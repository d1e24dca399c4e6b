import PthTensors

/// A file format that can be written; ``FileFormat/all`` lists it in the row of the format.
package struct OutputFormat: Sendable {
  /// The name on the command line.
  package let name: String
  /// File name extensions without the dot; empty if the format has to be named.
  package let extensions: [String]
  /// A description for people.
  package let summary: String
  /// Position in lists of formats for people, lowest first.
  let rank: Int
  /// Whether the format is a pickle, which can hold more than tensors.
  package let isTorch: Bool
  /// Whether the format has a place for metadata.
  package let hasMetadata: Bool
  /// Whether the format can hold a dtype.
  let holds: @Sendable (DType) -> Bool
  /// Why the format cannot have a tensor of this name, as the end of a sentence; nil if it can.
  let nameFault: @Sendable (String) -> String?
  /// Lays out a file. The last argument is the file's name without its extension.
  let layout: @Sendable (OutputContents, OutputOptions, String) throws -> FileLayout

  /// Creates a format for the table, or one that a caller makes because its layout needs more than a state dict.
  ///
  /// - Parameters:
  ///   - holds: Whether the format can hold a dtype.
  ///   - nameFault: Why the format cannot have a tensor of this name, as the end of a sentence.
  ///   - layout: Lays out a file; the last argument is the file's name without its extension.
  package init(
    name: String, rank: Int = .max, extensions: [String], summary: String, isTorch: Bool = false,
    hasMetadata: Bool = false,
    holds: @escaping @Sendable (DType) -> Bool,
    nameFault: @escaping @Sendable (String) -> String? = { _ in nil },
    layout: @escaping @Sendable (OutputContents, OutputOptions, String) throws -> FileLayout
  ) {
    self.name = name
    self.rank = rank
    self.isTorch = isTorch
    self.hasMetadata = hasMetadata
    self.extensions = extensions
    self.summary = summary
    self.holds = holds
    self.nameFault = nameFault
    self.layout = layout
  }

  /// All formats that can be written, ordered by `rank`.
  package static let all = FileFormat.all.flatMap(\.outputs).sorted { $0.rank < $1.rank }

  /// The format of this name.
  package static func named(_ name: String) -> OutputFormat? { all.first { $0.name == name } }

  /// The format of files with this path's extension; nil if there is none.
  package static func forFile(_ path: String) -> OutputFormat? {
    let ending = path.split(separator: "/").last?.split(separator: ".").last?.lowercased()
    return all.first { format in format.extensions.contains { $0 == ending } }
  }

  /// Checks everything that would prevent the contents from being written, before a byte is written.
  ///
  /// - Throws: ``WriteError`` that names the first tensor at fault.
  package func check(_ contents: OutputContents, path: String) throws(WriteError) {
    var names: Set<String> = []
    var lost: [(name: String, dtype: DType)] = []
    for entry in contents.entries {
      func fail(_ reason: String) -> WriteError {
        WriteError(path: path, part: entry.name, reason: reason)
      }
      guard names.insert(entry.name).inserted else {
        throw fail("two tensors would have this name; rename one of them")
      }
      if let fault = nameFault(entry.name) { throw fail(fault) }
      guard !entry.tensor.storage.isMeta else {
        throw fail("is on the meta device and has no data; leave it out")
      }
      guard !entry.tensor.exceedsExpansionLimit else {
        throw fail("repeats a far smaller storage too often to be written out; leave it out")
      }
      guard entry.tensor.isContiguous || entry.tensor.dtype.elementsPerByte == 1 else {
        throw fail("is a non-contiguous view of a packed type; leave it out")
      }
      if entry.dtype != entry.tensor.dtype {
        do { _ = try ElementConversion(from: entry.tensor.dtype, to: entry.dtype) } catch {
          throw fail("\(entry.tensor.dtype.rawValue) cannot become \(entry.dtype.rawValue)")
        }
      }
      if !holds(entry.dtype) { lost.append((entry.name, entry.dtype)) }
    }
    for tensor in contents.surroundings?.tensors ?? [] where !holds(tensor.dtype) {
      throw WriteError(
        path: path,
        reason: "\(name) cannot hold \(tensor.dtype.rawValue), which a tensor beside the state "
          + "dict has; write another format, or leave the metadata out")
    }
    guard let first = lost.first else { return }
    let types = Set(lost.map(\.dtype.rawValue)).sorted().joined(separator: ", ")
    throw WriteError(
      path: path, part: first.name,
      reason: "\(name) cannot hold \(first.dtype.rawValue)"
        + (lost.count == 1 ? "" : " (\(lost.count) tensors of \(types) in all)")
        + "; write another format"
        + (lost.contains { $0.dtype.isQuantized }
          ? " or leave them out" : ", cast tensors or leave them out"),
      remedy: lost.contains { $0.dtype.isQuantized } ? .fewerTensors : .otherTensors)
  }
}
