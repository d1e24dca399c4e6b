import PthBytes
import PthPickle

/// Judges the contents of archives and compressed streams.
extension FileScanner {
  /// Judges an archive's entry by its contents, and by the use that its name suggests to readers.
  mutating func judgeEntry(
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

  /// Judges a file that is compressed as a whole.
  ///
  /// - Throws: ``CheckpointError`` if only the first bytes look compressed.
  mutating func judgeCompressed(_ bytes: Bytes, _ name: String) throws {
    guard let kind = CompressedStream.kind(of: bytes) else {
      return audit.add(.unknown, "is a \(name) archive, whose contents cannot be judged here")
    }
    let unpacked = kind.unpack(bytes, limit: budget.available)
    let inner = nestedAudit(of: unpacked.contents, isMapped: false)
    // zlib and LZMA are recognised by two bytes, with which many other files begin.
    if !kind.isCertain, unpacked.fault == .damaged, inner.verdict == .safe,
      unpacked.contents.count < CompressedStream.maximumDictionarySize
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

  /// Judges bytes without the magic number of a compressed stream that some readers would still unpack.
  mutating func judgePossiblyCompressed(_ bytes: Bytes) {
    let maximumSize = 16 << 20
    guard let kind = CompressedStream.possibleKind(of: bytes),
      CompressedStream.kind(of: bytes) == nil
    else { return }
    let unpacked = kind.unpack(bytes, limit: min(maximumSize, budget.available))
    let inner = nestedAudit(of: unpacked.contents, isMapped: false)
    // Many other bytes can be unpacked for a while before an error shows, so only success or a finding counts.
    if unpacked.fault == nil || inner.verdict > .safe { judgeUnpacked(unpacked, kind, inner) }
  }
}
