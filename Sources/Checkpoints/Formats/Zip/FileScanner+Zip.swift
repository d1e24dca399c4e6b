import PthBytes
import PthPickle

extension FileScanner {
  /// - Parameter contents: The formats whose files are zip archives.
  mutating func judgeZip(_ bytes: Bytes, _ contents: [ZipContents]) throws {
    if let ranges = ZipSequence.archives(in: bytes), depth < Self.maximumDepth {
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
    judgeZip(archive, contents)
  }

  mutating func judgeZip(_ archive: ZipArchive, _ contents: [ZipContents]) {
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
    var examined: ZipContents.ExaminedEntries?
    for format in contents where examined == nil { examined = format.examine(&self, archive) }
    isTorchScript = examined?.scriptPrefix != nil
    let code = ArchivedCode(
      entryNames: directory.entries.lazy.map(\.name), scriptPrefix: examined?.scriptPrefix)
    let weights = RawWeights(archive, limit: budget.available)
    // Many directory records can point at one body, which is judged once per role that a name gives it.
    var seen: Set<JudgedBody> = []
    var scripts: [(name: String, text: Bytes)] = []
    for (index, entry) in directory.entries.enumerated() {
      // Empty folder entries have nothing to judge; a folder entry with data is judged, since readers return it.
      if entry.isDirectory, entry.uncompressedSize == 0, entry.compressedSize == 0 { continue }
      // Readers only take a storage as numbers, whatever its bytes look like.
      if examined?.isStorage[index] == true {
        judgeStorage(index, entry, archive)
        continue
      }
      let role = code.role(of: entry.name)
      let isRaw = role == .plain && weights.contains(entry.name)
      let judged = JudgedBody(body: EntryBody(entry), role: role, isRaw: isRaw)
      guard seen.insert(judged).inserted else { continue }
      guard entry.uncompressedSize <= budget.available else {
        audit.add(
          .unknown, "was not judged: the file unpacks to more than the limit", part: entry.name)
        continue
      }
      do {
        let bytes = try archive.contents(index).bytes
        if role == .script { scripts.append((entry.name, bytes)) }
        if isRaw {
          judgeRawWeights(bytes, name: entry.name, isMapped: isMapped && entry.isStored)
          continue
        }
        judgeEntry(bytes, name: entry.name, role, isMapped: isMapped && entry.isStored)
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
    let isRaw: Bool
  }

  /// Checks that a compressed storage inflates to the size it declares.
  private mutating func judgeStorage(_ index: Int, _ entry: ZipEntry, _ archive: ZipArchive) {
    guard !entry.isStored, !entry.isEncrypted else { return }
    do {
      _ = try archive.contents(index)
    } catch {
      let error = CheckpointError.wrapping(error)
      audit.add(.dangerous, "is compressed wrongly: \(error.reasonText)", part: entry.name)
    }
  }

  /// Judges the first entry of an archive whose directory is broken, for readers that need no directory.
  private mutating func judgeWithoutDirectory(_ bytes: Bytes) {
    guard let nameLength = try? bytes.integer(at: 26, as: UInt16.self),
      let extraLength = try? bytes.integer(at: 28, as: UInt16.self),
      let body = try? bytes.suffix(from: 30 + Int(nameLength) + Int(extraLength)), !body.isEmpty,
      body[0] == 0x80
    else { return }
    let document = parse(body).document
    if PickleAudit(document).verdict == .dangerous { judge(document, part: "first entry") }
  }

  /// Judges a zip archive at the end of bytes that begin as something else: readers find it from the end.
  mutating func judgeZipAtEnd(
    _ bytes: Bytes, beside primary: FileFormat?, _ contents: [ZipContents]
  ) {
    if ZipDirectory.endsLikeZip(bytes) {
      audit.add(
        primary == nil ? .unknown : .dangerous,
        "ends as a zip archive and begins as something else: readers differ in what they see")
      do { try judgeZip(bytes, contents) } catch {
        let reason = CheckpointError.wrapping(error).reasonText
        audit.add(.unknown, "cannot be read as a zip archive: \(reason)")
      }
    } else if let range = ZipDirectory.embeddedArchive(in: bytes),
      let archive = try? bytes.slice(at: range.lowerBound, count: range.count)
    {
      audit.merge(nestedAudit(of: archive, isMapped: isMapped), part: "archive near the end")
    }
  }
}
