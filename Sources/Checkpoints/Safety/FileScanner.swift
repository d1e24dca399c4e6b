import PthBytes
import PthPickle

/// Audits whole files: finds every pickle that any reader would look for, and tricks of the container.
///
/// One file can be several things at once: `pickle.load` may read a safetensors file as a pickle, the name at the
/// beginning of a tar archive may parse as opcodes, and a zip archive is found from its end. So the bytes are judged
/// in every way in which a reader could take them, and so is every part of an archive.
package struct FileScanner {
  var audit: FileAudit
  /// The number of archives and pickles that contain the bytes.
  let depth: Int
  /// Whether to check the CRCs of entries other than storages, and to compare archives with libzip.
  let isThorough: Bool
  /// The unpacking budget, shared by all parts of one file.
  let budget: ScanBudget
  /// Whether a reader would unpickle the bytes because of their name.
  var isClaimedPickle = false
  /// Whether the bytes lie in a TorchScript archive, whose runtime imports nothing.
  var isTorchScript = false
  /// Whether strings in the pickle name operators that a runtime will look up.
  var namesOperators = false
  /// Whether the bytes are uncompressed in the file; the parsing of others is limited.
  var isMapped = true
  /// Pickles that are already parsed, by the address of their bytes.
  var known: [UnsafeRawPointer: ParsedPickle] = [:]

  /// Real files nest no deeper than a checkpoint in an archive in an archive.
  static let maximumDepth = 8

  /// Audits the file at `path`; `-` is standard input.
  ///
  /// - Throws: ``CheckpointError`` if the file has no format that could hold a pickle or weights, or if libzip is not
  ///   installed: without libzip the entries of an archive cannot be judged.
  package static func scan(_ path: String) throws(CheckpointError) -> FileAudit {
    try CheckpointError.naming(path) {
      let bytes = try MappedFile(path: path).bytes
      try LibzipArchive.installed()
      return try scan(bytes, path: path)
    }
  }

  /// Audits an open checkpoint, without checking the CRCs of its entries.
  package static func audit(_ checkpoint: Checkpoint) throws(CheckpointError) -> FileAudit {
    try CheckpointError.naming(checkpoint.path) {
      var scanner = FileScanner(
        audit: FileAudit(path: checkpoint.path), depth: 0, isThorough: false,
        budget: ScanBudget(fileSize: checkpoint.bytes.count))
      if let format = FileFormat.reading(checkpoint.format),
        format.judgeOpened(&scanner, checkpoint)
      {
        scanner.judgeOtherReadings(checkpoint.bytes, beside: format)
      } else {
        try scanner.judge(checkpoint.bytes)
      }
      return scanner.audit
    }
  }

  static func scan(_ bytes: Bytes, path: String) throws -> FileAudit {
    var scanner = FileScanner(
      audit: FileAudit(path: path), depth: 0, isThorough: true,
      budget: ScanBudget(fileSize: bytes.count))
    try scanner.judge(bytes)
    return scanner.audit
  }

  // MARK: Readings

  /// Judges the bytes in every way in which a reader could take them.
  ///
  /// - Throws: ``CheckpointError`` if the format is unknown, or if the bytes are damaged before anything was found in
  ///   them.
  mutating func judge(_ bytes: Bytes) throws {
    var primary: FileFormat?
    var fault: CheckpointError?
    do {
      let format = try FileFormat(of: bytes)
      primary = format
      try format.judge(&self, bytes)
    } catch {
      fault = CheckpointError.wrapping(error)
    }
    judgeOtherReadings(bytes, beside: primary)
    guard let fault else { return }
    if case .otherArchive(let kind) = fault.reason { return try judgeCompressed(bytes, kind) }
    // Findings before the fault are kept: a reader may run that part before it notices the fault.
    guard audit.verdict > .safe else { throw fault }
    audit.add(.unknown, "cannot be read to its end: \(fault.reasonText)", part: fault.part)
  }

  /// Judges the bytes as readers take them that do not go by the first bytes.
  mutating func judgeOtherReadings(_ bytes: Bytes, beside primary: FileFormat?) {
    for format in FileFormat.all { format.judgeBeside(&self, bytes, primary) }
    judgePossiblyCompressed(bytes)
    if primary?.isUnmarked != false {
      for (verdict, text) in ForeignModel.findings(bytes) { audit.add(verdict, text) }
    }
    if let what = OpaqueFormat.finding(bytes) { audit.add(.unknown, what) }
    if let what = NativeCode.kind(of: bytes), depth > 0 {
      audit.add(.unknown, "is \(what), which runs when it is loaded")
    }
  }

  // MARK: Parts

  /// Judges bytes inside other bytes. The caller merges the returned audit under the part's name.
  ///
  /// - Parameter configure: Sets what is known from the part's name and place.
  func nestedAudit(
    of bytes: Bytes, isMapped: Bool, _ configure: (inout FileScanner) -> Void = { _ in }
  ) -> FileAudit {
    var inner = FileScanner(
      audit: FileAudit(path: ""), depth: depth + 1, isThorough: isThorough, budget: budget,
      isMapped: isMapped)
    configure(&inner)
    guard inner.depth <= Self.maximumDepth else {
      inner.audit.add(
        .unknown, "is nested \(inner.depth) archives or pickles deep and was not judged")
      return inner.audit
    }
    guard budget.spend(bytes.count) else {
      inner.audit.add(.unknown, "was not judged: the file unpacks to more than the limit")
      return inner.audit
    }
    do {
      try inner.judge(bytes)
    } catch {
      let fault = CheckpointError.wrapping(error)
      // An entry of unknown format that is not claimed to be a pickle is text, an image or numbers.
      if inner.isClaimedPickle || !fault.isForeignFormat {
        inner.audit.add(.unknown, "cannot be read: \(fault.reasonText)", part: fault.part)
      }
    }
    return inner.audit
  }
}
