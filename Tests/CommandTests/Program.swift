import Foundation
import Synchronization
import PthBytes
import TestSupport
import Testing

/// The built program, run as a person or a script would run it.
enum Program {
  /// What one run gave.
  struct Outcome {
    let exitCode: Int32
    let standardOutput: Data
    let errors: String

    var text: String { String(decoding: standardOutput, as: UTF8.self) }

    func json<T: Decodable>(_ type: T.Type = T.self) throws -> T {
      let decoder = JSONDecoder()
      decoder.nonConformingFloatDecodingStrategy = .convertFromString(
        positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
      return try decoder.decode(T.self, from: standardOutput)
    }
  }

  /// The program lies beside the tests: both are products of one build. `PTHCONV` names another.
  static let url: URL = {
    if let path = ProcessInfo.processInfo.environment["PTHCONV"] { return URL(filePath: path) }
    return URL(filePath: CommandLine.arguments[0]).resolvingSymlinksInPath()
      .deletingLastPathComponent().appending(path: "pthconv")
  }()

  /// One at a time: a pipe that another child inherits would never end.
  private static let turn = Lock(())

  /// Runs the program with the given arguments.
  ///
  /// - Parameters:
  ///   - input: What comes through the pipe at its standard input.
  ///   - environment: Added to the tests' own.
  static func run(
    _ arguments: [String], input: Data? = nil, environment: [String: String] = [:],
    directory: URL = Fixtures.root
  ) throws -> Outcome {
    try turn.withLock { _ in
      let process = Process()
      process.executableURL = url
      process.arguments = arguments
      process.currentDirectoryURL = directory
      process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
      let output = Pipe()
      process.standardOutput = output
      let errors = try TemporaryFolder()
      process.standardError = try FileHandle(forWritingTo: errors.write("errors", Data()))
      let source = input.map { _ in Pipe() }
      process.standardInput = source ?? FileHandle.nullDevice
      try process.run()
      if let input, let source {
        // From another thread: the program may write before it has read everything.
        Thread.detachNewThread {
          // A program that ends without reading everything must not end the tests.
          var signals = sigset_t()
          sigemptyset(&signals)
          sigaddset(&signals, SIGPIPE)
          pthread_sigmask(SIG_BLOCK, &signals, nil)
          try? source.fileHandleForWriting.write(contentsOf: input)
          try? source.fileHandleForWriting.close()
        }
      }
      let text = try output.fileHandleForReading.readToEnd() ?? Data()
      process.waitUntilExit()
      return Outcome(
        exitCode: process.terminationReason == .exit ? process.terminationStatus : -1,
        standardOutput: text,
        errors: try String(contentsOf: errors.url.appending(path: "errors"), encoding: .utf8))
    }
  }

  static func run(_ arguments: String...) throws -> Outcome { try run(arguments) }
}
