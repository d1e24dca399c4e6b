import PthBytes
import PthCheckpoints
import Foundation
import Glibc
import PthTensors
import TestSupport
import Testing

/// Signals that end the program while it writes, and readers that go away.
@Suite struct SignalTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    let storage = TensorStorage(
      key: "0", bytes: Bytes([UInt8](repeating: 7, count: Self.byteCount)))
    let tensor = try Tensor(storage: storage, dtype: .uint8, shape: [Self.byteCount])
    try OutputWriter(
      OutputContents(entries: [.init(name: "weight", tensor: tensor)]), as: .torch,
      to: path("in.pth")
    ).write()
  }

  private static let byteCount = 48 << 20

  private func path(_ name: String) -> String { folder.url.appending(path: name).path }

  /// Starts the program with all signals as they are for a program from a terminal; `Process` leaves
  /// those blocked that its own thread has blocked.
  private func start(_ arguments: [String]) throws -> pid_t {
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    var defaults = sigset_t()
    sigfillset(&defaults)
    posix_spawnattr_setsigdefault(&attributes, &defaults)
    posix_spawnattr_setflags(
      &attributes, Int16(POSIX_SPAWN_SETSIGMASK) | Int16(POSIX_SPAWN_SETSIGDEF))
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
    var strings = ([Program.url.path] + arguments).map { strdup($0) } + [nil]
    defer { for string in strings { free(string) } }
    var child = pid_t()
    let code = posix_spawn(&child, Program.url.path, &actions, &attributes, &strings, environ)
    try #require(code == 0)
    return child
  }

  @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
  func interruptedProcessesLeaveTheOldOutput(signal: Int32) throws {
    let out = path("out.safetensors")
    var ended = 0
    for delay in stride(from: 0, through: 90_000, by: 10_000) {
      try folder.write("out.safetensors", Data("old".utf8))
      let child = try start(["convert", path("in.pth"), out, "--force"])
      usleep(UInt32(delay))
      kill(child, signal)
      var status: Int32 = 0
      try #require(waitpid(child, &status, 0) == child)
      ended += status & 0x7f == signal ? 1 : 0
      let names = try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
      #expect(names.sorted() == ["in.pth", "out.safetensors"])
      if try Data(contentsOf: URL(filePath: out)) != Data("old".utf8) {
        #expect(try Checkpoint.open(out).stateDict.byteCount == Self.byteCount)
      }
    }
    #expect(ended > 0)
  }

  /// A reader that goes away early, as `head` does, is no error to speak of.
  @Test func aClosedPipeEndsTheProgramQuietly() throws {
    let process = Process()
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments = [
      "-c", "(\"$0\" inspect in.pth --json; echo $? > code) 2> errors | true", Program.url.path,
    ]
    process.currentDirectoryURL = folder.url
    try process.run()
    process.waitUntilExit()
    var code = ""
    for _ in 0..<200 where code.isEmpty {
      usleep(50_000)
      code = (try? String(contentsOfFile: path("code"), encoding: .utf8)) ?? ""
    }
    // Ended by the signal, or all was written before.
    #expect(["0\n", "141\n"].contains(code))
    #expect(try Data(contentsOf: URL(filePath: path("errors"))).isEmpty)
  }
}
