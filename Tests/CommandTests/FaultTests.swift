import PthBytes
import PthCheckpoints
import Foundation
import Glibc
import PthTensors
import TestSupport
import Testing

/// Full disks, killed processes, files that shrink: the old output stays whole, nothing is left.
@Suite struct FaultTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func path(_ name: String) -> String { folder.url.appending(path: name).path }

  private func names() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.url.path).sorted()
  }

  /// A checkpoint of `count` float32 elements.
  private func writeInput(_ name: String, count: Int, strides: [Int] = [1]) throws {
    let storage = TensorStorage(
      key: "0", bytes: Bytes(OwnedBuffer(filledWith: 7, count: count * 4)))
    let tensor = try Tensor(storage: storage, dtype: .float32, shape: [count])
    try OutputWriter(
      OutputContents(entries: [.init(name: "weight", tensor: tensor)]), as: .torch, to: path(name)
    ).write()
  }

  /// Runs a shell script that has the program as `$0`, in the test's folder.
  private func shell(_ script: String) throws -> (exitCode: Int32, errors: String) {
    let process = Process()
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments = ["-c", script, Program.url.path]
    process.currentDirectoryURL = folder.url
    let errors = path("errors")
    _ = FileManager.default.createFile(atPath: errors, contents: nil)
    process.standardError = try FileHandle(forWritingTo: URL(filePath: errors))
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    let text = try String(contentsOfFile: errors, encoding: .utf8)
    try FileManager.default.removeItem(atPath: errors)
    return (process.terminationReason == .exit ? process.terminationStatus : -1, text)
  }

  /// A limit on the size of files stops a write as a full disk does.
  @Test(arguments: ["pth", "safetensors", "npz"])
  func aFileThatCannotGrowLeavesTheOldOne(ending: String) throws {
    try writeInput("in.pth", count: 1 << 20)
    try folder.write("out.\(ending)", Data("old".utf8))
    let (exitCode, errors) = try shell(
      "ulimit -f 2048; exec \"$0\" convert in.pth out.\(ending) --force")
    #expect(exitCode == 2)
    #expect(
      errors == "pthconv: out.\(ending): it would be larger than a file may be here; "
        + "nothing was written\n")
    #expect(try Data(contentsOf: URL(filePath: path("out.\(ending)"))) == Data("old".utf8))
    #expect(try names() == ["in.pth", "out.\(ending)"])
  }

  /// A limit on the address space is looked at before memory is asked for.
  @Test func anInputBeyondTheAddressSpaceIsRefused() throws {
    let (exitCode, errors) = try shell(
      "ulimit -v 1000000; exec \"$0\" verify \(Fixtures.path("demo/res2net-small.pth")) "
        + "--backbone Res2Net --size 4096 --engine reference")
    #expect(exitCode == 2)
    #expect(errors.contains("use a smaller input"), "\(errors)")
  }

  /// A small file system of its own, where the system lets this user make one.
  @Test(
    .enabled(
      if: FaultTests.canMount, "needs to mount a file system, as root or in a user namespace"))
  func aFullDiskLeavesTheOldOne() throws {
    try writeInput("in.pth", count: 1 << 20)
    let (exitCode, errors) = try shell(
      """
      exec \(Self.mounting) /bin/sh -c '
        mkdir disk && mount -t tmpfs -o size=2m tmpfs disk && printf old > disk/out.npz || exit 99
        "$0" convert in.pth disk/out.npz --force
        code=$?
        test "$(cat disk/out.npz)" = old && test "$(ls -A disk)" = out.npz || exit 98
        exit $code' "$0"
      """)
    #expect(exitCode == 2)
    #expect(errors == "pthconv: disk/out.npz: no room for it on the disk; nothing was written\n")
  }

  /// A namespace of mounts, which goes away with its process.
  private static let mounting = "unshare --mount \(geteuid() == 0 ? "" : "--map-root-user")"

  private static let canMount: Bool = {
    let process = Process()
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments = ["-c", "\(mounting) mount -t tmpfs tmpfs /mnt"]
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return false }
    process.waitUntilExit()
    return process.terminationStatus == 0
  }()

  /// Killed at many moments: what is there is the old file or the whole new one, and
  /// nothing else.
  @Test func killedProcessesLeaveTheOldOutput() throws {
    try writeInput("in.pth", count: 12 << 20)
    try folder.write("out.safetensors", Data("old".utf8))
    var kills = 0
    for delay in stride(from: 0, through: 90_000, by: 3000) {
      let process = Process()
      process.executableURL = Program.url
      process.arguments = ["convert", path("in.pth"), path("out.safetensors"), "--force"]
      process.standardOutput = FileHandle.nullDevice
      try process.run()
      usleep(UInt32(delay))
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
      kills += process.terminationReason == .uncaughtSignal ? 1 : 0
      #expect(try names().allSatisfy { ["in.pth", "out.safetensors"].contains($0) })
      let out = try Data(contentsOf: URL(filePath: path("out.safetensors")))
      if out != Data("old".utf8) {
        let size = try Checkpoint.open(path("out.safetensors")).stateDict.byteCount
        #expect(size == 48 << 20)
        try folder.write("out.safetensors", Data("old".utf8))
      }
    }
    #expect(kills > 0)
  }

  /// A file that only has the name of one that pthconv left behind is somebody's.
  @Test func filesOfOthersStay() throws {
    try writeInput("in.pth", count: 100)
    try folder.write(".pthconv-abcdef", Data("mine".utf8))
    #expect(try Program.run("convert", path("in.pth"), path("out.npz")).exitCode == 0)
    #expect(try names() == [".pthconv-abcdef", "in.pth", "out.npz"])
  }

  @Test func aLinkThatLeadsNowhereIsNoOutput() throws {
    try writeInput("in.pth", count: 100)
    try FileManager.default.createSymbolicLink(
      atPath: path("out.npz"), withDestinationPath: "nowhere.npz")
    let outcome = try Program.run("convert", path("in.pth"), path("out.npz"), "--force")
    #expect(outcome.exitCode == 2)
    #expect(outcome.errors.contains("is a link to a file that is not there"))
    #expect(try names() == ["in.pth", "out.npz"])
  }

  @Test func aMissingOrReadOnlyDirectoryIsNamed() throws {
    try writeInput("in.pth", count: 4)
    let missing = try Program.run("convert", path("in.pth"), path("absent/a.npz"))
    #expect(missing.exitCode == 2)
    #expect(missing.errors.hasSuffix("absent/a.npz: its directory does not exist\n"))
    let proc = try Program.run("convert", path("in.pth"), "/proc/a.npz")
    #expect(proc.exitCode == 2 && proc.errors.hasPrefix("pthconv: /proc/a.npz: "))
    #expect(try Program.run("convert", path("in.pth"), "/dev/full", "--to", "npz").exitCode == 2)
  }

  /// A FIFO as the second shard holds the program between opening the first one and copying it.
  @Test(arguments: [false, true])
  func aSourceThatShrinksWhileItIsConvertedIsReported(isTransposed: Bool) throws {
    let options = OutputOptions()
    for name in ["a", "b"] {
      let storage = TensorStorage(
        key: "0", bytes: Bytes(OwnedBuffer(filledWith: 7, count: 4 << 20)))
      let tensor = try Tensor(
        storage: storage, dtype: .float32, shape: [1024, 1024],
        strides: isTransposed ? [1, 1024] : [1024, 1])
      try OutputWriter(
        OutputContents(entries: [.init(name: name, tensor: tensor)]), as: .torch,
        to: path("\(name).pth"), options: options
      ).write()
    }
    let index = #"{"metadata": {}, "weight_map": {"a": "a.pth", "b": "pipe"}}"#
    try folder.write("m.pth.index.json", Data(index.utf8))
    #expect(mkfifo(path("pipe"), 0o600) == 0)
    try folder.write("out.npz", Data("old".utf8))
    let (exitCode, errors) = try shell(
      """
      "$0" convert m.pth.index.json out.npz --force & child=$!
      exec 3> pipe
      truncate -s 8192 a.pth
      cat b.pth >&3
      exec 3>&-
      wait $child
      """)
    #expect(exitCode == 2)
    #expect(errors.hasPrefix("pthconv: ") && errors.contains("a.pth: became shorter while it was"))
    #expect(errors.split(separator: "\n").count == 1)
    #expect(try Data(contentsOf: URL(filePath: path("out.npz"))) == Data("old".utf8))
    // The signal's handler cannot remove the temporary file; the next run does.
    #expect(try Program.run("convert", path("b.pth"), path("out.npz"), "--force").exitCode == 0)
    #expect(
      try names() == ["a.pth", "b.pth", "m.pth.index.json", "out.npz", "pipe"])
  }

  /// A FIFO holds the program between opening the first file and comparing it.
  @Test func aFileThatShrinksWhileItIsMappedIsReported() throws {
    let count = 1 << 20
    let storage = TensorStorage(
      key: "0", bytes: Bytes(OwnedBuffer(filledWith: 7, count: count * 4)))
    // Transposed: its elements are gathered through the mapping.
    let tensor = try Tensor(
      storage: storage, dtype: .float32, shape: [1024, 1024], strides: [1, 1024])
    try OutputWriter(
      OutputContents(entries: [.init(name: "weight", tensor: tensor)]), as: .torch,
      to: path("a.pth")
    ).write()
    try FileManager.default.copyItem(atPath: path("a.pth"), toPath: path("b.pth"))
    #expect(mkfifo(path("pipe"), 0o600) == 0)
    let (exitCode, errors) = try shell(
      """
      "$0" diff a.pth pipe & child=$!
      exec 3> pipe
      truncate -s 8192 a.pth
      cat b.pth >&3
      exec 3>&-
      wait $child
      """)
    #expect(exitCode == 2)
    #expect(errors.hasPrefix("pthconv: ") && errors.contains("became shorter while it was read"))
    #expect(errors.contains("a.pth"))
    #expect(errors.split(separator: "\n").count == 1)
  }
}

extension OwnedBuffer {
  fileprivate convenience init(filledWith byte: UInt8, count: Int) {
    self.init(count: count)
    memory.initializeMemory(as: UInt8.self, repeating: byte)
  }
}
