import PthBackbones
import PthCheckpoints
import PthReports

/// The finding for a checkpoint that is not on this machine.
enum SourceFinding {
  /// - Parameter hasOwnCode: Whether the configuration imports code that may add loaders.
  static func missing(
    _ name: SourceName, _ path: String?, _ entry: CheckpointEntry, hasOwnCode: Bool
  ) -> PreflightFinding {
    switch name.origin {
    case .unknownScheme(let scheme):
      return PreflightFinding(
        .unknownSource, hasOwnCode ? .warning : .error, at: entry.location,
        "the run stops: no loader of mmengine knows '\(scheme)://', so it looks for a file of this name",
        because:
          "mmengine's loaders know torchvision://, open-mmlab://, mmcls://, http://, https://, "
          + "s3://, petrel:// and pavi://")
    case .unknownName(let scheme, let closest):
      return PreflightFinding(
        .unknownSource, .error, at: entry.location,
        "the run stops: '\(name.written)' is no published name",
        because: "the names of \(scheme):// are those of \(HubTable.source)",
        instead: closest.first.map {
          entry.line(prefix: entry.prefix, checkpoint: "\(scheme)://\($0)")
        })
    case .storage(let scheme):
      return PreflightFinding(
        .notHere, .note, at: entry.location,
        "what arrives from '\(name.written)' cannot be told: \(scheme):// is remote",
        because: "a copy of the file can be given as checkpoint")
    case .address(let url):
      return PreflightFinding(
        .notHere, .note, at: entry.location,
        "\(name.fileName) is not on this machine: what arrives cannot be told",
        because: "the run downloads \(url); put it here: \(path ?? "")")
    case .file, .own:
      return PreflightFinding(
        .notHere, .note, at: entry.location,
        "'\(name.written)' is not here: what arrives cannot be told",
        because: name.written.isEmpty
          ? "the run needs the name of a file"
          : "the run looks for \(path ?? name.written), from the folder it is started in")
    }
  }
}

/// Checks the hexadecimal digits in a published file's name against its SHA-256.
enum DigestCheck {
  static func findings(_ checkpoint: Checkpoint, _ entry: CheckpointEntry) -> [PreflightFinding] {
    guard let digits = ChecksumReport.hubHash(in: checkpoint.fileName),
      !isDate(digits), let sum = try? ChecksumReport.sha256(of: checkpoint), !sum.hasPrefix(digits)
    else { return [] }
    return [
      PreflightFinding(
        .digestDiffers, .warning, at: entry.location,
        "\(checkpoint.fileName) is not the file that its name says",
        because: "its SHA-256 begins with \(sum.prefix(digits.count)), its name says \(digits)")
    ]
  }

  /// Whether the digits may be a date (YYYYMMDD).
  private static func isDate(_ digits: String) -> Bool {
    digits.count == 8 && digits.allSatisfy(\.isNumber)
      && (digits.hasPrefix("19") || digits.hasPrefix("20"))
  }
}
