import Glibc
import OrderedCollections
import PthBytes
import PthCheckpoints
import PthPickle
import PthTensors

/// Times one operation of the library on a file, and prints the median in milliseconds.
///
///     pthconv-bench pickle FILE N     parse the pickle (of a file that begins with it) N times
///     pthconv-bench list FILE N       open the checkpoint and list its state dict N times
///
/// The file is in the page cache: it is read once before.

func stop(_ message: String, code: Int32) -> Never {
  var message = message
  _ = message.withUTF8 { write(STDERR_FILENO, $0.baseAddress, $0.count) }
  exit(code)
}

func milliseconds(_ body: () throws -> Void) rethrows -> Double {
  let clock = ContinuousClock()
  let elapsed = try clock.measure(body).components
  return Double(elapsed.seconds) * 1e3 + Double(elapsed.attoseconds) / 1e15
}

func median(_ count: Int, of body: () throws -> Void) rethrows -> Double {
  let times = try (0..<count).map { _ in try milliseconds(body) }.sorted()
  return times[times.count / 2]
}

let arguments = CommandLine.arguments
guard arguments.count == 4, let count = Int(arguments[3]), count > 0 else {
  stop("usage: pthconv-bench pickle|list FILE N\n", code: 64)
}
let path = arguments[2]
do {
  switch arguments[1] {
  case "pickle":
    let bytes = try MappedFile(path: path).bytes
    var values = try PickleDocument(parsing: bytes).count
    let time = try median(count) { values = try PickleDocument(parsing: bytes).count }
    print("\(time) ms for \(values) values")
  case "list":
    var tensors = try Checkpoint.open(path).stateDict.tensors.count
    let time = try median(count) { tensors = try Checkpoint.open(path).stateDict.tensors.count }
    print("\(time) ms for \(tensors) tensors")
  default:
    stop("pthconv-bench: '\(arguments[1])' is no benchmark; there are pickle and list\n", code: 64)
  }
} catch {
  stop("pthconv-bench: \(error)\n", code: 2)
}
