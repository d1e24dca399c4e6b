import PthBytes
import PthPickle

extension FileScanner {
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
          .dangerous, "occurs twice in the archive: readers differ in which they take",
          part: member.name)
      }
    }
    audit.weightsOnly = .refused("it is in the tar container")
    let code = ArchivedCode(entryNames: archive.names, scriptPrefix: nil)
    for member in archive.members {
      // These members alternate pickles and raw numbers; the container's reader splits them below.
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
      audit.add(.unknown, "is a device or a sparse file, which was not judged", part: name)
    }
  }

  /// Judges the bytes after the empty blocks that end an archive.
  private mutating func judgeBehindTar(_ bytes: Bytes, from end: Int) {
    let start = bytes.withUnsafeBytes { buffer in
      buffer[min(end, buffer.count)...].firstIndex { $0 != 0 }
    }
    if let start { judgeAppended(bytes, from: start) }
  }
}
