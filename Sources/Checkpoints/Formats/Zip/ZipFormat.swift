import PthBytes
import PthPickle

extension FileFormat {
  /// Zip archives; the first of `contents` that recognises the entries opens the archive.
  static func zip(holding contents: [ZipContents]) -> FileFormat {
    var format = FileFormat(
      name: "zip", kinds: contents.flatMap(\.kinds), outputs: contents.compactMap(\.output),
      matches: {
        $0.starts(with: ZipDirectory.localSignature) || $0.starts(with: ZipDirectory.endSignature)
      },
      open: { try ZipContents.open($0.bytes, contents) },
      judge: { try $0.judgeZip($1, contents) })
    format.hasChecksums = true
    format.judgeBeside = { scanner, bytes, primary in
      guard primary?.name != "zip" else { return }
      scanner.judgeZipAtEnd(bytes, beside: primary, contents)
    }
    format.judgeOpened = { scanner, checkpoint in
      guard let archive = checkpoint.archive else { return false }
      for pickle in checkpoint.pickles where pickle.document.range.lowerBound == 0 {
        scanner.known[pickle.document.bytes.baseAddress] = ParsedPickle(document: pickle.document)
      }
      scanner.judgeZip(archive, contents)
      return true
    }
    return format
  }
}

/// A format whose files are zip archives with particular entries.
struct ZipContents: Sendable {
  let kinds: [FormatKind]
  var output: OutputFormat?
  /// Opens an archive; nil if the archive belongs to another format.
  let open: @Sendable (ZipArchive) throws -> OpenedContainer?
  /// Judges the parts that only this format has; nil if the archive belongs to another format.
  var examine: @Sendable (inout FileScanner, ZipArchive) -> ExaminedEntries? = { _, _ in nil }

  /// The entries of an archive as its format sees them.
  struct ExaminedEntries {
    /// For each directory entry, whether every reader takes its bytes as numbers only.
    let isStorage: [Bool]
    /// The archive name of a TorchScript archive with its slash; nil for other archives.
    let scriptPrefix: String?
  }

  fileprivate static func open(_ bytes: Bytes, _ all: [ZipContents]) throws -> OpenedContainer {
    if let ranges = ZipSequence.archives(in: bytes) {
      throw CheckpointError(
        .unsupported(
          "the file is \(ranges.count) archives in a row, as torch.distributed.checkpoint writes; "
            + "torch.distributed.checkpoint.format_utils.dcp_to_torch_save makes a file for "
            + "torch.load of its folder"))
    }
    let archive = try ZipArchive(bytes)
    if archive.directory.entries.isEmpty {
      throw CheckpointError(.malformed("this zip archive is empty"))
    }
    for contents in all {
      if let opened = try contents.open(archive) { return opened }
    }
    let names = archive.directory.entries.prefix(3).map { "'\($0.name)'" }
    throw CheckpointError(
      .unknownFormat(
        "a zip archive without data.pkl or .npy entries; it holds "
          + names.joined(separator: ", ")))
  }
}
