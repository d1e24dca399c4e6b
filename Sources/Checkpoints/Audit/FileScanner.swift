import PthBytes
import PthPickle

/// Audits whole files: finds every pickle in them and looks for tricks of the container.
package struct FileScanner {
  private var audit: FileAudit
  /// How many archives the bytes lie in.
  private let depth: Int
  private let checksCRCs: Bool
  /// Pickles that are parsed already, by entry.
  private var known: [String: PickleDocument] = [:]
  private static let deepest = 3

  /// Audits the file at `path`; `-` is standard input.
  ///
  /// - Throws: ``CheckpointError`` if it is of no format that could hold a pickle or weights.
  package static func scan(_ path: String) throws(CheckpointError) -> FileAudit {
    try CheckpointError.naming(path) { try scan(try MappedFile(path: path).bytes, path: path) }
  }

  /// Audits a checkpoint that is open, without reading its entries for their CRCs.
  package static func audit(_ checkpoint: Checkpoint) throws(CheckpointError) -> FileAudit {
    try CheckpointError.naming(checkpoint.path) {
      var scanner = FileScanner(
        audit: FileAudit(path: checkpoint.path), depth: 0, checksCRCs: false)
      if let archive = checkpoint.archive {
        scanner.known = Dictionary(
          checkpoint.pickles.map { ($0.name, $0.document) }, uniquingKeysWith: { first, _ in first }
        )
        try scanner.scanZip(archive)
      } else if let endOffset = checkpoint.endOffset {
        scanner.judgeLegacy(checkpoint.pickles.map(\.document))
        scanner.scanAppended(checkpoint.bytes, from: endOffset)
      } else {
        try scanner.scan(checkpoint.bytes)
      }
      return scanner.audit
    }
  }

  static func scan(_ bytes: Bytes, path: String, depth: Int = 0, checksCRCs: Bool = true) throws
    -> FileAudit
  {
    var scanner = FileScanner(audit: FileAudit(path: path), depth: depth, checksCRCs: checksCRCs)
    try scanner.scan(bytes)
    return scanner.audit
  }

  private init(audit: FileAudit, depth: Int, checksCRCs: Bool) {
    self.audit = audit
    self.depth = depth
    self.checksCRCs = checksCRCs
  }

  private mutating func scan(_ bytes: Bytes) throws {
    do {
      switch try FileSignature(bytes) {
      case .zip: try scanZip(bytes)
      case .tar: try scanTar(bytes)
      case .pickle: try scanPickles(bytes)
      case .npy: try scanArray(bytes, part: nil)
      case .safetensors: _ = try SafetensorsContainer(bytes)
      case .shardIndex: try scanShards(bytes)
      }
    } catch let error as CheckpointError {
      if case .otherArchive(let kind) = error.reason {
        return audit.add(.unknown, "is a \(kind) archive, whose contents cannot be judged here")
      }
      // What was found before the fault stands: a reader may run it before it notices.
      guard audit.verdict > .safe else { throw error }
      audit.warn("cannot be read to its end: \(error.reasonText)")
    }
  }

  // MARK: Pickles and legacy files

  private mutating func scanPickles(_ bytes: Bytes) throws {
    if ZipDirectory.endsLikeZip(bytes) {
      audit.add(
        .dangerous, "is a pickle and a zip archive at once: readers differ in what they see")
    }
    let (first, error) = PickleDocument.parseAsFarAsPossible(bytes)
    if error == nil, LegacyContainer.isMagic(first) { return try scanLegacy(bytes) }
    if let error, !first.callsSomething { throw FileSignature.failure(error, bytes) }
    scanStream(bytes, part: "pickle")
    audit.weightsOnly = .refused("it is a bare pickle, not what torch.save writes")
  }

  /// Judges the pickle at `position` and every further one right behind its STOP.
  private mutating func scanStream(_ bytes: Bytes, part: String, at position: Int = 0) {
    var position = position
    var count = 0
    while position < bytes.count, count < 100_000 {
      let (document, error) = PickleDocument.parseAsFarAsPossible(bytes, at: position)
      // Behind the first STOP there may be anything; only what parses is a pickle.
      if count > 0, error != nil, document.count <= 4 || !document.callsSomething { break }
      audit.add(document, part: part)
      count += 1
      if let error { return audit.add(error, part: part) }
      position = document.range.upperBound
    }
    if count > 1 { audit.warn("\(part) holds \(count) pickles in a row") }
    if position < bytes.count {
      audit.warn("\(bytes.count - position) bytes follow the end of \(part)")
    }
  }

  private mutating func scanLegacy(_ bytes: Bytes) throws {
    var documents: [PickleDocument] = []
    var position = 0
    for part in LegacyContainer.partNames {
      let (document, error) = PickleDocument.parseAsFarAsPossible(bytes, at: position)
      documents.append(document)
      if let error {
        judgeLegacy(documents)
        audit.weightsOnly = .refused("the file is damaged")
        throw CheckpointError(.pickle(error), part: part, position: error.position)
      }
      position = document.range.upperBound
    }
    judgeLegacy(documents)
    scanAppended(bytes, from: try LegacyContainer(bytes, fileOffset: 0).endOffset)
  }

  /// Judges the pickles of a legacy file, or the first of them.
  private mutating func judgeLegacy(_ documents: [PickleDocument]) {
    var obstacle: String?
    for (part, document) in zip(LegacyContainer.partNames, documents) {
      audit.add(document, part: part)
      obstacle = obstacle ?? WeightsOnlyCheck.obstacle(in: document)
      if part == "object", obstacle == nil, Self.hasUntypedStorage(document) {
        obstacle = "an untyped storage, which torch.load does not find in legacy files"
      }
    }
    audit.weightsOnly = obstacle.map { .refused($0) } ?? .accepted
  }

  private static func hasUntypedStorage(_ document: PickleDocument) -> Bool {
    document.handles.contains { document.globalName($0)?.name == "UntypedStorage" }
  }

  /// Judges what stands behind the end of a container.
  private mutating func scanAppended(_ bytes: Bytes, from end: Int) {
    guard end < bytes.count, let rest = try? bytes.suffix(from: end) else { return }
    let (document, error) = PickleDocument.parseAsFarAsPossible(rest)
    if rest.starts(with: ZipDirectory.localSignature) {
      audit.add(.dangerous, "is followed by another archive: readers differ in which they take")
    } else if error == nil || document.callsSomething {
      audit.add(.dangerous, "is followed by a pickle")
      audit.add(document, part: "appended pickle")
    } else {
      audit.warn("\(rest.count) bytes are appended to the file")
    }
  }

  private mutating func scanArray(_ bytes: Bytes, part: String?) throws {
    let header: NpyHeader
    do {
      header = try NpyHeader(bytes)
    } catch {
      guard let part else { throw error }
      let reason = CheckpointError.wrapping(error).reasonText
      return audit.add(.unknown, "is an array that cannot be read: \(reason)", part: part)
    }
    switch header.items {
    case .values: return
    case .objects:
      audit.warn("\(part ?? "the array") holds Python objects: numpy reads them as a pickle")
    case .unknown:
      let dtype = header.descriptor.prefix(64)
      audit.add(.unknown, "has a dtype that is not understood here: '\(dtype)'", part: part)
      let (document, _) = PickleDocument.parseAsFarAsPossible(bytes, at: header.dataOffset)
      guard document.callsSomething else { return }
    }
    scanStream(bytes, part: part ?? "array", at: header.dataOffset)
  }

  // MARK: Archives

  private mutating func scanTar(_ bytes: Bytes) throws {
    let archive = try TarArchive(bytes)
    for name in archive.names {
      if let what = EntryName.problem(name) { audit.add(.dangerous, what, part: name) }
    }
    for (name, what) in archive.oddities { audit.add(.dangerous, what, part: name) }
    var seen: Set<String> = []
    for member in archive.members where !seen.insert(member.name).inserted {
      audit.add(
        .dangerous, "stands twice in the archive: readers differ in which they take",
        part: member.name)
    }
    for name in archive.linkNames { audit.add(.dangerous, "is a link", part: name) }
    audit.weightsOnly = .refused("it is in the tar container")
    let isPyTorch = TarContainer.matches(archive)
    for member in archive.members {
      // Pickles and raw numbers in turn, which the container's reader takes apart.
      if isPyTorch, ["storages", "tensors"].contains(member.name) { continue }
      try scanContents(member.bytes, name: member.name)
    }
    guard isPyTorch else { return }
    for document in TarContainer.frame(archive) {
      audit.add(document, part: "storages and tensors")
    }
  }

  private mutating func scanZip(_ bytes: Bytes) throws {
    // Elsewhere a second archive is a trick.
    if audit.path.hasSuffix(".distcp"), let row = ArchiveRow(bytes) {
      return try scanRow(row, bytes)
    }
    let archive: ZipArchive
    do {
      archive = try ZipArchive(bytes)
    } catch {
      scanWithoutDirectory(bytes)
      throw error
    }
    try scanZip(archive)
  }

  private mutating func scanRow(_ row: ArchiveRow, _ bytes: Bytes) throws {
    audit.add(
      .unknown,
      "is \(row.ranges.count) archives in a row, as torch.distributed.checkpoint writes: the "
        + ".metadata beside it says which of its bytes are read")
    for (index, range) in row.ranges.enumerated() {
      let archive = try bytes.slice(at: range.lowerBound, count: range.count)
      let part = "archive \(index + 1)"
      audit.merge(
        try Self.scan(archive, path: part, depth: depth, checksCRCs: checksCRCs), part: part)
    }
  }

  private mutating func scanZip(_ archive: ZipArchive) throws {
    let directory = archive.directory
    for finding in ZipTricks(archive, checksCRCs: checksCRCs).findings {
      if let verdict = finding.verdict {
        audit.add(verdict, finding.text, part: finding.part)
      } else {
        audit.warn((finding.part.map { "\($0) " } ?? "") + finding.text)
      }
    }
    scanAppended(archive.bytes, from: directory.endOffset)
    let prefix = TorchZipContainer.prefix(in: directory)
    let isTorchScript =
      prefix.map { TorchZipContainer.isTorchScript(directory, prefix: $0) } ?? false
    if let prefix { judgeWeightsOnly(archive, prefix + "data.pkl", isTorchScript: isTorchScript) }
    let isStorage = storages(of: archive, prefix: prefix)
    // Many records can point at one body: an honest archive is not larger than deflate can make it.
    var budget = 64 * archive.bytes.count + (1 << 24)
    for (index, entry) in directory.entries.enumerated() where !entry.isDirectory {
      // A storage is only ever numbers, whatever its bytes look like.
      if isStorage[index] {
        scanStorage(index, entry, archive)
        continue
      }
      budget -= min(budget, entry.uncompressedSize)
      guard budget > 0 else {
        audit.add(.unknown, "holds more than can be judged")
        break
      }
      guard let contents = try? archive.contents(index).bytes else {
        audit.add(.unknown, "cannot be read", part: entry.name)
        continue
      }
      try scanContents(contents, name: entry.name, isTorchScript: isTorchScript)
    }
  }

  private mutating func judgeWeightsOnly(
    _ archive: ZipArchive, _ name: String, isTorchScript: Bool
  ) {
    if isTorchScript {
      audit.weightsOnly = .refused("it is a TorchScript archive")
    } else if let pickle = try? archive.bytes(named: name).bytes {
      let (document, error) = parse(pickle, name: name)
      if error == nil { known[name] = document }
      let problems = StorageClaims.problems(
        in: document, of: archive.directory, prefix: String(name.dropLast("data.pkl".count)))
      for problem in problems { audit.add(.dangerous, problem.text, part: problem.part) }
      let claim = problems.first.map { "\($0.part) \($0.text)" }
      let obstacle = error?.description ?? WeightsOnlyCheck.obstacle(in: document) ?? claim
      audit.weightsOnly = obstacle.map { .refused($0) } ?? .accepted
    }
  }

  /// Which entries are storages of the archive's pickle. What else lies beside them is judged.
  private func storages(of archive: ZipArchive, prefix: String?) -> [Bool] {
    var isStorage = [Bool](repeating: false, count: archive.directory.entries.count)
    guard let prefix, let pickle = try? archive.bytes(named: prefix + "data.pkl").bytes,
      let ids = try? StorageTable.ids(in: parse(pickle, name: prefix + "data.pkl").0)
    else { return isStorage }
    for id in ids {
      if let index = archive.directory.indexByName[prefix + "data/" + id.key] {
        isStorage[index] = true
      }
    }
    return isStorage
  }

  /// A compressed storage has to inflate to what it claims.
  private mutating func scanStorage(_ index: Int, _ entry: ZipEntry, _ archive: ZipArchive) {
    guard !entry.isStored, !entry.isEncrypted else { return }
    do {
      _ = try archive.contents(index)
    } catch {
      let error = CheckpointError.wrapping(error)
      audit.add(.dangerous, "is compressed wrongly: \(error.reasonText)", part: entry.name)
    }
  }

  /// The first entry of an archive whose directory is broken, for readers that do without it.
  private mutating func scanWithoutDirectory(_ bytes: Bytes) {
    guard let nameLength = try? bytes.integer(at: 26, as: UInt16.self),
      let extraLength = try? bytes.integer(at: 28, as: UInt16.self),
      let body = try? bytes.suffix(from: 30 + Int(nameLength) + Int(extraLength)), !body.isEmpty,
      body[0] == 0x80
    else { return }
    let (document, _) = PickleDocument.parseAsFarAsPossible(body)
    if PickleAudit(document).verdict == .dangerous { audit.add(document, part: "first entry") }
  }

  /// Judges an entry of an archive by what it contains.
  private mutating func scanContents(_ bytes: Bytes, name: String, isTorchScript: Bool = false)
    throws
  {
    if bytes.starts(with: ZipDirectory.localSignature) {
      guard depth < Self.deepest else {
        return audit.add(.unknown, "archives are nested too deep", part: name)
      }
      if let inner = try? Self.scan(bytes, path: name, depth: depth + 1) {
        audit.merge(inner, part: name)
      }
    } else if bytes.starts(with: NpyContainer.magic) {
      try scanArray(bytes, part: name)
    } else {
      let (document, error) = parse(bytes, name: name)
      guard Self.isPickle(bytes, name: name, document, error) else { return }
      audit.add(document, part: name, isTorchScript: isTorchScript)
      if let error { return audit.add(error, part: name) }
      let end = document.range.upperBound
      guard end < bytes.count else { return }
      let (second, secondError) = PickleDocument.parseAsFarAsPossible(bytes, at: end)
      if secondError == nil || second.callsSomething {
        audit.add(.dangerous, "a second pickle stands behind its STOP", part: name)
        audit.add(second, part: name)
      } else {
        audit.warn("\(bytes.count - end) bytes follow the STOP of \(name)")
      }
    }
  }

  private func parse(_ bytes: Bytes, name: String) -> (PickleDocument, PickleError?) {
    if let document = known[name], document.bytes.baseAddress == bytes.baseAddress {
      return (document, nil)
    }
    return PickleDocument.parseAsFarAsPossible(bytes)
  }

  private static func isPickle(
    _ bytes: Bytes, name: String, _ document: PickleDocument, _ error: PickleError?
  ) -> Bool {
    guard !bytes.isEmpty else { return false }
    if [".pkl", ".pickle", ".p"].contains(where: name.lowercased().hasSuffix) { return true }
    if bytes.count > 1, bytes[0] == 0x80, bytes[1] <= 5 { return true }
    // Text protocols have no mark of their own: only what parses to its end and calls something.
    return error == nil && document.callsSomething
  }

  private mutating func scanShards(_ bytes: Bytes) throws {
    guard depth == 0 else { throw CheckpointError(.malformed("a shard is an index itself")) }
    let names = try ShardedContainer.shardNames(bytes)
    let directory = ShardedContainer.directory(of: audit.path)
    audit.weightsOnly = .accepted
    for name in names {
      let inner = try Self.scan(
        try ShardedContainer.map(name, in: directory).bytes, path: directory + name, depth: 1,
        checksCRCs: checksCRCs)
      audit.merge(inner, part: name)
      if inner.weightsOnly != .accepted { audit.weightsOnly = inner.weightsOnly }
    }
  }
}

extension PickleDocument {
  /// Whether unpickling would import or call anything.
  var callsSomething: Bool {
    handles.contains { kind($0) == .call || kind($0) == .global }
  }
}
