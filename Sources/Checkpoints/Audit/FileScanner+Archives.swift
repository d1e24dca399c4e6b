import PthBytes
import PthPickle

/// Archives, and what lies in them.
extension FileScanner {
  // MARK: Zip

  mutating func judgeZip(_ bytes: Bytes) throws {
    if let ranges = ZipSequence.archives(in: bytes), depth < Self.deepest {
      audit.add(
        .unknown,
        "is \(ranges.count) archives in a row, as torch.distributed.checkpoint writes: the "
          + ".metadata beside it says which of its bytes are read")
      for range in ranges {
        let part = try bytes.slice(at: range.lowerBound, count: range.count)
        let inner = nestedAudit(of: part, isMapped: isMapped)
        audit.merge(inner, part: "archive at byte \(range.lowerBound)")
      }
      return
    }
    let archive: ZipArchive
    do {
      archive = try ZipArchive(bytes)
    } catch {
      judgeWithoutDirectory(bytes)
      throw error
    }
    judgeZip(archive)
  }

  mutating func judgeZip(_ archive: ZipArchive) {
    let directory = archive.directory
    for finding in ZipTricks(
      archive, checksCRCs: isThorough && depth == 0, asksLibzip: isThorough
    ).findings {
      if let verdict = finding.verdict {
        audit.add(verdict, finding.text, part: finding.part)
      } else {
        audit.warn((finding.part.map { "\($0) " } ?? "") + finding.text)
      }
    }
    judgeAppended(archive.bytes, from: directory.endOffset)
    let prefix = TorchZipContainer.prefix(in: directory)
    isTorchScript = prefix.map { TorchZipContainer.isTorchScript(directory, prefix: $0) } ?? false
    if let prefix { judgeWeightsOnly(archive, prefix + "data.pkl") }
    let isStorage = storages(of: archive, prefix: prefix)
    let code = ArchivedCode(
      entryNames: directory.entries.lazy.map(\.name), scriptPrefix: isTorchScript ? prefix : nil)
    // Many records can point at one body, which is judged once for each thing that its name says.
    var seen: Set<JudgedBody> = []
    var scripts: [(name: String, text: Bytes)] = []
    for (index, entry) in directory.entries.enumerated() {
      // Readers that ask for the entry of a folder are given what is in it.
      if entry.isDirectory, entry.uncompressedSize == 0, entry.compressedSize == 0 { continue }
      // A storage is only ever numbers, whatever its bytes look like.
      if isStorage[index] {
        judgeStorage(index, entry, archive)
        continue
      }
      let role = code.role(of: entry.name)
      guard seen.insert(JudgedBody(body: EntryBody(entry), role: role)).inserted else { continue }
      guard entry.uncompressedSize <= budget.available else {
        audit.add(
          .unknown, "was not judged: the file holds more than is unpacked", part: entry.name)
        continue
      }
      do {
        let contents = try archive.contents(index).bytes
        if role == .script { scripts.append((entry.name, contents)) }
        judgeEntry(contents, name: entry.name, role, isMapped: isMapped && entry.isStored)
      } catch {
        let reason = CheckpointError.wrapping(error).reasonText
        audit.add(.unknown, "cannot be read: \(reason)", part: entry.name)
      }
    }
    for (verdict, text, part) in TorchScriptCode.findings(scripts) {
      audit.add(verdict, text, part: part)
    }
    isTorchScript = false
  }

  private struct JudgedBody: Hashable {
    let body: EntryBody
    let role: ArchivedCode.Role
  }

  private mutating func judgeWeightsOnly(_ archive: ZipArchive, _ name: String) {
    if isTorchScript {
      audit.weightsOnly = .refused("it is a TorchScript archive")
    } else {
      let pickle: Bytes
      do { pickle = try archive.pickle(named: name).bytes } catch {
        audit.weightsOnly = .refused(CheckpointError.wrapping(error).reasonText)
        return
      }
      let parsed = parse(pickle)
      let problems = StorageClaims.problems(
        in: parsed.document, of: archive.directory, prefix: String(name.dropLast("data.pkl".count)))
      for problem in problems { audit.add(.dangerous, problem.text, part: problem.part) }
      let claim = problems.first.map { "\($0.part) \($0.text)" }
      let obstacle =
        parsed.error?.description ?? WeightsOnlyCheck.obstacle(in: parsed.document) ?? claim
      audit.weightsOnly = obstacle.map { .refused($0) } ?? .accepted
      judgeSparse(
        parsed.document,
        (try? TorchZipContainer(archive, prefix: String(name.dropLast("data.pkl".count))))?.storages
      )
    }
  }

  /// Which entries are storages of the archive's pickle. What else lies beside them is judged.
  private mutating func storages(of archive: ZipArchive, prefix: String?) -> [Bool] {
    var isStorage = [Bool](repeating: false, count: archive.directory.entries.count)
    guard let prefix, let pickle = try? archive.pickle(named: prefix + "data.pkl").bytes,
      let ids = try? StorageTable.ids(in: parse(pickle).document)
    else { return isStorage }
    for id in ids {
      if let index = archive.directory.indexByName[prefix + "data/" + id.key] {
        isStorage[index] = true
      }
    }
    return isStorage
  }

  /// A compressed storage has to inflate to what it claims.
  private mutating func judgeStorage(_ index: Int, _ entry: ZipEntry, _ archive: ZipArchive) {
    guard !entry.isStored, !entry.isEncrypted else { return }
    do {
      _ = try archive.contents(index)
    } catch {
      let error = CheckpointError.wrapping(error)
      audit.add(.dangerous, "is compressed wrongly: \(error.reasonText)", part: entry.name)
    }
  }

  /// The first entry of an archive whose directory is broken, for readers that do without it.
  private mutating func judgeWithoutDirectory(_ bytes: Bytes) {
    guard let nameLength = try? bytes.integer(at: 26, as: UInt16.self),
      let extraLength = try? bytes.integer(at: 28, as: UInt16.self),
      let body = try? bytes.suffix(from: 30 + Int(nameLength) + Int(extraLength)), !body.isEmpty,
      body[0] == 0x80
    else { return }
    let document = parse(body).document
    if PickleAudit(document).verdict == .dangerous { judge(document, part: "first entry") }
  }

  // MARK: Tar

  mutating func judgeTar(_ bytes: Bytes) throws {
    let archive = TarArchive(bytes)
    let isPyTorch = TarContainer.matches(archive)
    for name in archive.names {
      if let what = EntryName.problem(name) { audit.add(.dangerous, what, part: name) }
    }
    judgeLinks(archive, isPyTorch: isPyTorch)
    if isPyTorch {
      for (name, what) in archive.oddities { audit.add(.dangerous, what, part: name) }
      var seen: Set<String> = []
      for member in archive.members where !seen.insert(member.name).inserted {
        audit.add(
          .dangerous, "stands twice in the archive: readers differ in which they take",
          part: member.name)
      }
    }
    audit.weightsOnly = .refused("it is in the tar container")
    let code = ArchivedCode(entryNames: archive.names, scriptPrefix: nil)
    for member in archive.members {
      // Pickles and raw numbers in turn, which the container's reader takes apart.
      if isPyTorch, ["storages", "tensors"].contains(member.name) { continue }
      judgeEntry(member.bytes, name: member.name, code.role(of: member.name), isMapped: isMapped)
    }
    if isPyTorch {
      let (documents, faults) = TarContainer.frame(archive)
      for document in documents { judge(document, part: "storages and tensors") }
      for fault in faults {
        audit.add(.unknown, "cannot be read to its end: \(fault.reasonText)", part: fault.part)
      }
    }
    if let fault = archive.fault {
      audit.add(.unknown, "cannot be read to its end: \(fault.reasonText)", part: fault.part)
    } else {
      judgeBehindTar(bytes, from: archive.endOffset)
    }
  }

  private mutating func judgeLinks(_ archive: TarArchive, isPyTorch: Bool) {
    for (name, target) in archive.links {
      if isPyTorch {
        audit.add(.dangerous, "is a link", part: name)
      } else if EntryName.problem(target) != nil {
        audit.add(.dangerous, "is a link that leaves the folder", part: name)
      }
    }
    for name in archive.opaqueNames {
      audit.add(.unknown, "is a device or a sparse file, which nobody looked into", part: name)
    }
  }

  /// What follows the empty blocks that end an archive.
  private mutating func judgeBehindTar(_ bytes: Bytes, from end: Int) {
    let start = bytes.withUnsafeBytes { buffer in
      buffer[min(end, buffer.count)...].firstIndex { $0 != 0 }
    }
    if let start { judgeAppended(bytes, from: start) }
  }

  // MARK: Entries

  /// Judges an entry of an archive by what it contains and by what its name makes readers take it for.
  private mutating func judgeEntry(
    _ bytes: Bytes, name: String, _ role: ArchivedCode.Role, isMapped: Bool
  ) {
    for (verdict, text) in role.findings(bytes) { audit.add(verdict, text, part: name) }
    let inner = nestedAudit(of: bytes, isMapped: isMapped) {
      $0.isClaimedPickle = role == .pickle || role == .bytecode
      $0.isTorchScript = isTorchScript
      $0.namesOperators = role == .bytecode
      if let parsed = known[bytes.baseAddress] { $0.known[bytes.baseAddress] = parsed }
    }
    audit.merge(inner, part: name)
  }

  /// What is compressed as a whole.
  ///
  /// - Throws: ``CheckpointError`` if it only begins so.
  mutating func judgeCompressed(_ bytes: Bytes, _ name: String) throws {
    guard let kind = CompressedStream.kind(of: bytes) else {
      return audit.add(.unknown, "is a \(name) archive, whose contents cannot be judged here")
    }
    let unpacked = kind.unpack(bytes, most: budget.available)
    let inner = nestedAudit(of: unpacked.contents, isMapped: false)
    // Two bytes begin such a stream, and much else.
    if !kind.isCertain, unpacked.fault == .damaged, inner.verdict == .safe,
      unpacked.contents.count < CompressedStream.largestDictionary
    {
      throw CheckpointError(.unknownFormat("no known format begins with these bytes"))
    }
    judgeUnpacked(unpacked, kind, inner)
  }

  private mutating func judgeUnpacked(
    _ unpacked: CompressedStream.Unpacked, _ kind: CompressedStream, _ inner: FileAudit
  ) {
    audit.merge(inner, part: "unpacked")
    if let fault = unpacked.fault {
      audit.add(.unknown, "is \(kind.name) data that cannot be judged to the end: \(fault.text)")
    }
    guard !unpacked.rest.isEmpty else { return }
    audit.warn("\(unpacked.rest.count) bytes follow the end of the \(kind.name) data")
    let rest = nestedAudit(of: unpacked.rest, isMapped: isMapped)
    audit.merge(rest, part: "behind the \(kind.name) data")
  }

  /// Bytes that have no mark of a compressed stream and are one, to readers that do not ask for it.
  mutating func judgePossiblyCompressed(_ bytes: Bytes) {
    let most = 16 << 20
    guard let kind = CompressedStream.possibleKind(of: bytes),
      CompressedStream.kind(of: bytes) == nil
    else { return }
    let unpacked = kind.unpack(bytes, most: min(most, budget.available))
    let inner = nestedAudit(of: unpacked.contents, isMapped: false)
    // Many other bytes can be unpacked to something for a while.
    if unpacked.fault == nil || inner.verdict > .safe { judgeUnpacked(unpacked, kind, inner) }
  }
}
