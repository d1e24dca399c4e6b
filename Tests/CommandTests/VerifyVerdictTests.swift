import Foundation
import TestSupport
import Testing

/// What `verify` must not promise, and what it must find.
@Suite struct VerifyVerdictTests {
  private let small = ["demo/res2net-small.pth", "--backbone", "Res2Net"]
  private let input = ["--input", "demo/res2net-small-input.npy"]
  private let reference = ["--reference", "demo/res2net-small-outputs.npz"]
  private let fast = ["--engine", "reference"]
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func path(_ name: String) -> String { folder.url.appending(path: name).path }

  private func verify(_ arguments: [String], exitCode: Int32) throws -> VerifyOutput {
    let outcome = try Program.run(["verify"] + arguments + ["--json"])
    #expect(outcome.exitCode == exitCode, "\(outcome.errors)")
    return try outcome.json()
  }

  /// A safetensors file with one more tensor of four zeros.
  private func adding(_ name: String, to source: String) throws -> String {
    let plain = path("plain.safetensors")
    #expect(try Program.run("convert", source, plain, "--force").exitCode == 0)
    let data = try Data(contentsOf: URL(filePath: plain))
    let length = data.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
    var header = try #require(
      try JSONSerialization.jsonObject(with: data[8..<8 + length]) as? [String: Any])
    let body = data[(8 + length)...]
    header[name] = [
      "dtype": "F32", "shape": [4], "data_offsets": [body.count, body.count + 16],
    ]
    let text = try JSONSerialization.data(withJSONObject: header)
    var size = UInt64(text.count).littleEndian
    let changed = path("changed.safetensors")
    try (Data(bytes: &size, count: 8) + text + body + Data(count: 16))
      .write(to: URL(filePath: changed))
    return changed
  }

  /// The small network with one tensor of one value.
  private func overwriting(_ name: String, with value: Float) throws -> String {
    let plain = path("whole.safetensors")
    #expect(try Program.run("convert", small[0], plain, "--force").exitCode == 0)
    var data = try Data(contentsOf: URL(filePath: plain))
    let length = data.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
    struct Entry: Decodable { let data_offsets: [Int]? }
    let header = try JSONDecoder().decode([String: Entry].self, from: data[8..<8 + length])
    let range = try #require(header[name]?.data_offsets)
    for offset in stride(from: range[0], to: range[1], by: 4) {
      let place = 8 + length + offset
      data.replaceSubrange(place..<place + 4, with: withUnsafeBytes(of: value) { Data($0) })
    }
    let file = path("overwritten.safetensors")
    try data.write(to: URL(filePath: file))
    return file
  }

  @Test(arguments: ["layer2.0.se.fc1.bias", "layer1.0.conv1.bias", "layer4.1.bn1.weight"])
  func aNetworkWithMoreInItIsUnproven(_ name: String) throws {
    let file = try adding(name, to: small[0])
    let output = try verify([file, "--backbone", "Res2Net", "--size", "64"] + fast, exitCode: 1)
    #expect(output.verdict == "unproven")
    // A block of which there is one tensor is a block that lacks the others.
    let words = name.hasPrefix("layer4.1") ? "lacks" : name
    #expect(output.reasons.contains { $0.contains(words) }, "\(output.reasons)")
  }

  // What lies beside the network does not matter.
  @Test func aClassifierIsNoDoubt() throws {
    let file = try adding("linear.bias", to: small[0])
    let output = try verify([file, "--backbone", "Res2Net", "--size", "64"] + fast, exitCode: 0)
    #expect(output.verdict == "consistent")
  }

  // Without its last stages a network computes what the whole one does.
  @Test func fewerStagesAreConsistent() throws {
    let output = try verify(
      small + ["--layers", "1,1,1", "--arg", "num_stages=3", "--size", "64"] + fast, exitCode: 0)
    #expect(output.verdict == "consistent")
    #expect(output.stages.map(\.name) == ["layer1", "layer2", "layer3"])
    #expect(output.comparisons.isEmpty)
  }

  /// Outputs of another shape are another network's, which is no fault of a reference that nobody gave.
  @Test func anotherNetworksShapesAreUnproven() throws {
    let output = try verify(
      small + ["--arg", "base_channels=16", "--size", "64"] + fast, exitCode: 1)
    #expect(output.verdict == "unproven")
    #expect(output.reasons.contains { $0.contains("the target is another network than") })
  }

  // MARK: The original's outputs

  @Test func anotherFlavorIsNamed() throws {
    let stages = ["demo/res2net-v1b-two-stages.pth", "--backbone", "Res2Net", "--size", "96"]
    let outputs = path("mmdet.npz")
    _ = try verify(
      stages + ["--flavor", "mmdet", "--save-outputs", outputs, "--engine", "reference"],
      exitCode: 1)
    let output = try verify(
      stages + ["--flavor", "timm", "--reference", outputs] + fast, exitCode: 1)
    #expect(output.verdict == "failed")
    let best = try #require(output.alternatives.first)
    #expect(best.options == "--flavor mmdet" && best.agrees && best.relative_l2 < 1e-6)
    let text = try Program.run(
      ["verify"] + stages + ["--flavor", "timm", "--reference", outputs] + fast
    ).text
    #expect(text.contains("with --flavor mmdet all stages agree"))
    let right = try verify(
      stages + ["--flavor", "mmdet", "--reference", outputs] + fast, exitCode: 0)
    // The original's outputs outrank what the names say.
    #expect(right.verdict == "proven")
    #expect(right.comparison("source-target") == nil)
  }

  @Test func aReferenceOfAnotherShapeSuggestsDilations() throws {
    let outputs = path("dilated.npz")
    let dilated = ["--arg", "strides=(1,2,1,1)", "--arg", "dilations=(1,1,2,4)"]
    _ = try verify(
      small + dilated + ["--size", "64", "--save-outputs", outputs] + fast, exitCode: 0)
    let output = try verify(small + ["--size", "64", "--reference", outputs] + fast, exitCode: 1)
    #expect(output.verdict == "failed")
    #expect(output.first_divergence == "layer3")
    let best = try #require(output.alternatives.first)
    #expect(best.agrees)
    #expect(best.options == "--arg 'strides=[1, 2, 1, 1]' --arg 'dilations=[1, 1, 2, 4]'")
    let proven = try verify(
      small + dilated + ["--size", "64", "--reference", outputs] + fast, exitCode: 0)
    #expect(proven.verdict == "proven")
  }

  @Test func halfPrecisionIsJudgedByItsRounding() throws {
    let half = path("half.pth")
    #expect(try Program.run("convert", small[0], half, "--dtype", "float16").exitCode == 0)
    let output = try verify(
      [half, "--backbone", "Res2Net"] + input + reference + fast, exitCode: 0)
    #expect(output.verdict == "proven")
    let rounding = try #require(output.rounding)
    #expect(rounding.dtype == "float16")
    for stage in output.stages {
      let expected = try #require(rounding.relative_l2[stage.name])
      let error = try #require(stage.relative_l2)
      #expect(error > 1e-4 && error < 3 * expected)
    }
    // A tolerance that somebody gives is the one that counts.
    _ = try verify(
      [half, "--backbone", "Res2Net", "--tolerance", "1e-4"] + input + reference + fast,
      exitCode: 1)
    // What the rounding explains is no licence for other arithmetic.
    let pooled = [half, "--backbone", "Res2Net", "--arg", "stage_pooling=strided"]
    #expect(
      try verify(pooled + input + reference + fast, exitCode: 1).verdict == "failed")
  }

  @Test func aPartOfTheOutputsProvesAPart() throws {
    let all = path("all.npz")
    _ = try verify(small + ["--size", "64", "--save-outputs", all] + fast, exitCode: 0)
    let one = path("one.npz")
    #expect(try Program.run("convert", all, one, "--keep", "^layer1$").exitCode == 0)
    let output = try verify(small + ["--size", "64", "--reference", one] + fast, exitCode: 0)
    #expect(output.verdict == "consistent")
    #expect(output.reasons.contains { $0.contains("lacks layer2, layer3, layer4") })
  }

  /// What else a reference holds is not compared, and that is said.
  @Test func strangersInAReferenceAreNamed() throws {
    let outputs = path("own.npz")
    _ = try verify(small + ["--size", "64", "--save-outputs", outputs] + fast, exitCode: 0)
    let renamed = path("renamed.npz")
    #expect(
      try Program.run("convert", outputs, renamed, "--rename", "^layer3$=pool").exitCode == 0)
    let output = try verify(small + ["--size", "64", "--reference", renamed] + fast, exitCode: 0)
    #expect(output.verdict == "consistent")
    #expect(
      output.skipped.contains { $0.reason == "pool of the reference is no output of this backbone" }
    )
  }

  @Test func aConstantInputProvesNothing() throws {
    let zeros = path("x.npy")
    var data = try Fixtures.data("demo/res2net-small-input.npy")
    let count = 4 * 3 * 64 * 64
    data.replaceSubrange(data.count - count..<data.count, with: Data(count: count))
    try data.write(to: URL(filePath: zeros))
    let outputs = path("zero.npz")
    _ = try verify(small + ["--input", zeros, "--save-outputs", outputs] + fast, exitCode: 0)
    let output = try verify(
      small + ["--input", zeros, "--reference", outputs] + fast, exitCode: 0)
    #expect(output.verdict == "consistent")
    #expect(output.reasons.contains { $0.contains("input hardly varies") })
  }

  /// Inputs under which weights of the first convolution have no part, or not each its own.
  @Test(arguments: ["grey", "one channel", "one pixel", "rows"])
  func aPlainInputProvesLess(_ kind: String) throws {
    let plain = path("plain.npy")
    var data = try Fixtures.data("demo/res2net-small-input.npy")
    let (plane, count) = (64 * 64, 3 * 64 * 64)
    let start = data.count - 4 * count
    var values = data[start...].withUnsafeBytes { bytes in
      (0..<count).map { bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
    }
    for index in values.indices {
      switch kind {
      case "grey": values[index] = values[index % plane]
      case "one channel": values[index] = index < plane ? values[index] : 0
      case "one pixel": values[index] = index % plane == 32 * 64 + 32 ? 3 : 0
      default: values[index] = values[index / 64 * 64]
      }
    }
    data.replaceSubrange(start..., with: values.withUnsafeBytes { Data(Array($0)) })
    try data.write(to: URL(filePath: plain))
    let outputs = path("plain.npz")
    _ = try verify(small + ["--input", plain, "--save-outputs", outputs] + fast, exitCode: 0)
    let output = try verify(
      small + ["--input", plain, "--reference", outputs] + fast, exitCode: 0)
    #expect(output.verdict == "consistent")
    #expect(output.reasons.contains { $0.contains("of 147 directions only") }, "\(output.reasons)")
  }

  /// What an input of this size cannot show, whatever its values are.
  static let sizes: [(size: String, dilations: String, hidden: String?)] = [
    ("32", "(1, 1, 1, 1)", nil), ("32", "(1, 1, 1, 2)", "see nothing around a pixel"),
    ("64", "(1, 1, 1, 2)", nil), ("66", "(1, 1, 1, 1)", "with ceil_mode and without"),
  ]

  @Test(arguments: sizes)
  func aSizeThatHidesTheArithmetic(
    _ size: String, _ dilations: String, _ hidden: String?
  ) throws {
    let outputs = path("\(size).npz")
    let run = small + ["--arg", "dilations=\(dilations)", "--size", size] + fast
    _ = try verify(run + ["--save-outputs", outputs], exitCode: 0)
    let output = try verify(run + ["--reference", outputs], exitCode: 0)
    #expect(output.verdict == (hidden == nil ? "proven" : "consistent"))
    if let hidden { #expect(output.reasons.contains { $0.contains(hidden) }) }
  }

  /// Stages that no compared output depends on are not shown.
  @Test func oneOutputProvesNothingOfLaterStages() throws {
    let outputs = path("first.npz")
    let first = small + ["--arg", "out_indices=[0]", "--size", "64"] + fast
    _ = try verify(first + ["--save-outputs", outputs], exitCode: 0)
    let output = try verify(first + ["--reference", outputs], exitCode: 0)
    #expect(output.verdict == "consistent")
    #expect(
      output.reasons.contains {
        $0.contains("no output that was compared depends on layer2, layer3, layer4")
      })
  }

  /// A large constant in every channel makes each relative error small.
  @Test func aLargeOffsetHidesTheVariation() throws {
    let file = try overwriting("layer1.0.bn3.bias", with: 1e5)
    let outputs = path("offset.npz")
    let run = [file, "--backbone", "Res2Net", "--size", "64"] + fast
    _ = try verify(run + ["--save-outputs", outputs], exitCode: 0)
    let output = try verify(run + ["--reference", outputs], exitCode: 0)
    #expect(output.verdict == "consistent")
    #expect(output.reasons.contains { $0.contains("beside the channels' means") })
  }

  /// A norm of 1e-20 hides a block as a norm of 0 does.
  @Test func blocksThatHardlyCountProveNothing() throws {
    let file = try overwriting("layer2.0.bn3.weight", with: 1e-20)
    let outputs = path("silent.npz")
    let run = [file, "--backbone", "Res2Net", "--size", "64"] + fast
    _ = try verify(run + ["--save-outputs", outputs], exitCode: 0)
    let output = try verify(run + ["--reference", outputs], exitCode: 0)
    #expect(output.verdict == "consistent")
    #expect(output.reasons.contains { $0.contains("layer2.0.bn3.weight") })
  }
}
