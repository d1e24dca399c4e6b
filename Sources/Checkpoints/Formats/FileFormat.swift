import PthBytes

/// One file format: how it is detected, opened, scanned and written.
///
/// ``all`` is the table of formats. Each format has a folder here with its row, its reader, what `scan` looks at, and
/// a writer if the format can be written. Detection reads the content; file names are never consulted.
struct FileFormat: Sendable {
  let name: String
  /// Whether the bytes begin as files of this format do.
  let matches: @Sendable (Bytes) -> Bool
  /// Whether the format has no magic number, so that other files may begin the same way. Detection tries such rows
  /// last, after ``ForeignFile`` has refused the files it knows to be something else.
  var isUnmarked = false
  /// The kinds of checkpoint that the format can hold.
  let kinds: [FormatKind]
  let open: @Sendable (FileToOpen) throws -> OpenedContainer
  /// Judges a file of the format.
  let judge: @Sendable (inout FileScanner, Bytes) throws -> Void
  /// Judges a file that begins as another format (nil: as no known one), but that some readers would still open as
  /// this format.
  var judgeBeside: @Sendable (inout FileScanner, Bytes, FileFormat?) -> Void = { _, _, _ in }
  /// Judges a file that is already open, using what was parsed; false if the parsed data cannot be used.
  var judgeOpened: @Sendable (inout FileScanner, Checkpoint) -> Bool = { _, _ in false }
  /// Whether files of the format are archives with a checksum for every entry.
  var hasChecksums = false
  /// The formats that can be written.
  var outputs: [OutputFormat] = []

  /// The table: a new format adds a line here. Detection tries the rows in this order.
  static let all: [FileFormat] = [
    .zip(holding: [.torch, .npz]),
    .npy,
    .safetensors,
    .tar,
    .shardIndex,
    .pickle(holding: [.torchLegacy, .bare]),
  ]

  /// Detects a file's format from its first bytes.
  ///
  /// - Throws: ``CheckpointError`` that says what the file is instead of a checkpoint.
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

  /// The format that opens checkpoints of this kind; nil if no row has it.
  static func reading(_ format: CheckpointFormat) -> FileFormat? {
    all.first { $0.kinds.contains { $0.format == format } }
  }
}

extension FileFormat: Equatable {
  static func == (first: FileFormat, second: FileFormat) -> Bool { first.name == second.name }
}

/// A mapped file that is about to be opened.
struct FileToOpen {
  let bytes: Bytes
  /// The path of the file; the shards of an index are in the same folder.
  let path: String
  /// Whether the file may be a shard index. A shard may not be one, so that indexes do not nest.
  let allowsIndex: Bool
}

/// One kind of checkpoint that a format can hold.
struct FormatKind: Sendable {
  let format: CheckpointFormat
  /// The kind's name for people.
  let title: String
  /// The metadata key that describes the container and not the checkpoint.
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
