import PthTensors
import PthBytes
import Foundation
import TestSupport
import Testing

@testable import PthCheckpoints

/// Exit codes and files of `map`, `init` and `backbones`.
@Suite struct MapExitTests {
  private func map(_ file: String, _ options: [String]) throws -> Program.Outcome {
    try Program.run(["map", "demo/\(file).pth", "--backbone", "Res2Net"] + options)
  }

  @Test(arguments: [
    ("res2net-small", ["--strict"], 1),
    ("res2net-small", ["--strict", "--arg", "num_classes=10"], 0),
    ("res2net-small", ["--min-coverage", "1"], 0),
    ("res2net-small-mutilated", [], 0), ("res2net-small-mutilated", ["--strict"], 1),
    ("res2net-small-mutilated", ["--min-coverage", "0.95"], 0),
    ("res2net-small-mutilated", ["--min-coverage", "0.96"], 1),
  ]) func theAnswerIsTheExitCode(_ file: String, _ options: [String], _ code: Int32) throws {
    #expect(try map(file, options).exitCode == code)
  }

  /// A refusal has its reason on the screen, and writes nothing.
  @Test(arguments: [
    ("res2net-small", ["--strict"], "pthconv: not strict: 2 unexpected keys\n"),
    (
      "res2net-small-mutilated", ["--strict"],
      "pthconv: not strict: 6 missing keys, 1 mismatched key, 1 unexpected key\n"
    ),
    (
      "res2net-small-mutilated", ["--strict=weights"],
      "pthconv: not strict: 6 missing keys, 1 mismatched key\n"
    ),
    (
      "res2net-small-mutilated", ["--min-coverage", "0.96"],
      "pthconv: 142 of 149 keys are loaded, a share of 0.953; --min-coverage asks for 0.96\n"
    ),
  ])
  func aRefusalHasItsReason(_ file: String, _ options: [String], _ reason: String) throws {
    #expect(try map(file, options).errors == reason)
    #expect(try map(file, options + ["--json"]).errors == reason)
    let folder = try TemporaryFolder()
    let output = folder.url.appending(path: "out.safetensors").path
    let outcome = try map(file, options + ["--output", output])
    #expect(outcome.exitCode == 1)
    #expect(outcome.errors == reason + "pthconv: \(output) is not written\n")
    #expect(try names(in: folder).isEmpty)
  }

  @Test func strictnessAboutWeightsAllowsTheClassifier() throws {
    let outcome = try map("res2net-small", ["--strict=weights"])
    #expect(outcome.exitCode == 0 && outcome.errors.isEmpty)
  }

  /// A network of random values is not written for a loaded one.
  @Test func nothingIsRefused() throws {
    let folder = try TemporaryFolder()
    let output = folder.url.appending(path: "out.safetensors").path
    let file = "keymapping/averages-timm.pth"
    let mapped = try Program.run("map", file, "--backbone", "resnet18", "--output", output)
    #expect(mapped.exitCode == 1)
    #expect(mapped.text.hasPrefix("nothing: no weight of the file fits; likeliest: "))
    #expect(mapped.errors == "pthconv: \(output) is not written\n")
    let converted = try Program.run("convert", file, output, "--backbone", "resnet18")
    #expect(converted.exitCode == 2)
    #expect(converted.errors.contains("no weight of it fits ResNet"), "\(converted.errors)")
    let verified = try Program.run("verify", file, "--backbone", "resnet18")
    #expect(verified.exitCode == 2 && verified.errors == converted.errors)
    #expect(try names(in: folder).isEmpty)
  }

  @Test(arguments: ["float16", "bfloat16"])
  func halfPrecisionStays(_ dtype: String) throws {
    let folder = try TemporaryFolder()
    func path(_ name: String) -> String { folder.url.appending(path: name).path }
    let half = path("half.safetensors")
    let source = "demo/res2net-small-mutilated.pth"
    #expect(try Program.run("convert", source, half, "--dtype", dtype).exitCode == 0)
    let commands = [
      ["map", half, "--backbone", "Res2Net", "--output", path("a.safetensors")],
      ["convert", half, path("b.safetensors"), "--backbone", "Res2Net"],
    ]
    for (command, name) in zip(commands, ["a", "b"]) {
      #expect(try Program.run(command).exitCode == 0)
      let state = try Checkpoint.open(path("\(name).safetensors")).stateDict
      // What convert leaves alone is as it was; the last two are not in the file.
      let expected = [
        "conv1.weight": dtype, "bn1.bias": dtype, "bn1.running_mean": "float32",
        "bn1.num_batches_tracked": "int64", "layer3.0.conv3.weight": dtype,
        "layer3.0.bns.1.running_var": "float32",
      ]
      for (key, type) in expected { #expect(state[key]?.dtype.rawValue == type, "\(key)") }
    }
    let wide = ["map", half, "--backbone", "Res2Net", "--output", path("c.safetensors")]
    #expect(try Program.run(wide + ["--dtype", "float32"]).exitCode == 0)
    let state = try Checkpoint.open(path("c.safetensors")).stateDict
    #expect(state["conv1.weight"]?.dtype == .float32)
    // An ONNX model has one type: what is not in the file, too.
    func size(_ options: [String]) throws -> Int {
      let model = path("m.onnx")
      let command = ["convert", half, model, "--backbone", "Res2Net", "--force"]
      let outcome = try Program.run(command + options)
      #expect(outcome.exitCode == 0, "\(outcome.errors)")
      return try Data(contentsOf: URL(filePath: model)).count
    }
    let sizes = try [size([]), size(["--dtype", dtype]), size(["--dtype", "float32"])]
    #expect(sizes[0] == sizes[1] && sizes[0] * 3 < sizes[2] * 2, "\(sizes)")
  }

  @Test(arguments: [
    (["--flavor", "keras"], "no flavor 'keras'"), (["--arg", "foo=1"], "no argument 'foo'"),
    (["--revise-key", "(=x"], "cannot use the key revision"),
    (["--min-coverage", "2"], "a share from 0 to 1"), (["--output", "x.xyz"], ".safetensors"),
    (["--arg", "scales=many"], "scales"), (["--fold"], "--fold is for ONNX"),
    (["--fold", "--output", "x.safetensors"], "--fold is for ONNX"),
    (["--to-prefix", "a.", "--output", "x.onnx"], "--to-prefix"),
    (["--output", "x.onnx", "--keep", "conv"], "--keep"),
  ]) func wrongUsageIs64(_ options: [String], _ sentence: String) throws {
    let outcome = try map("res2net-small", options)
    #expect(outcome.exitCode == 64)
    #expect(outcome.text.isEmpty)
    #expect(outcome.errors.contains(sentence), "\(outcome.errors)")
  }

  @Test func unknownBackboneIs64() throws {
    let outcome = try Program.run("map", "demo/res2net-small.pth", "--backbone", "Nope42")
    #expect(outcome.exitCode == 64)
    #expect(
      outcome.errors
        == "pthconv: no backbone is called 'Nope42'; there are Res2Net, ResNet, MobileNetV2, "
        + "EfficientNetLite\n")
  }

  @Test(arguments: [
    (["maap", "x.pth"], "there is no command 'maap'; did you mean 'map'?"),
    (
      ["demo/res2net-small.pth"],
      "'demo/res2net-small.pth' is no command; did you mean 'pthconv inspect demo/res2net-small.pth'?"
    ),
    (
      ["map", "x.pth", "--backbne", "Res2Net"],
      "'map' has no option '--backbne'; did you mean '--backbone'?"
    ),
    (
      ["map", "demo/res2net-small.pth", "--backbone", "res2nett"],
      "no backbone is called 'res2nett'; did you mean 'Res2Net' or 'Res2NeXt'? (there are"
    ),
    (
      ["map", "demo/res2net-small.pth", "--backbone", "res2net5026w_6s"],
      "did you mean 'res2net50_26w_6s'?"
    ),
    (
      ["map", "demo/res2net-small.pth", "--backbone", "Res2Net", "--flavor", "offical"],
      "Res2Net has no flavor 'offical'; did you mean 'official'? (it has"
    ),
    (
      ["map", "demo/res2net-small.pth", "--backbone", "Res2Net", "--arg", "base_widht=26"],
      "Res2Net has no argument 'base_widht'; did you mean 'base_width'? (it has"
    ),
  ]) func misspeltNamesAre64AndSuggested(_ arguments: [String], _ sentence: String) throws {
    let outcome = try Program.run(arguments)
    #expect(outcome.exitCode == 64)
    #expect(outcome.errors.contains(sentence), "\(outcome.errors)")
  }

  @Test func misspeltTensorsAreSuggested() throws {
    let outcome = try Program.run(
      "inspect", "demo/res2net-small.pth", "--tensor", "layer1.0.conv1.weigth")
    #expect(outcome.exitCode == 2)
    #expect(outcome.errors.contains("did you mean 'layer1.0.conv1.weight'?"), "\(outcome.errors)")
  }

  @Test func missingFileIs2() throws {
    let outcome = try map("absent", [])
    #expect(outcome.exitCode == 2)
    #expect(outcome.errors == "pthconv: demo/absent.pth: no such file\n")
  }

  // MARK: Files

  @Test func writesONNXWithAndWithoutBatchNorms() throws {
    let folder = try TemporaryFolder()
    func written(_ command: [String], _ options: [String]) throws -> Data {
      let file = folder.url.appending(path: "model.onnx")
      let outcome = try Program.run(command + ["--output", file.path, "--force"] + options)
      #expect(outcome.exitCode == 0, "\(outcome.errors)")
      #expect(outcome.text.contains("model.onnx: onnx, "))
      #expect(try names(in: folder) == ["model.onnx"])
      return try Data(contentsOf: file)
    }
    let norm = Data("BatchNormalization".utf8)
    for command in [
      ["map", "demo/res2net-small.pth", "--backbone", "Res2Net"],
      ["init", "--backbone", "ResNet", "--depth", "18", "--arg", "base_channels=4"],
    ] {
      #expect(try written(command, []).range(of: norm) != nil)
      #expect(try written(command, ["--fold"]).range(of: norm) == nil)
    }
  }

  @Test(arguments: MapReportTests.files)
  func writesWhatPyTorchAndSafetensorsWrite(_ name: String) throws {
    let truth = try DemoTruth(name).completed
    let folder = try TemporaryFolder()
    let file = folder.url.appending(path: "complete.safetensors")
    let outcome = try map(name, ["--init-seed", "0", "--output", file.path])
    #expect(outcome.exitCode == 0, "\(outcome.errors)")
    #expect(try names(in: folder) == ["complete.safetensors"])
    let data = try Data(contentsOf: file)
    #expect(data.count == truth.bytes)
    guard try SHA256.hexDigest(of: Bytes(data)) != truth.sha256 else { return }
    // PyTorch's kernels differ by processor in the last bits of what is drawn, and in nothing else.
    #expect(!truth.initialised.isEmpty, "a file without drawn values differs")
    let state = try Checkpoint.open(file.path).stateDict
    for (key, summary) in truth.initialised {
      let bytes = try #require(state[key]).contiguousBytes()
      let values = bytes.withUnsafeBytes { $0.bindMemory(to: Float.self).map(Double.init) }
      #expect(abs(values.reduce(0, +) - summary.sum) < 1e-6 * Double(values.count), "\(key)")
      for (value, expected) in zip(values, summary.first) {
        #expect(abs(value - expected) < 1e-6, "\(key)")
      }
    }
  }

  @Test func anOlderFileIsReplacedWhole() throws {
    let folder = try TemporaryFolder()
    let file = try folder.write("out.safetensors", Data("old".utf8))
    #expect(try map("res2net-small", ["--output", file.path]).exitCode == 2)
    #expect(try Data(contentsOf: file) == Data("old".utf8))
    #expect(try map("res2net-small", ["--output", file.path, "--force"]).exitCode == 0)
    #expect(try Data(contentsOf: file).count == DemoTruth("res2net-small").completed.bytes)
    #expect(try names(in: folder) == ["out.safetensors"])
  }

  @Test func theInputIsNotOverwritten() throws {
    let folder = try TemporaryFolder()
    let file = folder.url.appending(path: "in.safetensors")
    #expect(try map("res2net-small", ["--output", file.path]).exitCode == 0)
    let before = try Data(contentsOf: file)
    let outcome = try Program.run(
      "map", file.path, "--backbone", "Res2Net", "--output", file.path)
    #expect(outcome.exitCode == 2)
    #expect(outcome.errors.hasSuffix("is the input; name another output\n"), "\(outcome.errors)")
    #expect(try Data(contentsOf: file) == before)
    #expect(try names(in: folder) == ["in.safetensors"])
  }

  @Test func anOutputThatCannotBeWrittenIs2() throws {
    let folder = try TemporaryFolder()
    let file = folder.url.appending(path: "absent/out.safetensors").path
    for outcome in [
      try map("res2net-small", ["--output", file]),
      try Program.run("init", "--backbone", "resnet18", "--output", file),
    ] {
      #expect(outcome.exitCode == 2)
      #expect(outcome.errors == "pthconv: \(file): its directory does not exist\n")
    }
    #expect(try names(in: folder).isEmpty)
  }

  @Test func seedsDecideTheValues() throws {
    let folder = try TemporaryFolder()
    func fresh(_ seed: String, _ name: String) throws -> Data {
      let file = folder.url.appending(path: name)
      let outcome = try Program.run(
        "init", "--backbone", "Res2Net", "--layers", "1,1,1,1", "--arg", "base_channels=8",
        "--init-seed", seed, "--output", file.path)
      #expect(outcome.exitCode == 0, "\(outcome.errors)")
      return try Data(contentsOf: file)
    }
    let first = try fresh("3", "a.safetensors")
    #expect(try fresh("3", "b.safetensors") == first)
    #expect(try fresh("4", "c.safetensors") != first)
  }

  private func names(in folder: TemporaryFolder) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.url.path).sorted()
  }

  // MARK: The list

  @Test func backbonesAreListed() throws {
    struct List: Decodable {
      struct Backbone: Decodable {
        let name: String
        let flavors: [String]
        let arguments: [String]
      }
      struct Preset: Decodable {
        let name: String
        let backbone: String
      }
      let backbones: [Backbone]
      let presets: [Preset]
    }
    let list: List = try Program.run("backbones", "--json").json()
    #expect(list.backbones.map(\.name) == ["Res2Net", "ResNet", "MobileNetV2", "EfficientNetLite"])
    #expect(list.backbones[0].flavors.first == "official")
    #expect(list.backbones[0].arguments.contains("base_width"))
    #expect(list.presets.contains { $0.name == "res2net50_26w_6s" && $0.backbone == "Res2Net" })
    let text = try Program.run("backbones").text
    for preset in list.presets { #expect(text.contains(preset.name)) }
  }
}
