// Made of docs/library.md by scripts/snippets.py.

import PthConvKit

/// The guide as one function: it has to compile, and is not called.
func guide() throws {
  let checkpoint = try Checkpoint.open("model.pth")
  for (name, tensor) in checkpoint.stateDict {
    print(name, tensor.dtype, tensor.shape)
  }

  let weight = checkpoint.stateDict["conv1.weight"]!
  // The elements where they lie in the mapped file: nothing is copied. Another type is an error.
  let sum = try weight.withElements(of: Float.self) { $0.reduce(0, +) }
  // A copy; float16 and bfloat16 become Float.
  let values = try weight.array(of: Float.self)
  print(sum, values.count)

  let backbone = try load("file.pth", into: .res2net(scales: 6))
  print(backbone.report.verdict, backbone.report.coverage.total.ofKeys)
  print(backbone.report.missing.map(\.target), backbone.report.unexpected.map(\.source))
  let conv1 = backbone.weights["layer1.0.conv1.weight"]
  print(conv1?.shape ?? [])
  for entry in backbone.graph.state where !entry.isBuffer && !entry.isFrozen {
    print("trains", entry.name)
  }

  let image = try Tensor([Float](repeating: 0.5, count: 3 * 224 * 224), shape: [1, 3, 224, 224])
  let outputs = try BackboneRunner(backbone).run(image)
  for (name, tensor) in outputs { print(name, tensor.shape) }

  let verification = try verify("file.pth", in: .named("res2net50_26w_6s"))
  if verification.verdict < .consistent { print(verification.text) }

  try backbone.weights.write(to: "res2net.safetensors")
  try backbone.writeONNX(to: "res2net.onnx", fold: true)

  var registry = BackboneRegistry.standard
  try registry.register(
    BackboneDefinition("TinyNet", arguments: [.init("width", .integer(1...512), "channels")]) {
      arguments, _ throws(BackboneError) in
      let width = arguments["width"]?.integer ?? 16
      return try ModelGraph.build("TinyNet", inputChannels: 3) { net, input in
        let conv1 = net.conv2d("conv1", in: 3, out: width, kernel: 3, stride: 2, padding: 1)
        let bn1 = net.batchNorm2d("bn1", channels: width)
        net.output("layer1", net.relu(bn1(conv1(input))))
      }
    })
  let options = MappingOptions(registry: registry)
  let tiny = try load("tiny.pth", into: BackboneRequest("TinyNet"), options: options)
  print(tiny.report.isComplete)
}
