import PthBytes
import PthPickle

extension FileFormat {
  /// Files that begin with a pickle; the first of `contents` that recognises that pickle opens the file.
  static func pickle(holding contents: [PickleContents]) -> FileFormat {
    var format = FileFormat(
      name: "pickle", kinds: contents.flatMap(\.kinds), isUnmarked: true,
      outputs: contents.compactMap(\.output),
      // Nearly every byte is an opcode that can begin a pickle, so the file has to be parsed.
      matches: { _ in true },
      open: { try PickleContents.open($0.bytes, contents) },
      judge: { try $0.judgePickles($1, contents) })
    format.judgeBeside = { scanner, bytes, primary in
      // No unpickler accepts a zip archive: its first byte, 'P', is PERSID, which asks for a persistent id first.
      guard primary?.name != "pickle", primary?.name != "zip",
        scanner.judgeStream(bytes, isClaimed: false) > 0
      else { return }
      scanner.audit.add(
        primary == nil ? .unknown : .dangerous,
        "is a pickle as well: readers differ in what they see")
    }
    format.judgeOpened = { scanner, checkpoint in
      for contents in contents
      where contents.kinds.contains(where: { $0.format == checkpoint.format }) {
        return contents.judgeOpened(&scanner, checkpoint)
      }
      return false
    }
    return format
  }
}

/// A format whose files begin with a particular pickle.
struct PickleContents: Sendable {
  let kinds: [FormatKind]
  var output: OutputFormat?
  /// Opens a file by its first pickle; nil if the pickle belongs to another format.
  let open: @Sendable (Bytes, PickleDocument) throws -> OpenedContainer?
  /// Judges a file by its first pickle.
  ///
  /// - Returns: false if the pickle belongs to another format, or if the file is a pickle and nothing else.
  var judge: @Sendable (inout FileScanner, Bytes, PickleDocument) throws -> Bool = { _, _, _ in
    false
  }
  /// Judges a file that is already open, using what was parsed.
  var judgeOpened: @Sendable (inout FileScanner, Checkpoint) -> Bool = { _, _ in false }

  /// A file that is one pickle.
  static let bare = PickleContents(
    kinds: [FormatKind(.pickle, "bare pickle")],
    open: { bytes, pickle in
      // A pickle of one integer with bytes after it is the beginning of a legacy file.
      let isInteger = [.int, .bigInt].contains(pickle.kind(pickle.root))
      if isInteger, pickle.range.upperBound < bytes.count { return nil }
      var opened = OpenedContainer(
        .pickle,
        .pickle(
          PickleSource(document: pickle, fileOffset: 0, persistentObjects: NoPersistentObjects())),
        era: "pickle protocol \(pickle.protocolVersion)")
      opened.pickles = [CheckpointPickle(name: "pickle", document: pickle)]
      return opened
    })

  fileprivate static func open(_ bytes: Bytes, _ all: [PickleContents]) throws -> OpenedContainer {
    let first: PickleDocument
    do {
      first = try PickleDocument(parsing: bytes)
    } catch {
      throw failure(error, bytes)
    }
    for contents in all {
      if let opened = try contents.open(bytes, first) { return opened }
    }
    throw CheckpointError(
      .malformed("the magic number is not PyTorch's 0x1950a86a20f9469cfc6c"), position: 0)
  }

  /// The error for bytes that could be a pickle and do not parse as one. Only pickles begin with PROTO; a text may
  /// begin with a protocol 0 opcode by chance.
  static func failure(_ error: PickleError, _ bytes: Bytes) -> CheckpointError {
    if bytes[0] != 0x80 {
      return CheckpointError(.unknownFormat(ForeignFile.describe(bytes)), position: 0)
    }
    if error.reason == .noStop || error.reason == .truncated {
      return CheckpointError(.truncated("the pickle ends too early"), position: error.position)
    }
    return CheckpointError(.pickle(error), position: error.position)
  }
}
