import ArgumentParser
import PthConvKit

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
        let outcome = ScanOutcome(file)
        tally.count(outcome)
        if json {
          outcome.write(to: &writer)
        } else if let text = outcome.text {
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

/// What became of one file.
struct ScanOutcome {
  enum Result {
    case judged(FileAudit)
    /// In a directory: not a checkpoint at all.
    case skipped
    case unreadable(String)
  }
  let path: String
  let result: Result

  init(_ file: FoundFile) {
    path = file.path
    do {
      result = .judged(try FileScanner.scan(file.path))
    } catch {
      result =
        file.isFromDirectory && error.isForeignFormat
        ? .skipped : .unreadable(error.description)
    }
  }

  var message: String? {
    if case .unreadable(let message) = result { return message }
    return nil
  }

  /// Nil for what is skipped or could not be read.
  var text: String? {
    guard case .judged(let audit) = result else { return nil }
    let name = Terminal.styled(Terminal.printable(path), .bold)
    var lines = ["\(name): \(AuditText.styled(audit.verdict))"]
    for audited in audit.globals where audited.verdict != .safe {
      lines += item(audited.verdict, "\(audited.global)", audited.reason ?? "")
    }
    for finding in audit.findings {
      lines += item(finding.verdict, finding.part ?? "the file", finding.text)
    }
    for warning in audit.warnings { lines += wrapped("note: \(warning)") }
    switch audit.weightsOnly {
    case .notApplicable: break
    case .accepted: lines.append("  torch.load(weights_only=True) accepts it")
    case .refused(let reason):
      lines += wrapped("torch.load(weights_only=True) refuses it: \(reason)")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func item(_ verdict: AuditVerdict, _ subject: String, _ text: String) -> [String] {
    AuditText.coloring(verdict, in: wrapped("\(verdict.rawValue): \(subject) \(text)"))
  }

  private func wrapped(_ text: String) -> [String] {
    TextWrap.lines(Terminal.printable(text), width: Terminal.width, indent: 2)
  }

  func write(to writer: inout JSONWriter) {
    if case .skipped = result { return }
    writer.object { writer in
      writer.field("file", path)
      switch result {
      case .skipped: break
      case .unreadable(let message):
        writer.field("error", message)
      case .judged(let audit):
        writer.field("safety", audit.verdict.rawValue)
        writer.key("globals")
        AuditJSON.globals(audit, to: &writer)
        writer.key("findings")
        writer.array { writer in
          for finding in audit.findings {
            writer.object { writer in
              writer.field("verdict", finding.verdict.rawValue)
              writer.field("part", finding.part)
              writer.field("text", finding.text)
            }
          }
        }
        writer.field("warnings", audit.warnings)
        writer.key("weights_only")
        AuditJSON.weightsOnly(audit, to: &writer)
      }
    }
  }
}

/// How many files came out how.
struct ScanTally {
  private var verdicts: [AuditVerdict: Int] = [:]
  private(set) var unreadable = 0
  private var skipped = 0

  mutating func count(_ outcome: ScanOutcome) {
    switch outcome.result {
    case .judged(let audit): verdicts[audit.verdict, default: 0] += 1
    case .unreadable: unreadable += 1
    case .skipped: skipped += 1
    }
  }

  var objectionable: Int { verdicts[.unknown, default: 0] + verdicts[.dangerous, default: 0] }

  var text: String {
    let parts = [
      (verdicts[.safe, default: 0], "safe"), (verdicts[.unknown, default: 0], "unknown"),
      (verdicts[.dangerous, default: 0], "dangerous"), (unreadable, "unreadable"),
    ].filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
    let judged = parts.isEmpty ? "no checkpoints found" : parts.joined(separator: ", ")
    return judged + (skipped > 0 ? " (\(skipped) other files passed over)" : "") + "\n"
  }
}
