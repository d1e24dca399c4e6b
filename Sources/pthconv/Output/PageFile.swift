import ArgumentParser
import PthConvKit
import PthReports

/// The page that `--html` writes.
enum PageFile {
  /// Checks the name of a page. A page replaces an existing file without `--force`, so it must not be the name of
  /// anything else.
  ///
  /// - Throws: `ValidationError` if the name does not end with `.html` or `.htm`.
  static func check(_ path: String?) throws {
    guard let name = path?.lowercased() else { return }
    guard name.hasSuffix(".html") || name.hasSuffix(".htm") else {
      throw ValidationError("--html takes the name of a page, which ends with .html")
    }
  }

  /// Writes the page of a report.
  ///
  /// - Parameter json: Writes the same JSON about `file` as `--json`.
  static func write(
    _ page: ReportPage, of file: String, to path: String, _ json: (inout JSONWriter) -> Void
  ) throws {
    var writer = JSONWriter()
    json(&writer)
    let name = file == "-" ? "standard input" : file
    let output = try AtomicFile(path, inputs: [file])
    try page.html(writer.bytes, file: name).withUnsafeBytes { try output.write($0, at: 0) }
    try output.commit()
  }
}
