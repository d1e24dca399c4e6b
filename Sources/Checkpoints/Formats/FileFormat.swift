import PthBytes

/// One format of files: how it is detected, opened, scanned and written.
///
/// ``all`` is the table. A format has a folder here with its row, its reader, its writer if there is
/// one, and what `scan` looks at. Only the first bytes count; file names are never consulted.
struct FileFormat: Sendable {
  let name: String
  /// Whether bytes begin as the format's files do.
  let matches: @Sendable (Bytes) -> Bool
  /// Whether the format has no magic number, so that other files begin alike. Detection asks such rows
  /// last, once ``ForeignFile`` has refused what is known to be something else.
  var isUnmarked = false
  /// The kinds of its files, as an open checkpoint has them.
  let kinds: [FormatKind]
  let open: @Sendable (FileToOpen) throws -> OpenedContainer
  /// Judges a file of the format.
  let judge: @Sendable (inout FileScanner, Bytes) throws -> Void
  /// Judges bytes that begin as another format (nil: as none) and that some readers take for this one
  /// all the same.
  var judgeBeside: @Sendable (inout FileScanner, Bytes, FileFormat?) -> Void = { _, _, _ in }
  /// Judges a file that is open already; false if what was parsed is of no help.
  var judgeOpened: @Sendable (inout FileScanner, Checkpoint) -> Bool = { _, _ in false }
  /// Whether its files are archives with a checksum for every entry.
  var hasChecksums = false
  /// The formats that can be written.
  var outputs: [OutputFormat] = []

  /// The table: a new format is a line here. Detection asks in this order.
  static let all: [FileFormat] = [
    .zip(holding: [.torch, .npz]),
    .npy,
    .safetensors,
    .tar,
    .shardIndex,
    .pickle(holding: [.torchLegacy, .bare]),
  ]

  /// Detects a file's format by its first bytes.
  ///
  /// - Throws: ``CheckpointError`` that names what it is instead of a checkpoint.
  init(of bytes: Bytes) throws {
    guard !bytes.isEmpty else { throw CheckpointError(.empty) }
    if let marked = Self.all.first(where: { !$0.isUnmarked && $0.matches(bytes) }) {
      self = marked
      return
    }
    try ForeignFile.refuse(bytes)
    guard let unmarked = Self.all.first(where: { $0.isUnmarked && $0.matches(bytes) }) else {
      throw CheckpointError(.unknownFormat(ForeignFile.describe(bytes)), position: 0)
    }
    self = unmarked
  }

  init(
    name: String, kinds: [FormatKind], isUnmarked: Bool = false, outputs: [OutputFormat] = [],
    matches: @escaping @Sendable (Bytes) -> Bool,
    open: @escaping @Sendable (FileToOpen) throws -> OpenedContainer,
    judge: @escaping @Sendable (inout FileScanner, Bytes) throws -> Void
  ) {
    self.name = name
    self.kinds = kinds
    self.isUnmarked = isUnmarked
    self.outputs = outputs
    self.matches = matches
    self.open = open
    self.judge = judge
  }

  /// The format of open checkpoints of this kind.
  static func reading(_ format: CheckpointFormat) -> FileFormat? {
    all.first { $0.kinds.contains { $0.format == format } }
  }
}

extension FileFormat: Equatable {
  static func == (first: FileFormat, second: FileFormat) -> Bool { first.name == second.name }
}

/// A file on its way to being a checkpoint.
struct FileToOpen {
  let bytes: Bytes
  /// The path of the file: the shards of an index lie in the same folder.
  let path: String
  /// Whether it may be an index: a shard may not.
  let allowsIndex: Bool
}

/// One kind of checkpoint that a format gives.
struct FormatKind: Sendable {
  let format: CheckpointFormat
  /// For people.
  let title: String
  /// Metadata of the container itself.
  var ownMetadata: String?

  init(_ format: CheckpointFormat, _ title: String, ownMetadata: String? = nil) {
    self.format = format
    self.title = title
    self.ownMetadata = ownMetadata
  }

  static let all: [CheckpointFormat: FormatKind] = Dictionary(
    FileFormat.all.flatMap(\.kinds).map { ($0.format, $0) }, uniquingKeysWith: { first, _ in first }
  )
}
