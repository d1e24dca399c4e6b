import ArgumentParser
import Glibc
import PthBytes
import PthConvKit
import PthReports

struct Scan: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "scan",
    abstract: "Judge whether files could run code when Python loads them.",
    discussion: """
      Every pickle in a file is judged against an allow-list, calls and their
      arguments included; archives are searched for tricks and for code. Nothing
      is executed. Exit code 1 if anything is dangerous or unknown, 2 if a file
      cannot be read.

      EXAMPLES
        pthconv scan model.pth
        pthconv scan downloads/ --json
        pthconv scan models/ --policy policy.json --sarif > scan.sarif
        pthconv scan model.pth && python train.py
      """)

  @Argument(
    help: "Files, or directories to search for checkpoints; - reads standard input.",
    completion: .file())
  var paths: [String]

  @Flag(help: "Print JSON: one object for one file, an array for several or a directory.")
  var json = false

  @Flag(help: "Print SARIF 2.1.0, for code scanning.")
  var sarif = false

  @Option(
    help: ArgumentHelp(
      "What to accept: JSON with lists of classes, \"allow\" and \"deny\", and \"fail_on\".",
      valueName: "file"),
    completion: .file(extensions: ["json"]))
  var policy: String?

  @Flag(help: "Search folders whose names begin with a dot, too.")
  var hidden = false

  @Flag(help: "Search folders where other file systems are mounted, too.")
  var otherMounts = false

  func validate() throws {
    guard !json || !sarif else { throw ValidationError("--json and --sarif exclude each other") }
  }

  func run() throws {
    let policy = try readPolicy()
    let found = try FoundFiles(in: paths, searchesHidden: hidden, searchesMounts: otherMounts)
    let isList = paths.count > 1 || found.files.allSatisfy(\.isFromDirectory)
    var tally = ScanTally(unreadableFolders: found.unreadableFolders)
    var writer = JSONWriter()
    if sarif {
      ScanSARIF.write(to: &writer, version: toolkitVersion) { writer in
        scan(found.files, policy, &tally) { outcome in
          ScanSARIF.write(outcome, to: &writer)
          Terminal.write(writer.drain())
        }
      }
    } else if json {
      func each(_ writer: inout JSONWriter) {
        scan(found.files, policy, &tally) { outcome in
          outcome.write(to: &writer)
          Terminal.write(writer.drain())
        }
      }
      if isList { writer.array(each) } else { each(&writer) }
    } else {
      scan(found.files, policy, &tally) { outcome in
        if let text = outcome.text(style: Terminal.style) { Terminal.write(text) }
      }
    }
    if json || sarif {
      // For a single file that cannot be read no object is printed.
      if !isList, !sarif, tally.unreadable > 0, writer.bytes.isEmpty { throw ExitCode.cannotRead }
      Terminal.write(writer.drain() + [UInt8(ascii: "\n")])
      if let omissions = found.omissions { Terminal.report(omissions) }
    } else if isList {
      Terminal.write(tally.text)
      if let omissions = found.omissions { Terminal.write(omissions + "\n") }
    }
    if tally.count(from: policy.failOn) > 0 { throw ExitCode.answerIsNo }
    if tally.unreadable > 0 { throw ExitCode.cannotRead }
  }

  /// Scans on all cores, and passes the outcome of each file to `show` in the order of the files.
  private func scan(
    _ files: [FoundFile], _ policy: ScanPolicy, _ tally: inout ScanTally,
    _ show: (ScanOutcome) -> Void
  ) {
    let progress = Progress("scanning", total: files.count, countsBytes: false)
    inOrder(files) { file in
      if file.isFromDirectory, !file.isStrayLink { Self.readAhead(file.path) }
    } _: { file in
      let outcome =
        file.isStrayLink
        ? ScanOutcome(strayLink: file.path)
        : ScanOutcome(file.path, isFromDirectory: file.isFromDirectory, policy: policy)
      progress.advance(by: 1)
      return outcome
    } _: { outcome in
      progress.finish()
      tally.count(outcome)
      show(outcome)
      if let message = outcome.message { Terminal.report(message) }
    }
    progress.finish()
  }

  /// Lets the kernel read the first 4 MiB of a file while other files are judged.
  private static func readAhead(_ path: String) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { return }
    posix_fadvise(descriptor, 0, 4 << 20, POSIX_FADV_WILLNEED)
    close(descriptor)
  }

  private func readPolicy() throws -> ScanPolicy {
    guard let policy else { return .strict }
    do {
      return try ScanPolicy(json: try MappedFile(path: policy).bytes)
    } catch let error as PolicyError {
      throw ValidationError("\(policy): \(error)")
    } catch {
      Terminal.report("\(error)")
      throw ExitCode.cannotRead
    }
  }
}
