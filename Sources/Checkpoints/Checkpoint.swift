import PthBytes
import OrderedCollections
import PthPickle
import PthTensors

/// A PyTorch checkpoint, opened: what it is, its state dict, and what else it holds.
///
/// Opening maps the file and parses its directory and pickle; weights are only read when a tensor's bytes are
/// requested. Nothing in the file is ever executed.
public struct Checkpoint: Sendable {
  /// The path as given to ``open(_:key:)``; `-` for standard input.
  package let path: String
  /// The last part of the path; a published file's name may show which network it is.
  package var fileName: String { path.split(separator: "/").last.map(String.init) ?? path }
  /// Size of the file; of the index file for a sharded checkpoint.
  package let byteCount: Int
  /// The container.
  public let format: CheckpointFormat
  package let byteOrder: ByteOrder
  /// Which versions of PyTorch (or which other program) write such a file, in words for people.
  package let era: String
  /// Dotted path of the state dict; empty at the top level.
  package let stateDictKey: String
  /// The tensors by name, in the order of the file.
  public let stateDict: StateDict
  /// Every place in the file that holds tensors, the chosen one included.
  package let candidates: [StateDictCandidate]
  /// Every pickle that PyTorch runs when it reads this checkpoint.
  package let pickles: [CheckpointPickle]
  /// The parts of a sharded checkpoint.
  package let shards: [Checkpoint]
  /// The whole file.
  package let bytes: Bytes

  /// The zip archive; nil unless the container is one of PyTorch's.
  let archive: ZipArchive?
  /// Byte after the last storage of a legacy file.
  let endOffset: Int?

  private let content: Content

  /// Opens the checkpoint at `path`; `-` reads standard input.
  ///
  /// - Parameter key: Dotted path of the state dict; nil chooses the most plausible one.
  /// - Throws: ``CheckpointError`` if the file cannot be read or parsed, or has no tensors under `key`.
  public static func open(_ path: String, key: String? = nil) throws(CheckpointError)
    -> Checkpoint
  {
    try CheckpointError.naming(path) {
      let bytes = try MappedFile(path: path).bytes
      return try Checkpoint(bytes, path: path, key: key, allowsIndex: true)
    }
  }

  /// The checkpoint's values other than the state dict, as a bounded excerpt.
  package var metadata: MetadataValue {
    switch content {
    case .flat(let fields): return .dict(fields.map { ($0.0, $0.1) }, count: fields.count)
    case .pickle(let source, let stateDict):
      var excerpt = MetadataExcerpt(source.reader(), leavingOut: stateDict, self.stateDict)
      return excerpt.value(source.document.root)
    }
  }

  /// Dotted paths of the values beside the state dict, at every level of what holds it.
  package var keysBeside: [String] {
    switch content {
    case .flat(let fields): fields.map(\.0)
    case .pickle(let source, let stateDict):
      stateDict.map { KeysBeside(reader: source.reader(), state: self.stateDict).keys(around: $0) }
        ?? []
    }
  }

  /// The plain values other than the state dict, as texts by dotted path, for formats that store only texts.
  ///
  /// Strings are kept whole up to 16 MiB together; at most 20,000 values and 12 levels are taken.
  package var metadataTexts: [String: String] {
    guard case .pickle(let source, let stateDict) = content else { return metadata.texts }
    var excerpt = MetadataExcerpt(
      source.reader(), leavingOut: stateDict, self.stateDict, textLimit: 16 << 20)
    return excerpt.value(source.document.root).texts
  }

  /// All values other than the state dict, unchanged, for formats that can hold them; nil if the file is not a pickle,
  /// or if the state dict is nested in something other than dicts.
  package var surroundings: KeptMetadata? {
    guard case .pickle(let source, let stateDict?) = content else { return nil }
    return KeptMetadata(source.reader(), around: stateDict, self.stateDict)
  }

  /// Compares the CRC-32 of every entry of a zip archive with its directory, using libzip.
  ///
  /// - Returns: The number of entries and the names of those that differ; nil if the file is not a zip archive. Files
  ///   saved with `set_crc32_options(False)` differ in every entry and are still intact.
  /// - Throws: ``CheckpointError`` if an entry cannot be read.
  package func verifyEntries() throws(CheckpointError) -> (entryCount: Int, mismatches: [String])? {
    guard FileFormat.reading(format)?.hasChecksums == true else { return nil }
    return try CheckpointError.naming(path) {
      let archive = try self.archive ?? ZipArchive(bytes)
      let entries = archive.directory.entries
      let wrong = try entries.indices.filter { try !archive.hasValidCRC($0) }
      return (entries.count, wrong.map { entries[$0].name })
    }
  }

  private enum Content: Sendable {
    case flat([(String, MetadataValue)])
    case pickle(PickleSource, stateDict: PickleHandle?)
  }

  init(_ bytes: Bytes, path: String, key: String? = nil, allowsIndex: Bool) throws {
    let opened = try FileFormat(of: bytes).open(
      FileToOpen(bytes: bytes, path: path, allowsIndex: allowsIndex))
    self.path = path
    self.bytes = bytes
    byteCount = bytes.count
    format = opened.format
    byteOrder = opened.isBigEndian ? .big : .little
    era = opened.era
    pickles = opened.pickles
    shards = opened.shards
    archive = opened.archive
    endOffset = opened.endOffset
    switch opened.content {
    case .flat(let tensors, let metadata):
      if let key, !key.isEmpty {
        throw CheckpointError(.noStateDict(key: key, candidates: []))
      }
      stateDictKey = ""
      let fileSize = shards.reduce(bytes.count) { $0 &+ $1.byteCount }
      stateDict = StateDict(tensors: tensors).limitingRepetition(fileSize: fileSize)
      candidates = [StateDictCandidate(key: "", tensorCount: tensors.count)]
      content = .flat(metadata)
    case .pickle(let source):
      let reader = source.reader()
      let finder = StateDictFinder(
        reader: reader,
        modules: ModuleStateDict(reader, scriptAttributes: source.scriptAttributes))
      let found = try finder.candidates()
      candidates = found.map(\.candidate)
      let chosen = finder.choose(found, key: key)
      if chosen == nil, let key {
        throw CheckpointError(
          .noStateDict(key: key, candidates: candidates.map { $0.key.isEmpty ? "(top)" : $0.key }))
      }
      stateDictKey = chosen?.candidate.key ?? ""
      stateDict =
        try chosen.map {
          try finder.stateDict(at: $0.handle).limitingRepetition(fileSize: bytes.count)
        } ?? StateDict()
      content = .pickle(source, stateDict: chosen?.handle)
    }
  }
}

/// One pickle of a checkpoint.
package struct CheckpointPickle: Sendable {
  /// The archive entry or the part of the container.
  package let name: String
  package let document: PickleDocument

  package init(name: String, document: PickleDocument) {
    self.name = name
    self.document = document
  }
}

/// A parsed pickle with the objects behind its persistent ids.
struct PickleSource: Sendable {
  let document: PickleDocument
  let fileOffset: Int?
  let persistentObjects: any PersistentObjects & Sendable
  var scriptAttributes: [GlobalName: ScriptAttributes] = [:]

  func reader() -> ObjectReader {
    ObjectReader(document, fileOffset: fileOffset, persistentObjects: persistentObjects)
  }
}
