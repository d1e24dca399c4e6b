import CPthInterface
import Glibc
import PthBytes
import PthConfigs
import PthConvKit
import PthReports

/// Runs `body`; an error becomes a status, and its sentence is stored in `message`.
func answering(
  _ message: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?, _ body: () throws -> Void
) -> pthconv_status {
  do {
    try body()
    return PTHCONV_OK
  } catch {
    // Names from the file must not add line ends or characters that move a terminal's cursor.
    message?.pointee = strdup(Format.printable("\(error)"))
    return status(of: error)
  }
}

/// A wrong argument of a call.
struct InvalidArgument: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}

extension UnsafePointer<CChar>? {
  /// The string; a NULL pointer is the caller's mistake.
  func text(_ name: String) throws(InvalidArgument) -> String {
    guard let self else { throw InvalidArgument("\(name) is NULL") }
    return String(cString: self)
  }
}

private func status(of error: any Error) -> pthconv_status {
  switch error {
  case is InvalidArgument, is BackboneError, is KeyMappingError: PTHCONV_INVALID_ARGUMENT
  case is WriteError: PTHCONV_CANNOT_WRITE
  case is ConfigError: PTHCONV_BAD_CONFIG
  case let error as FileError: status(of: error)
  case let error as CheckpointError: status(of: error)
  default: PTHCONV_UNREADABLE
  }
}

private func status(of error: FileError) -> pthconv_status {
  switch error.reason {
  case .system(ENOENT), .system(ENOTDIR): PTHCONV_NOT_FOUND
  case .becameShorter: PTHCONV_FILE_CHANGED
  case .system, .isDirectory, .cannotSpool: PTHCONV_CANNOT_OPEN
  }
}

private func status(of error: CheckpointError) -> pthconv_status {
  switch error.reason {
  case .file(let error): status(of: error)
  case .missingShard: PTHCONV_NOT_FOUND
  case .noStateDict: PTHCONV_INVALID_ARGUMENT
  case .empty, .html, .gitLFSPointer, .otherArchive, .unknownFormat: PTHCONV_NOT_A_CHECKPOINT
  case .truncated, .malformed, .unsupported, .pickle, .tensor: PTHCONV_UNREADABLE
  }
}
