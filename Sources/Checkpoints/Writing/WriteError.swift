import Glibc

/// Why an output could not be written.
public struct WriteError: Error, Equatable, CustomStringConvertible {
  /// The output's path.
  package let path: String
  /// The tensor at fault; nil if no tensor is.
  package let part: String?
  /// The reason, as the end of a sentence.
  package let reason: String
  /// What the user could request to avoid the error; each interface names its own option for it.
  package let remedy: Remedy?

  /// Requests for which each interface has an option.
  package enum Remedy: Sendable {
    /// Replace the existing file.
    case replacing
    /// Cast tensors or leave them out.
    case otherTensors
    /// Leave out tensors that no cast can change.
    case fewerTensors
  }

  package init(path: String, part: String? = nil, reason: String, remedy: Remedy? = nil) {
    self.path = path
    self.part = part
    self.reason = reason
    self.remedy = remedy
  }

  /// The system's error for an `errno`.
  init(path: String, code: Int32) {
    self.init(path: path, reason: Self.text(code))
  }

  private static func text(_ code: Int32) -> String {
    switch code {
    case ENOENT, ENOTDIR: "its directory does not exist"
    case ENOSPC, EDQUOT: "no room for it on the disk; nothing was written"
    case EFBIG: "it would be larger than a file may be here; nothing was written"
    default: "cannot be written: \(String(cString: strerror(code)))"
    }
  }

  public var description: String { "\(path): \(part.map { "\($0): " } ?? "")\(reason)" }
}
