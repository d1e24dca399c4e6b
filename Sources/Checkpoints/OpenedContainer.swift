import PthBytes
import OrderedCollections
import PthPickle
import PthTensors

/// A container, recognised and parsed: the one place that knows all the formats.
struct OpenedContainer {
  enum Content {
    case pickle(PickleSource)
    case flat(OrderedDictionary<String, Tensor>, [(String, MetadataValue)])
  }

  let format: CheckpointFormat
  let content: Content
  var era = ""
  var isBigEndian = false
  var pickles: [CheckpointPickle] = []
  var shards: [Checkpoint] = []
  /// Byte after a legacy file's last storage.
  var endOffset: Int?
  /// The archive, if the container is one.
  var archive: ZipArchive?

  /// - Parameter path: Where the bytes are from: an index finds its shards beside it.
  init(_ bytes: Bytes, path: String, allowsIndex: Bool) throws {
    switch try FileSignature(bytes) {
    case .zip: self = try Self.zip(bytes)
    case .tar: self = try Self.tar(bytes)
    case .pickle: self = try Self.pickle(bytes)
    case .safetensors:
      let container = try SafetensorsContainer(bytes)
      let metadata = container.metadata.sorted { $0.key < $1.key }
      self.init(
        .safetensors,
        .flat(container.tensors, metadata.map { ($0.key, .string($0.value)) }),
        era: "safetensors")
    case .npy:
      let array = try NpyContainer(bytes, fileOffset: 0)
      self.init(.npy, .flat(["": array.tensor], []), era: "numpy")
      isBigEndian = array.isBigEndian
    case .shardIndex:
      guard allowsIndex else { throw CheckpointError(.malformed("a shard is an index itself")) }
      let container = try ShardedContainer(bytes, path: path)
      self.init(
        container.isSafetensors ? .safetensorsSharded : .torchSharded,
        .flat(container.tensors, container.metadata), era: container.shards.first?.era ?? "")
      isBigEndian = container.isBigEndian
      shards = container.shards
      pickles = shards.flatMap { shard in
        shard.pickles.map {
          CheckpointPickle(name: "\(shard.path): \($0.name)", document: $0.document)
        }
      }
    }
  }

  private init(_ format: CheckpointFormat, _ content: Content, era: String) {
    self.format = format
    self.content = content
    self.era = era
  }

  // MARK: Formats that need a second look

  private static func zip(_ bytes: Bytes) throws -> OpenedContainer {
    let archive = try ZipArchive(bytes)
    if archive.directory.entries.isEmpty {
      throw CheckpointError(.malformed("this zip archive is empty"))
    }
    if let prefix = TorchZipContainer.prefix(in: archive.directory) {
      return try torchZip(TorchZipContainer(archive, prefix: prefix))
    }
    guard NpzContainer.matches(archive.directory) else {
      let names = archive.directory.entries.prefix(3).map { "'\($0.name)'" }
      throw CheckpointError(
        .unknownFormat(
          "a zip archive without data.pkl or .npy entries; it holds "
            + (names.isEmpty ? "nothing" : names.joined(separator: ", "))))
    }
    let container = try NpzContainer(archive)
    var opened = OpenedContainer(
      .npz, .flat(container.tensors, container.others.map { ($0.name, .name($0.what)) }),
      era: "numpy")
    opened.isBigEndian = container.isBigEndian
    return opened
  }

  private static func torchZip(_ container: TorchZipContainer) throws -> OpenedContainer {
    var source = PickleSource(
      document: container.document, fileOffset: container.pickleOffset,
      persistentObjects: container.storages)
    var pickles = [
      CheckpointPickle(name: container.prefix + "data.pkl", document: container.document)
    ]
    if container.isTorchScript {
      let archive = container.archive
      for (index, entry) in archive.directory.entries.enumerated() {
        let code = container.prefix + "code/"
        if entry.name.hasPrefix(code), entry.name.hasSuffix(".py") {
          let module = entry.name.dropFirst(code.count).dropLast(3)
            .split(separator: "/").joined(separator: ".")
          let text = try archive.contents(index).bytes.text
          source.scriptAttributes.merge(ScriptAttributes.parse(text, module: module)) { $1 }
        } else if entry.name == container.prefix + "constants.pkl" {
          let document = try PickleDocument(parsing: try archive.pickle(named: entry.name).bytes)
          pickles.append(CheckpointPickle(name: entry.name, document: document))
        }
      }
    }
    var opened = OpenedContainer(
      container.isTorchScript ? .torchScript : .torchZip, .pickle(source), era: container.era)
    opened.isBigEndian = container.isBigEndian
    opened.pickles = pickles
    opened.archive = container.archive
    return opened
  }

  private static func tar(_ bytes: Bytes) throws -> OpenedContainer {
    let archive = TarArchive(bytes)
    guard TarContainer.matches(archive) else {
      let names = archive.members.prefix(3).map { "'\($0.name)'" }.joined(separator: ", ")
      throw CheckpointError(
        .unknownFormat("a tar archive that PyTorch did not write; unpack it (it holds \(names))"))
    }
    let container = try TarContainer(archive)
    var opened = OpenedContainer(
      .torchTar,
      .pickle(
        PickleSource(
          document: container.document, fileOffset: container.fileOffset,
          persistentObjects: container.objects)),
      era: "PyTorch before 0.1.10")
    opened.pickles =
      [CheckpointPickle(name: "pickle", document: container.document)]
      + container.frame.map { CheckpointPickle(name: "storages and tensors", document: $0) }
    return opened
  }

  private static func pickle(_ bytes: Bytes) throws -> OpenedContainer {
    let first: PickleDocument
    do {
      first = try PickleDocument(parsing: bytes)
    } catch {
      throw FileSignature.failure(error, bytes)
    }
    if LegacyContainer.isMagic(first) { return try legacy(bytes) }
    // A legacy file begins with one integer and goes on; nobody saves an integer and more.
    let isInteger = [.int, .bigInt].contains(first.kind(first.root))
    if isInteger, first.range.upperBound < bytes.count {
      throw CheckpointError(
        .malformed("the magic number is not PyTorch's 0x1950a86a20f9469cfc6c"), position: 0)
    }
    var opened = OpenedContainer(
      .pickle,
      .pickle(
        PickleSource(document: first, fileOffset: 0, persistentObjects: NoPersistentObjects())),
      era: "pickle protocol \(first.protocolVersion)")
    opened.pickles = [CheckpointPickle(name: "pickle", document: first)]
    return opened
  }

  private static func legacy(_ bytes: Bytes) throws -> OpenedContainer {
    let container = try LegacyContainer(bytes, fileOffset: 0)
    let origin = container.isFromLittleEndianMachine ? "" : ", saved on a big-endian machine"
    var opened = OpenedContainer(
      .torchLegacy,
      .pickle(
        PickleSource(
          document: container.document, fileOffset: 0, persistentObjects: container.storages)),
      era: "PyTorch before 1.6, or its legacy option" + origin)
    opened.pickles = Swift.zip(LegacyContainer.partNames, container.pickles)
      .map { CheckpointPickle(name: $0, document: $1) }
    opened.endOffset = container.endOffset
    return opened
  }
}
