import Foundation
import PthCheckpoints
import PthTensors
import TestSupport
import Testing

/// The comparison `statistics` of `verify --json`, as `docs/json.md` describes it.
private struct Statistics: Decodable {
  struct Images: Decodable {
    let count, found, size: Int
    let unreadable: [String]
    let preparation: String
    let preparation_told: Bool
  }
  struct Norm: Decodable {
    let name: String
    let shift, spread, shift_by_sampling, spread_by_sampling: Double
    let tail, tail_by_sampling, off: Double
    let contrast: Double?
    let recorded, pass: Bool
  }
  struct Alternative: Decodable {
    let options, answer: String
    let best: Bool
    let ratio, deviations: Double
  }
  struct Exchange: Decodable {
    let norms: [String]
    let answer: String
  }
  let kind, engine: String
  let exchanges: [Exchange]?
  let images: Images?
  let norms: [Norm]?
  let alternatives: [Alternative]?
  let unseen_stages: [String]?
  let not_excluded: [String]?
  let outcome: String?
  let first_divergence, what: String?
  let pass: Bool
}

private struct Output: Decodable {
  let verdict: String
  let comparisons: [Statistics]
  let reasons: [String]
  let first_divergence: String?
}

/// `verify --images` and `prepare` on networks with true running statistics.
@Suite struct WitnessTests {
  private static let target = ["--backbone", "ResNet", "--flavor", "mmdet"]
  private static let images = ["--images", "witness/images", "--size", "64"]

  private func verify(
    _ file: String, _ more: [String] = [], exitCode: Int32
  ) throws -> (output: Output, statistics: Statistics) {
    let outcome = try Program.run(
      ["verify", file] + Self.target + Self.images + more + ["--json"])
    #expect(outcome.exitCode == exitCode, "\(outcome.errors)")
    let output: Output = try outcome.json()
    return (output, try #require(output.comparisons.first { $0.kind == "statistics" }))
  }

  /// The fixture with keys renamed.
  private func renamed(
    _ renames: [String], in folder: TemporaryFolder
  ) throws -> String {
    let path = folder.url.appending(path: "renamed.pth").path
    let outcome = try Program.run(
      ["convert", "witness/resnet.pth", path] + renames.flatMap { ["--rename", $0] })
    #expect(outcome.exitCode == 0, "\(outcome.errors)")
    return path
  }

  @Test func normsSeeWhatPyTorchsSee() throws {
    let (output, statistics) = try verify("witness/resnet.pth", exitCode: 0)
    #expect(output.verdict == "supported")
    #expect(statistics.pass && statistics.outcome == "agrees")
    #expect(statistics.images?.count == 24)
    #expect(statistics.images?.preparation == "rgb-imagenet")
    #expect(statistics.images?.preparation_told == true)
    let truth: [String: [Double]] = try JSONDecoder().decode(
      [String: [Double]].self, from: Fixtures.data("witness/truth.json"))
    let norms = try #require(statistics.norms)
    #expect(Set(norms.map(\.name)) == Set(truth.keys))
    for norm in norms {
      let wanted = try #require(truth[norm.name])
      // JPEG decoders may differ by a step.
      #expect(abs(norm.shift - wanted[0]) < 0.01, "\(norm.name)")
      if norm.contrast == nil { #expect(abs(norm.spread - wanted[1]) < 0.01, "\(norm.name)") }
      #expect(norm.shift_by_sampling > 0 && norm.shift_by_sampling < 0.2)
    }
  }

  @Test func swappedConvolutionsAreFoundWhereTheyAre() throws {
    let folder = try TemporaryFolder()
    let file = try renamed(
      [
        "^layer2\\.1\\.conv2\\.weight$=first", "^layer2\\.2\\.conv2\\.weight$=second",
        "^first$=layer2.2.conv2.weight", "^second$=layer2.1.conv2.weight",
      ], in: folder)
    let (output, statistics) = try verify(file, exitCode: 1)
    #expect(output.verdict == "failed")
    #expect(statistics.outcome == "fault")
    #expect(output.first_divergence == "layer2.1.bn2")
    let failing = try #require(statistics.norms?.filter { !$0.pass }.map(\.name))
    #expect(failing == ["layer2.1.bn2", "layer2.2.bn2"])
  }

  @Test func randomWeightsAreNeverSupported() throws {
    let folder = try TemporaryFolder()
    let file = try renamed(["^layer2\\.1\\.conv2\\.weight$=other.weight"], in: folder)
    let (output, statistics) = try verify(file, exitCode: 1)
    #expect(output.verdict == "failed" || output.verdict == "unproven")
    #expect(statistics.first_divergence == "layer2.1.bn2")
  }

  /// A median does not see what is wrong with fewer than half of the channels.
  @Test func fewRandomFiltersAreFound() throws {
    let folder = try TemporaryFolder()
    let known = try Checkpoint.open(Fixtures.path("witness/resnet.pth")).stateDict
    let name = "layer2.2.conv2.weight"
    let weight = try #require(known[name])
    var values = try weight.array(of: Float.self)
    let row = values.count / weight.shape[0]
    // Every fifth filter is another one, turned round.
    let filters = (0..<weight.shape[0]).map { Array(values[$0 * row..<($0 + 1) * row]) }
    for index in stride(from: 0, to: filters.count, by: 5) {
      let other = filters[(index + 2) % filters.count].reversed()
      values.replaceSubrange(index * row..<(index + 1) * row, with: other)
    }
    let entries = try known.tensors.map { key, tensor in
      OutputContents.Entry(
        name: key, tensor: key == name ? try Tensor(values, shape: weight.shape) : tensor)
    }
    let path = folder.path("few.pth")
    let format = try #require(OutputFormat.forFile(path))
    try OutputWriter(OutputContents(entries: entries), as: format, to: path).write()
    let (output, statistics) = try verify(path, exitCode: 1)
    #expect(output.verdict == "failed" || output.verdict == "unproven")
    #expect(statistics.first_divergence == "layer2.2.bn2")
    let norm = try #require(statistics.norms?.first { $0.name == "layer2.2.bn2" })
    #expect(norm.shift < 0.1 && norm.tail > 0.25 && norm.off > 0.05)
  }

  /// Other images show at the first norm; a fault behind it is named all the same, and blamed on
  /// nothing.
  @Test func aFaultIsNamedOnOtherImages() throws {
    let folder = try TemporaryFolder()
    let known = try Checkpoint.open(Fixtures.path("witness/resnet.pth")).stateDict
    let swapped = [
      "layer2.1.conv2.weight": "layer2.2.conv2.weight",
      "layer2.2.conv2.weight": "layer2.1.conv2.weight",
    ]
    func file(_ name: String, _ sources: [String: String]) throws -> String {
      let entries = try known.tensors.map { key, tensor in
        var tensor = known[sources[key] ?? key] ?? tensor
        if key == "bn1.running_var" {
          // Images of a fifth of the contrast.
          tensor = try Tensor(try tensor.array(of: Float.self).map { 5 * $0 }, shape: tensor.shape)
        }
        return OutputContents.Entry(name: key, tensor: tensor)
      }
      let path = folder.path(name)
      let format = try #require(OutputFormat.forFile(path))
      try OutputWriter(OutputContents(entries: entries), as: format, to: path).write()
      return path
    }
    let (sound, own) = try verify(try file("sound.pth", [:]), exitCode: 1)
    #expect(sound.verdict == "unproven" && own.first_divergence == "bn1")
    let (output, statistics) = try verify(try file("swapped.pth", swapped), exitCode: 1)
    #expect(output.verdict == "unproven" && statistics.outcome == "cannot be told")
    #expect(statistics.first_divergence == "layer2.1.bn2")
    #expect(statistics.what?.hasPrefix("bn1, which sees the images") == true)
    #expect(statistics.what?.contains("layer2.1.conv2") == true)
  }

  /// Mean and variance of the sum stay as they are; the norms behind see other variances all the same.
  @Test func exchangedNormsAreFound() throws {
    let (_, own) = try verify("witness/resnet.pth", exitCode: 0)
    let pairs = try #require(own.exchanges)
    #expect(pairs.map(\.norms.first) == ["layer1.0.bn3", "layer2.0.bn3"])
    #expect(pairs.allSatisfy { $0.answer == "worse" })
    #expect(own.not_excluded?.contains { $0.contains("exchanged between") } == false)
    let folder = try TemporaryFolder()
    let file = try renamed(
      ["weight", "bias"].flatMap { part in
        [
          "^layer2\\.0\\.bn3\\.\(part)$=first.\(part)",
          "^layer2\\.0\\.downsample\\.1\\.\(part)$=layer2.0.bn3.\(part)",
          "^first\\.\(part)$=layer2.0.downsample.1.\(part)",
        ]
      }, in: folder)
    let (output, statistics) = try verify(file, exitCode: 1)
    #expect(output.verdict != "supported")
    #expect(statistics.exchanges?.map(\.answer) == ["worse", "better"])
  }

  @Test func theRightStyleIsTheBestOne() throws {
    let (output, statistics) = try verify("witness/caffe.pth", exitCode: 1)
    #expect(output.verdict == "unproven")
    let best = try #require(statistics.alternatives).filter(\.best).map(\.options)
    #expect(best == ["--arg style=caffe"])
  }

  /// Dilations in place of strides compute what the caffe style does, of other pixels, and what the
  /// pytorch style does not.
  @Test func aDilatedTargetIsHeldAgainstStridedNetworks() throws {
    let dilated = ["--arg", "strides=(1,1)", "--arg", "dilations=(1,2)"]
    let (output, statistics) = try verify("witness/resnet.pth", dilated, exitCode: 1)
    #expect(output.verdict == "unproven")
    #expect(statistics.first_divergence == "layer2.0.bn2")
    // The images are small and few: that the file's own network is better is seen, and not certain.
    let plain = "--arg 'strides=[1, 2]' --arg 'dilations=[1, 1]'"
    let own = try #require(statistics.alternatives?.first { $0.options == plain })
    #expect(own.answer != "worse" && own.ratio > 2)
    let (other, caffe) = try verify("witness/caffe.pth", dilated, exitCode: 0)
    #expect(other.verdict == "supported")
    #expect(caffe.not_excluded?.contains { $0.contains("style, strides, dilations") } == true)
  }

  @Test func whatAPassDoesNotExcludeIsSaid() throws {
    let (_, statistics) = try verify("witness/resnet.pth", exitCode: 0)
    let limits = try #require(statistics.not_excluded)
    #expect(limits.contains { $0.contains("attention") })
    #expect(limits.contains { $0.contains("mirrored") })
    #expect(limits.contains { $0.contains("layer2.3.bn3") })
    let text = try Program.run(["verify", "witness/resnet.pth"] + Self.target + Self.images).text
    #expect(text.contains("What the statistics do not exclude"))
    // What is not told stands beside the verdict.
    #expect(text.hasPrefix("supported: "))
    let first = text.split(separator: "statistics:")[0]
    #expect(first.contains("they do not tell") && first.contains("norm_cfg"))
  }

  @Test func otherPreparationsAreFound() throws {
    let (_, statistics) = try verify(
      "witness/caffe.pth", ["--arg", "style=caffe"], exitCode: 0)
    #expect(statistics.images?.preparation == "rgb-caffe")
    let outcome = try Program.run(
      ["prepare", "witness/caffe.pth"] + Self.images + Self.target + ["--json"])
    #expect(outcome.exitCode == 0, "\(outcome.errors)")
    struct Answer: Decodable {
      let scale: String?
      let bgr: Bool?
      let images: Int
    }
    let answer: Answer = try outcome.json()
    #expect(answer.scale == "caffe")
    // Wrong would be RGB; that it cannot be told is right.
    #expect(answer.bgr != false)
    #expect(answer.images == 24)
    let text = try Program.run(
      ["prepare", "witness/resnet.pth"] + Self.images + Self.target
    ).text
    #expect(text.contains("mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375]"))
    #expect(text.contains("Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])"))
    // CLIP's numbers would fit as well.
    #expect(text.contains("standard deviation, or near it"))
  }

  @Test func whatRecordedNothingSupportsNothing() throws {
    let outcome = try Program.run(
      ["verify", "demo/res2net-small.pth", "--backbone", "Res2Net"] + Self.images + ["--json"])
    let output: Output = try outcome.json()
    #expect(output.verdict != "supported")
  }

  @Test func fewImagesAreRefused() throws {
    let outcome = try Program.run(
      ["verify", "witness/resnet.pth"] + Self.target + ["--images", "images/rgb.png"])
    #expect(outcome.exitCode == 2)
    #expect(outcome.errors.contains("at least 8"))
    let sized = try Program.run(
      ["verify", "witness/resnet.pth"] + Self.target
        + ["--images", "witness/images", "--size", "64,96"])
    #expect(sized.exitCode == 64)
  }

  /// Copies of one picture are one picture.
  @Test func copiesCountOnce() throws {
    let folder = try TemporaryFolder()
    let pictures = Fixtures.files(in: "witness/images").filter { $0.hasSuffix(".jpg") }
    let first = Fixtures.url("witness/images/\(try #require(pictures.first))")
    for index in 0..<12 {
      try FileManager.default.copyItem(at: first, to: folder.url.appending(path: "\(index).jpg"))
    }
    let alone = try Program.run(
      ["verify", "witness/resnet.pth"] + Self.target + ["--images", folder.url.path])
    #expect(alone.exitCode == 2)
    #expect(alone.errors.contains("1 different image (PNG or JPEG)"))
    let beside = try Program.run(
      ["prepare", "witness/resnet.pth"] + Self.target
        + ["--images", folder.url.path, "witness/images"])
    #expect(beside.text.contains("the same picture as another"), "\(beside.errors)")
  }
}
