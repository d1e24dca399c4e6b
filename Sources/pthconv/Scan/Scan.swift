import ArgumentParser
import PthConvKit
import PthReports

struct Scan: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "scan",
    abstract: "Judge whether files could run code when Python loads them.",
    discussion: """
      Every pickle in a file is judged against an allow-list, calls and their
      arguments included; archives are searched for tricks. Nothing is executed.
      Exit code 1 if anything is dangerous or unknown, 2 if a file cannot be read.

      EXAMPLES
        pthconv scan model.pth
        pthconv scan downloads/ --json
        pthconv scan model.pth && python train.py
      """)

  @Argument(
    help: "Files, or directories to search for checkpoints; - reads standard input.",
    completion: .file())
  var paths: [String]

  @Flag(help: "Print JSON: one object for one file, an array for several or a directory.")
  var json = false

  func run() throws {
    let files = try FileFinder.files(in: paths)
    let isList = paths.count > 1 || files.allSatisfy(\.isFromDirectory)
    var tally = ScanTally()
    var writer = JSONWriter()
    func each(_ writer: inout JSONWriter) {
      let progress = Progress("scanning", total: files.count, countsBytes: false)
      for file in files {
        let outcome = ScanOutcome(file.path, isFromDirectory: file.isFromDirectory)
        tally.count(outcome)
        if json {
          outcome.write(to: &writer)
        } else if let text = outcome.text(style: Terminal.style) {
          progress.finish()
          Terminal.write(text)
        }
        if let message = outcome.message { Terminal.report(message) }
        progress.advance(by: 1)
      }
      progress.finish()
    }
    if isList { writer.array(each) } else { each(&writer) }
    if json {
      if !writer.bytes.isEmpty { Terminal.write(writer.bytes + [UInt8(ascii: "\n")]) }
    } else if isList {
      Terminal.write(tally.text)
    }
    if tally.objectionable > 0 { throw ExitCode.answerIsNo }
    if tally.unreadable > 0 { throw ExitCode.cannotRead }
  }
}
