// Times the initialisation of Res2Net-50-26w-6s, as initializers.py drives it: for every line that
// comes in it fills all convolutions, in memory that is there, and prints the milliseconds. At the
// end of input it prints medians of what else there is.
import PthBackbones
import Glibc
import PthInitializers

func report(_ text: String) {
  print(text)
  fflush(nil)
}

let clock = ContinuousClock()

func median(_ what: String, _ body: () throws -> Void) rethrows {
  var times: [Double] = []
  for _ in 0..<15 { times.append(try clock.measure(body) / .milliseconds(1)) }
  report("\(what): \(times.sorted()[times.count / 2])")
}

let graph = try BackboneRegistry.standard.makeGraph("res2net50_26w_6s")
let plan = InitializationPlan(for: graph)
let convolutions = graph.state.filter { $0.role == .convWeight }
let relu = Initializer.kaiming(mode: .fanOut, nonlinearity: .relu, .normal)
let memory = UnsafeMutableBufferPointer<Float>.allocate(
  capacity: convolutions.reduce(0) { $0 + $1.elementCount })
memory.initialize(repeating: 0)

while readLine() != nil {
  let time = try clock.measure {
    var generator = Generator(seed: 0)
    var rest = memory[...]
    for weight in convolutions {
      let values = UnsafeMutableBufferPointer(rebasing: rest.prefix(weight.elementCount))
      try generator.fill(values, with: relu, weightShape: weight.shape)
      rest = rest.dropFirst(weight.elementCount)
    }
  }
  report("\(time / .milliseconds(1))")
}
try median("the whole state dict, in new memory") {
  var generator = Generator(seed: 0)
  _ = try plan.run(with: &generator)
}
try median("one missing parameter, the last convolution") {
  var generator = Generator(seed: 0)
  _ = try plan.run(with: &generator) { $0.name == "layer4.2.conv3.weight" }
}
memory.deallocate()
