// Times an engine on a checkpoint of Res2Net-50-26w-6s; engines.py runs it beside its peers.
//
//   engines-benchmark onednn|reference CHECKPOINT HEIGHT WIDTH THREADS
//
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
guard arguments.count == 6, let height = Int(arguments[3]), let width = Int(arguments[4]),
  let threads = Int(arguments[5]), let kind = EngineKind(rawValue: arguments[1])
else { fatalError("usage: engines-benchmark onednn|reference CHECKPOINT HEIGHT WIDTH THREADS") }

let graph = try BackboneRegistry.standard.makeGraph("res2net50_26w_6s")
let weights = try Checkpoint.open(arguments[2]).stateDict
let input = OwnedBuffer(count: 3 * height * width * 4)
for index in 0..<3 * height * width {
  // A fixed pattern between -2 and 2; the time does not depend on the values.
  let value = Float(((index &* 2_654_435_761) >> 8) & 0xffff) / 16384 - 2
  input.memory.storeBytes(of: value, toByteOffset: 4 * index, as: Float.self)
}
let image = try Tensor(
  storage: TensorStorage(key: "image", bytes: Bytes(input)), dtype: .float32,
  shape: [1, 3, height, width])

func report(_ text: String) {
  print(text)
  fflush(nil)
}

let clock = ContinuousClock()
var engine: (any InferenceEngine)?
let first = try clock.measure {
  engine = try kind.make(graph: graph, weights: weights, threads: threads)
  _ = try engine?.run(image, observe: nil)
}
report("\(first / .milliseconds(1))")
while readLine() != nil {
  let time = try clock.measure { _ = try engine?.run(image, observe: nil) }
  report("\(time / .milliseconds(1))")
}
var usage = rusage()
getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
report("\(usage.ru_maxrss * 1024)")
