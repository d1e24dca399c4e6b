// Times the initialisation of a backbone with the weights of Res2Net-50-26w-6s; initializers.py
// times PyTorch's. Prints the median of nine runs, in milliseconds.
import Backbones
import Initializers
import Bytes
import Glibc

let clock = ContinuousClock()
func median(_ name: String, _ body: () throws -> Void) rethrows {
  var times: [Double] = []
  for _ in 0..<9 {
    let time = try clock.measure(body)
    times.append(time / .milliseconds(1))
  }
  print("\(name): \(times.sorted()[times.count / 2]) ms")
}

let count = 34_930_684
let values = UnsafeMutableBufferPointer<Float>.allocate(capacity: count)
values.initialize(repeating: 0)
try median("fill 35 M normals in place") {
  var generator = Generator(seed: 0)
  try generator.fillNormal(values)
}
let graph = try ModelGraph.build("x", inputChannels: 3) { net, input in
  var last = 3
  var value = input
  for i in 0..<37 { let l = net.conv2d("c\(i)", in: last, out: i == 0 ? 1024 : 1024, kernel: 1); value = l(value); last = 1024}
  net.output("layer1", value)
}
print(graph.parameterCount)
try median("run") {
  var generator = Generator(seed: 0)
  let s = try InitializationPlan(for: graph).run(with: &generator)
  precondition(s.tensors.count == 37)
}
