// Made of the guide and the articles by scripts/snippets.py: they have to compile.

import PthConvKit

// library.md
func library() throws {
  let checkpoint = try Checkpoint.open("model.pth")
  for (name, tensor) in checkpoint.stateDict {
    print(name, tensor.dtype, tensor.shape)
  }
}

// CheckARun.md
func checkARun() throws {
  let report = try preflight("faster_rcnn_res2net50.py", PreflightOptions(gpus: 4))
  for finding in report.findings { print(finding.severity, finding.what) }
}

// FillABackbone.md
func fillABackbone() throws {
  let backbone = try load("file.pth", into: .res2net(scales: 6))
  print(backbone.report.verdict, backbone.report.coverage.total.ofKeys)
  print(backbone.report.missing.map(\.target), backbone.report.unexpected.map(\.source))

  let conv1 = backbone.weights["layer1.0.conv1.weight"]
  print(conv1?.shape ?? [])
  for entry in backbone.graph.state where !entry.isBuffer && !entry.isFrozen {
    print("trains", entry.name)
  }
}

// JudgeFiles.md
func judgeFiles() throws {
  let inspection = try inspect("model.pth")
  print(inspection.checkpoint.format, inspection.text)

  let found = try scan("model.pth")
  if found.verdict != .safe { print(found.text) }

  let difference = try diff("before.pth", "after.safetensors")
  if !difference.isEqual { print(difference.text) }
}

// ReadTensors.md
func readTensors() throws {
  let checkpoint = try Checkpoint.open("model.pth")
  for (name, tensor) in checkpoint.stateDict {
    print(name, tensor.dtype, tensor.shape)
  }

  let weight = checkpoint.stateDict["conv1.weight"]!
  let sum = try weight.withElements(of: Float.self) { $0.reduce(0, +) }

  let values = try weight.array(of: Float.self)
  print(sum, values.count)
}

// RegisterABackbone.md
func registerABackbone() throws {
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

  let asked = try BackboneRequest(config: "retinanet_tiny.py", registry: registry)
  let filled = try load("tiny.pth", into: asked, options: options)
  let run = try preflight("retinanet_tiny.py", PreflightOptions(registry: registry))
  print(filled.report.isComplete, run.hasErrors)
}

// VerifyWeights.md
func verifyWeights() throws {
  let filled = try load("file.pth", into: .res2net(scales: 6))
  let image = try Tensor([Float](repeating: 0.5, count: 3 * 224 * 224), shape: [1, 3, 224, 224])
  let outputs = try BackboneRunner(filled).run(image)
  for (name, tensor) in outputs { print(name, tensor.shape) }

  let verification = try verify("file.pth", in: .named("res2net50_26w_6s"))
  if verification.verdict < .consistent { print(verification.text) }
}

// WriteFiles.md
func writeFiles() throws {
  try convert("old.pth", to: "new.safetensors")

  let loaded = try load("file.pth", into: .res2net(scales: 6))
  try loaded.weights.write(to: "res2net.safetensors")
  try loaded.writeONNX(to: "res2net.onnx", fold: true)
}
