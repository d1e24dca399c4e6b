import Foundation
import TestSupport
import Testing

/// `verify --json`, as `docs/json.md` describes it.
struct VerifyOutput: Decodable {
  struct Input: Decodable {
    let file: String?
    let seed: Int?
    let shape: [Int]
    let python: [String]
  }
  struct Random: Decodable {
    let keys: Int
    let stages: [String]
  }
  struct StageRow: Decodable {
    let name: String
    let shape: [Int]
    let mean, std, min, max: Double?
    let max_abs_error, relative_l2, cosine: Double?
    let pass: Bool
  }
  struct Comparison: Decodable {
    let kind: String
    let engine: String
    let stages: [StageRow]
    let first_divergence: String?
    let what: String?
    let explanation: String?
    let pass: Bool
  }
  struct Skipped: Decodable {
    let kind: String
    let reason: String
  }
  struct Alternative: Decodable {
    let options: String
    let agrees: Bool
    let relative_l2: Double
  }
  struct Rounding: Decodable {
    let dtype: String
    let relative_l2: [String: Double]
  }
  let verdict: String
  let reasons: [String]
  let assumptions: [String]
  let input: Input
  let rounding: Rounding?
  let random_weights: Random
  let comparisons: [Comparison]
  let engines: Comparison?
  let alternatives: [Alternative]
  let skipped: [Skipped]
  let stages: [StageRow]
  let layers: [StageRow]?
  let first_divergence: String?
  let pass: Bool

  func comparison(_ kind: String) -> Comparison? { comparisons.first { $0.kind == kind } }
}

/// `pthconv verify` on networks whose outputs PyTorch computed.
@Suite struct VerifyTests {
  private let small = ["demo/res2net-small.pth", "--backbone", "Res2Net"]
  private let input = ["--input", "demo/res2net-small-input.npy"]
  private let twoStages = [
    "demo/res2net-v1b-two-stages.pth", "--backbone", "Res2Net", "--size", "96,96",
  ]

  private func verify(
    _ arguments: [String], exitCode: Int32
  ) throws -> VerifyOutput {
    let outcome = try Program.run(["verify"] + arguments + ["--json"])
    #expect(outcome.exitCode == exitCode, "\(outcome.errors)")
    return try outcome.json()
  }

  @Test(arguments: ["both", "reference"])
  func agreesWithTheOutputsOfPyTorch(_ engine: String) throws {
    let output = try verify(
      small + input
        + ["--reference", "demo/res2net-small-outputs.npz", "--engine", engine], exitCode: 0)
    let comparison = try #require(output.comparison("reference-output"))
    #expect(comparison.stages.map(\.name) == ["layer1", "layer2", "layer3", "layer4"])
    #expect(comparison.stages.map(\.shape).last == [1, 192, 2, 2])
    for stage in comparison.stages {
      let error = try #require(stage.relative_l2)
      // PyTorch ran in float32, so it cannot be exact, nor far off.
      #expect(error > 0 && error < 1e-6)
      #expect(try #require(stage.cosine) > 0.999999)
      #expect(try #require(stage.std) > 0.1)
    }
    #expect(output.first_divergence == nil)
    #expect(output.verdict == "proven")
    #expect(output.reasons.isEmpty && output.assumptions.isEmpty)
    #expect(output.skipped.contains { $0.kind == "source-target" })
    #expect(output.stages.map(\.relative_l2) == comparison.stages.map(\.relative_l2))
    #expect(output.comparisons.count == 1)
    #expect((output.engines == nil) == output.skipped.contains { $0.kind == "engines" })
    #expect(engine == "both" || output.engines == nil)
  }

  @Test func theSeedGivesTheInputOfPyTorch() throws {
    let output = try verify(
      small + [
        "--size", "64,64", "--engine", "reference", "--reference",
        "demo/res2net-small-outputs.npz",
      ], exitCode: 0)
    #expect(output.input.seed == 0)
    #expect(output.input.shape == [1, 3, 64, 64])
    #expect(
      output.input.python == [
        "import torch", "torch.manual_seed(0)", "x = torch.randn(1, 3, 64, 64)",
      ])
    #expect(output.comparison("reference-output")?.pass == true)
  }

  @Test func anotherInputFails() throws {
    let output = try verify(
      small + [
        "--size", "64,64", "--seed", "1", "--reference", "demo/res2net-small-outputs.npz",
      ], exitCode: 1)
    #expect(!output.pass)
    #expect(output.first_divergence == "layer1")
    #expect(output.stages.allSatisfy { !$0.pass })
  }

  @Test func theToleranceDecides() throws {
    _ = try verify(
      small + input
        + [
          "--reference", "demo/res2net-small-outputs.npz", "--engine", "reference", "--tolerance",
          "1e-9",
        ], exitCode: 1)
  }

  // MARK: The case that no list of keys shows

  @Test func sameKeysOtherArithmeticIsCaught() throws {
    struct Truth: Decodable {
      struct Difference: Decodable {
        let relative_l2, max_abs_error: Double
      }
      let differences: [String: Difference]
    }
    let truth = try Fixtures.json("demo/res2net-v1b-two-stages.json", as: Truth.self)
    let output = try verify(twoStages + ["--flavor", "mmdet"], exitCode: 1)
    let comparison = try #require(output.comparison("source-target"))
    #expect(comparison.first_divergence?.hasPrefix("layer1.0.") == true)
    #expect(comparison.what?.contains("average pooling of the last split") == true)
    #expect(comparison.explanation?.contains("all keys match") == true)
    #expect(output.first_divergence == comparison.first_divergence)
    #expect(comparison.stages.count == 2)
    for stage in comparison.stages {
      let expected = try #require(truth.differences[stage.name])
      #expect(abs(try #require(stage.relative_l2) / expected.relative_l2 - 1) < 1e-4)
      #expect(abs(try #require(stage.max_abs_error) / expected.max_abs_error - 1) < 1e-4)
    }
    #expect(output.engines?.pass != false)
  }

  @Test func theSameArithmeticIsConsistent() throws {
    let output = try verify(twoStages + ["--flavor", "timm"], exitCode: 0)
    #expect(output.verdict == "consistent")
    #expect(output.comparisons.isEmpty)
    #expect(output.skipped.contains { $0.kind == "source-target" })
    for unknown in ["style", "strides", "dilations", "ReLU", "eps", "anti-aliasing"] {
      #expect(output.assumptions.contains { $0.contains(unknown) }, "\(unknown)")
    }
    #expect(!output.assumptions.contains { $0.contains("zero_init") })
    let text = try Program.run(["verify"] + twoStages + ["--flavor", "timm"]).text
    #expect(text.hasPrefix("consistent: ") && text.contains("Assumed, since no file can tell"))
    #expect(!text.contains("node for node"))
  }

  // The assumptions are those of the target, also where somebody has said them.
  @Test func whatIsSaidIsWhatIsAssumed() throws {
    let output = try verify(
      small + ["--size", "64", "--arg", "strides=(1,2,2,1)", "--arg", "dilations=(1,1,1,2)"],
      exitCode: 0)
    #expect(output.assumptions.contains("dilations [1, 1, 1, 2], as the target has it"))
  }

  @Test func theBarCanBeRaised() throws {
    let outcome = try Program.run(
      ["verify"] + twoStages + ["--flavor", "timm", "--require", "proven"])
    #expect(outcome.exitCode == 1)
    #expect(outcome.errors.contains("--require asks for proven"))
    let proven = small + input + ["--reference", "demo/res2net-small-outputs.npz"]
    #expect(try verify(proven + ["--require", "proven"], exitCode: 0).verdict == "proven")
  }

  @Test func whatThePersonSaysOfTheSourceCounts() throws {
    let output = try verify(
      twoStages + ["--flavor", "mmdet", "--source-flavor", "timm", "--engine", "reference"],
      exitCode: 1)
    #expect(output.comparison("source-target")?.pass == false)
  }

  /// The options that `map` advises where names leave the arithmetic open settle it, each its way.
  @Test func theAdvisedSourceFlavorsSettleTheArithmetic() throws {
    let folder = try TemporaryFolder()
    // mmdet's names for weights of the official arithmetic, in a file whose name says nothing.
    let file = folder.path("weights.pth")
    let target = ["--backbone", "Res2Net", "--flavor", "mmdet"]
    let written = try Program.run(
      ["map", "demo/res2net-v1b-two-stages.pth"] + target + ["--output", file])
    #expect(written.exitCode == 0, "\(written.errors)")
    // Lines break anywhere.
    let advice = try Program.run(["map", file] + target).text
      .split(whereSeparator: \.isWhitespace).joined(separator: " ")
    #expect(advice.contains("arithmetic-unknown") && advice.contains("say with --source-flavor"))
    let words = try #require(advice.firstMatch(of: /source flavor: (\w+) or (\w+)/))
    let advised = Set([words.output.1, words.output.2])
    #expect(advised == ["official", "mmdet"])
    let undecided = try verify([file, "--size", "32"] + target, exitCode: 1)
    #expect(undecided.verdict == "unproven")
    for flavor in advised {
      let own = ["--source-flavor", "\(flavor)"]
      #expect(!(try Program.run(["map", file] + target + own).text.contains("arithmetic-unknown")))
      let output = try verify(
        [file, "--size", "32"] + target + own, exitCode: flavor == "mmdet" ? 0 : 1)
      #expect(output.verdict == (flavor == "mmdet" ? "consistent" : "failed"))
      #expect(output.first_divergence == (flavor == "mmdet" ? nil : "layer1.0.pool"))
    }
  }

  // MARK: What else is told

  @Test func randomWeightsAreTold() throws {
    let output = try verify(
      [
        "demo/res2net-small-mutilated.pth", "--backbone", "Res2Net", "--size", "32,32", "--engine",
        "reference",
      ], exitCode: 1)
    #expect(output.verdict == "unproven")
    #expect(output.reasons.contains { $0.hasPrefix("7 of the target's") })
    #expect(output.random_weights.keys == 7)
    #expect(output.random_weights.stages == ["layer3", "layer4"])
    #expect(try verify(small + ["--size", "32,32"], exitCode: 0).random_weights.stages.isEmpty)
  }

  @Test func layersListEveryNode() throws {
    let output = try verify(
      small + ["--size", "32,32", "--engine", "reference", "--layers"], exitCode: 0)
    let layers = try #require(output.layers)
    #expect(layers.count > 80)
    #expect(layers.first?.name == "conv1")
    #expect(layers.first?.shape == [1, 64, 16, 16])
    let text = try Program.run(
      ["verify"] + small + ["--size", "32,32", "--engine", "reference", "--layers"]
    ).text
    let list = try verify(
      ["--layers"] + small + ["--layers", "1,1,1,1", "--size", "32,32", "--engine", "reference"],
      exitCode: 0)
    #expect(list.layers?.count == layers.count)
    // What the fast engine fuses into others is there too, without a comparison.
    let both = try #require(
      try verify(small + ["--size", "32,32", "--layers"], exitCode: 0).layers)
    #expect(both.map(\.name) == layers.map(\.name))
    #expect(both.contains { $0.relative_l2 == nil } && both.contains { $0.relative_l2 != nil })
    #expect(text.contains("layer4.0.conv3"))
    #expect(text.contains("torch.randn(1, 3, 32, 32)"))
  }

  /// What is written over the last byte (sign and exponent) of a little-endian float32.
  enum Damage: UInt8, CaseIterable {
    case negative = 0xbf
    case notANumber = 0xff
  }

  // oneDNN's ReLU makes 0 of NaN: its outputs alone would show nothing.
  @Test(arguments: ["both", "reference", "onednn"], Damage.allCases)
  func aNaNIsTracedToItsNode(_ engine: String, _ damage: Damage) throws {
    let folder = try TemporaryFolder()
    let file = folder.url.appending(path: "small.safetensors")
    #expect(
      try Program.run("map", small[0], "--backbone", "Res2Net", "--output", file.path).exitCode == 0
    )
    var data = try Data(contentsOf: file)
    let header = data.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
    let entries = try #require(
      try JSONSerialization.jsonObject(with: data[8..<8 + header]) as? [String: Any])
    let entry = try #require(entries["layer2.0.bn1.running_var"] as? [String: Any])
    let offsets = try #require(entry["data_offsets"] as? [Int])
    data[8 + header + offsets[0] + 3] = damage.rawValue
    if damage == .notANumber { data[8 + header + offsets[0] + 2] = 0xff }
    try data.write(to: file)
    let output = try verify(
      [file.path, "--backbone", "Res2Net", "--size", "32,32", "--engine", engine], exitCode: 1)
    #expect(!output.pass)
    #expect(output.first_divergence == "layer2.0.bn1")
    if engine == "reference" {
      #expect(output.stages.map(\.pass) == [true, false, false, false])
    }
  }

  @Test(arguments: ["both", "onednn"])
  func aNaNInTheInputIsFound(_ engine: String) throws {
    let folder = try TemporaryFolder()
    let file = folder.url.appending(path: "x.npy")
    var data = try Fixtures.data("demo/res2net-small-input.npy")
    data.replaceSubrange(data.count - 4..<data.count, with: [0, 0, 0xc0, 0x7f])
    try data.write(to: file)
    let output = try verify(small + ["--input", file.path, "--engine", engine], exitCode: 1)
    #expect(output.first_divergence == "input")
  }

  /// The screens that people see most, and the one with the longest names.
  @Test(arguments: [[], ["--layers"], ["--engine", "onednn"]])
  func theTextFitsInto80Columns(_ options: [String]) throws {
    for arguments in [small + ["--size", "64,64"], twoStages + ["--flavor", "mmdet"]] {
      let text = try Program.run(["verify"] + arguments + options).text
      let lines = text.split(separator: "\n")
      #expect(lines.contains { $0.contains("layer1") && $0.contains("1×") })
      for line in lines { #expect(line.count <= 80, "\(line)") }
    }
  }

  @Test func theOutputsAreSaved() throws {
    let folder = try TemporaryFolder()
    let file = folder.url.appending(path: "out.npz").path
    let arguments = small + input + ["--engine", "reference"]
    let saved = try verify(arguments + ["--save-outputs", file], exitCode: 0)
    // What was saved is what the next run computes, but for the rounding to float32.
    let output = try verify(arguments + ["--reference", file, "--tolerance", "1e-7"], exitCode: 0)
    #expect(output.stages.map(\.shape) == saved.stages.map(\.shape))
    #expect(output.comparison("reference-output")?.pass == true)
    #expect(try Program.run(["verify"] + arguments + ["--save-outputs", file]).exitCode == 2)
    #expect(try Program.run(["verify"] + small + ["--save-outputs", "x.txt"]).exitCode == 64)
  }

  // MARK: Bad input

  @Test(arguments: [
    (["--size", "16,224"], "needs a height and width of at least 32 and 32"),
    (["--size", "4000000,4000000"], "use a smaller input"),
    (["--input", "demo/absent.npy"], "no such file"),
    (["--input", "demo/res2net-small-outputs.npz"], "holds 4 tensors"),
    (["--reference", "demo/res2net-small-input.npy"], "call them layer1, layer2"),
    (["--reference", "demo/res2net-small-outputs.npz"], "make the reference from the same input"),
  ]) func badInputIs2(_ options: [String], _ sentence: String) throws {
    let outcome = try Program.run(["verify"] + small + ["--engine", "reference"] + options)
    #expect(outcome.exitCode == 2)
    #expect(outcome.text.isEmpty)
    #expect(outcome.errors.contains(sentence), "\(outcome.errors)")
    #expect(outcome.errors.split(separator: "\n").count == 1)
  }

  @Test func aFileThatFillsNothingIs2() throws {
    let outcome = try Program.run(
      "verify", "demo/res2net-small-input.npy", "--backbone", "Res2Net", "--size", "32,32")
    #expect(outcome.exitCode == 2)
    #expect(outcome.errors.contains("no weight of it fits Res2Net"), "\(outcome.errors)")
  }

  @Test(arguments: [
    ["--size", "224,"], ["--size", "1,2,3"], ["--size", "0,3"], ["--engine", "cuda"],
    ["--tolerance", "-1"], ["--tolerance", "0.5"], ["--require", "failed"],
    ["--threads", "0"],
  ]) func wrongUsageIs64(_ options: [String]) throws {
    #expect(try Program.run(["verify"] + small + options).exitCode == 64)
  }
}
