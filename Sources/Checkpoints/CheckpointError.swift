import PthBytes
import PthPickle
import PthTensors

/// Why a checkpoint cannot be read: which file, which part of it, where, and what is wrong.
public struct CheckpointError: Error, CustomStringConvertible {
  package enum Reason: Sendable {
    /// The file could not be opened or mapped.
    case file(FileError)
    case empty
    /// A web page that was saved instead of the file.
    case html
    /// A Git LFS pointer instead of the file itself; the file's size if the pointer has it.
    case gitLFSPointer(size: Int?)
    /// An archive or compressed file that is not read here.
    case otherArchive(String)
    /// None of the readable formats; the text says what the content looks like.
    case unknownFormat(String)
    /// The container ends too early.
    case truncated(String)
    /// The container contradicts itself or its format.
    case malformed(String)
    /// Well-formed, but not supported by this reader.
    case unsupported(String)
    case pickle(PickleError)
    case tensor(TensorError)
    /// A shard that the index names is not there.
    case missingShard(String)
    /// No tensors under the requested key; `candidates` are the keys that have some.
    case noStateDict(key: String, candidates: [String])
  }

  /// The file at fault; empty until ``Checkpoint/open(_:key:)`` fills it in.
  package internal(set) var path = ""
  /// The archive entry, storage or key at fault.
  package internal(set) var part: String?
  /// Byte position in the file.
  package internal(set) var position: Int?
  package let reason: Reason

  init(_ reason: Reason, part: String? = nil, position: Int? = nil) {
    self.reason = reason
    self.part = part
    self.position = position
  }

  public var description: String {
    if case .file(let error) = reason { return error.description }
    let place = part.map { "\($0): " } ?? ""
    let byte = position.map { " (byte \($0))" } ?? ""
    return "\(path): \(place)\(reasonText)\(byte)"
  }

  /// The reason, without the file and the place.
  var reasonText: String {
    switch reason {
    case .file(let error): error.description
    case .empty: "the file is empty; download it again"
    case .html:
      "this is a web page (HTML), not a checkpoint; the download went wrong, fetch the file itself"
    case .gitLFSPointer(let size):
      "this is a Git LFS pointer, not the file"
        + (size.map { " of \($0) bytes" } ?? "") + "; run 'git lfs pull' to fetch it"
    case .otherArchive(let kind): "this is a \(kind) archive; unpack it and name the file inside"
    case .unknownFormat(let what): "not a checkpoint: \(what)"
    case .truncated(let what): "\(what); the file is truncated, download it again"
    case .malformed(let what): what
    case .unsupported(let what): what
    case .pickle(let error): error.description
    case .tensor(let error): error.description
    case .missingShard(let name):
      "shard '\(name)' is missing; put it beside the index file"
    case .noStateDict(let key, let candidates):
      (key.isEmpty ? "no tensors found" : "no tensors under '\(key)'")
        + (candidates.isEmpty ? "" : "; there are some under \(candidates.joined(separator: ", "))")
    }
  }

  /// Whether the file was never a checkpoint, as opposed to a damaged one.
  package var isForeignFormat: Bool {
    switch reason {
    case .unknownFormat, .html, .empty: true
    default: false
    }
  }

  /// This error with a part and a position, unless it has them already.
  func located(part: String? = nil, position: Int? = nil) -> CheckpointError {
    var error = self
    error.part = error.part ?? part
    error.position = error.position ?? position
    return error
  }

  /// Runs `body`; whatever it throws becomes a checkpoint error that names the file.
  package static func naming<Result>(_ path: String, _ body: () throws -> Result)
    throws(CheckpointError)
    -> Result
  {
    do {
      return try body()
    } catch {
      var error = wrapping(error)
      error.path = path
      throw error
    }
  }

  /// Wraps any error that reading can throw in a checkpoint error.
  static func wrapping(_ error: any Error) -> CheckpointError {
    switch error {
    case let error as CheckpointError: error
    case let error as PickleError: CheckpointError(.pickle(error))
    case let error as TensorError: CheckpointError(.tensor(error))
    case let error as OutOfBounds: CheckpointError(.truncated(error.description))
    case let error as FileError: CheckpointError(.file(error))
    default: CheckpointError(.malformed("\(error)"))
    }
  }
}
