// Times an engine on a checkpoint of Res2Net-50-26w-6s; engines.py runs it beside its peers, and
// witness.py what the batch norms see beside the bare run.
//
//   engines-benchmark onednn|reference|statistics CHECKPOINT HEIGHT WIDTH THREADS [IMAGES]
//
// `statistics` is the oneDNN engine as `verify --images` runs it.
// Prints the milliseconds of the engine's creation with the first run, then, for every line that
// comes in, runs once more and prints the milliseconds; at the end of input the peak memory in
// bytes. So the caller decides who runs when.
import PthBackbones
import PthBytes
import PthCheckpoints
import PthEngines
import Glibc
import PthTensors

let arguments = CommandLine.arguments
let takesStatistics = arguments.count > 1 && arguments[1] == "statistics"
guard arguments.count == 6 || arguments.count == 7, let height = Int(arguments[3]),
  let width = Int(arguments[4]), let threads = Int(arguments[5]),
  let images = arguments.count == 7 ? Int(arguments[6]) : 1,
  let kind = takesStatistics ? .onednn : EngineKind(rawValue: arguments[1])
else {
  fatalError(
    "usage: engines-benchmark onednn|reference|statistics CHECKPOINT HEIGHT WIDTH THREADS [IMAGES]")
}

let graph = try BackboneRegistry.standard.makeGraph("res2net50_26w_6s")
let weights = try Checkpoint.open(arguments[2]).stateDict
let input = OwnedBuffer(count: images * 3 * height * width * 4)
for index in 0..<images * 3 * height * width {
  // A fixed pattern between -2 and 2; the time does not depend on the values.
  let value = Float(((index &* 2_654_435_761) >> 8) & 0xffff) / 16384 - 2
  input.memory.storeBytes(of: value, toByteOffset: 4 * index, as: Float.self)
}
let image = try Tensor(
  storage: TensorStorage(key: "image", bytes: Bytes(input)), dtype: .float32,
  shape: [images, 3, height, width])

func report(_ text: String) {
  print(text)
  fflush(nil)
}

/// What is timed.
func runner() throws -> () throws -> Void {
  if takesStatistics {
    let engine = try kind.makeReplay(graph: graph, weights: weights, threads: threads)
    return { _ = try engine.moments(image, normCount: .max) }
  }
  let engine = try kind.make(graph: graph, weights: weights, threads: threads)
  return { _ = try engine.run(image, observe: nil) }
}

let clock = ContinuousClock()
var run: () throws -> Void = {}
let first = try clock.measure {
  run = try runner()
  try run()
}
report("\(first / .milliseconds(1))")
while readLine() != nil {
  let time = try clock.measure { try run() }
  report("\(time / .milliseconds(1))")
}
var usage = rusage()
getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
report("\(usage.ru_maxrss * 1024)")
