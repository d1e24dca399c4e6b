import Foundation
import TestSupport
import Testing

/// What `map` tells, against what PyTorch makes of the same files.
@Suite struct MapReportTests {
  static let files = ["res2net-small", "res2net-small-mutilated", "res2net-small-v1b"]

  private func map(_ file: String, _ options: String...) throws -> MapOutput {
    let outcome = try Program.run(["map", file, "--backbone", "Res2Net", "--json"] + options)
    #expect(outcome.exitCode == 0, "\(outcome.errors)")
    return try outcome.json()
  }

  @Test(arguments: files) func accountsForEveryKeyAsPyTorchDoes(_ name: String) throws {
    let truth = try DemoTruth(name)
    let output = try map("demo/\(name).pth")
    #expect(output.missing.map(\.target) == truth.missing)
    #expect(output.mismatched.map(\.target) == truth.mismatched)
    #expect(output.unexpected.map(\.source) == truth.unexpected)
    let targets =
      output.loaded.map(\.target) + output.filled.map(\.target) + output.missing.map(\.target)
      + output.mismatched.map(\.target)
    #expect(targets.count == truth.tensors.count)
    #expect(Set(targets) == Set(truth.tensors.map(\.name)))

    let loaded = Set(output.loaded.map(\.target))
    let filled = Set(output.filled.map(\.target))
    // A counter that starts at 0 comes from nowhere: it is not counted.
    let counted = truth.tensors.filter { !filled.contains($0.name) }
    func share(_ tensors: [DemoTruth.Tensor], _ size: (DemoTruth.Tensor) -> Int) -> Double {
      let all = tensors.reduce(0) { $0 + size($1) }
      return Double(tensors.reduce(0) { $0 + (loaded.contains($1.name) ? size($1) : 0) })
        / Double(all)
    }
    #expect(output.coverage.keys == share(counted) { _ in 1 })
    #expect(output.coverage.elements == share(counted) { $0.shape.reduce(1, *) })
    #expect(
      Set(output.coverage.stages.keys) == ["stem", "layer1", "layer2", "layer3", "layer4"])
    for (stage, coverage) in output.coverage.stages {
      let members = counted.filter {
        stage == "stem" ? !$0.name.hasPrefix("layer") : $0.name.hasPrefix(stage + ".")
      }
      #expect(coverage == share(members) { _ in 1 }, "\(stage)")
    }
  }

  @Test func jsonHasExactlyTheDocumentedKeys() throws {
    let outcome = try Program.run(
      "map", "demo/res2net-small-mutilated.pth", "--backbone", "Res2Net", "--json")
    let object = try #require(
      try JSONSerialization.jsonObject(with: outcome.standardOutput) as? [String: Any])
    #expect(
      Set(object.keys) == [
        "backbone", "verdict", "flavor", "arguments", "choices", "closest_published",
        "closest_published_share",
        "loaded", "filled", "missing", "unexpected",
        "mismatched",
        "coverage", "assumptions", "warnings",
      ])
    let items: [String: Set<String>] = [
      "loaded": ["source", "other_parts", "target", "how", "rule"],
      "filled": ["target", "why"],
      "missing": ["target", "shape", "init"],
      "unexpected": ["source", "other_parts", "shape", "why", "in_network", "part"],
      "mismatched": ["source", "other_parts", "target", "source_shape", "target_shape", "hint"],
      "warnings": ["code", "message"],
    ]
    for (name, keys) in items {
      let list = try #require(object[name] as? [[String: Any]])
      #expect(!list.isEmpty, "\(name)")
      for item in list { #expect(Set(item.keys) == keys, "\(name)") }
    }
    let flavor = try #require(object["flavor"] as? [String: Any])
    #expect(Set(flavor.keys) == ["source", "target"])
    let coverage = try #require(object["coverage"] as? [String: Any])
    #expect(Set(coverage.keys) == ["keys", "elements", "stages"])
    let arguments = try #require(object["arguments"] as? [String: Any])
    #expect(arguments["scales"] as? Int == 4)
    #expect(arguments["base_width"] as? Int == 26)
    #expect(arguments["base_channels"] as? Int == 6)
    #expect(arguments["stem_channels"] as? Int == 64)
    #expect(arguments["layers"] as? [Int] == [1, 1, 1, 1])
    #expect(arguments["scale"] == nil)
  }

  @Test func firstLineIsTheVerdict() throws {
    func verdict(_ name: String, _ options: String...) throws -> Substring? {
      try Program.run(["map", "demo/\(name).pth", "--backbone", "Res2Net"] + options).text
        .split(separator: "\n").first
    }
    #expect(
      try verdict("res2net-small")
        == "complete: 150 of 150 keys loaded (100 %), 2 unexpected: fc.weight, fc.bias")
    #expect(
      try verdict("res2net-small-mutilated")
        // The name would not fit into 80 columns; it stands below.
        == "partial: 142 of 149 keys loaded (95.3 %), 6 missing, 1 mismatched, 1 unexpected")
    #expect(
      try verdict("res2net-small", "--arg", "num_classes=10")
        == "complete: 152 of 152 keys loaded (100 %)")
  }

  /// What did not fit is named: few keys whole, many by pattern, a reason once.
  @Test func whatDidNotFitIsShort() throws {
    let text = try Program.run(
      "map", "demo/res2net-small-mutilated.pth", "--backbone", "Res2Net", "--depth", "101"
    ).text
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.count <= 60)
    #expect(!text.contains(".* ("))
    let sentences = lines.filter { $0.count > 20 }
    #expect(Set(sentences).count == sentences.count)
    let all = try Program.run(
      "map", "demo/res2net-small-mutilated.pth", "--backbone", "Res2Net", "--depth", "101",
      "--verbose"
    ).text
    #expect(!all.contains("--verbose"))
  }

  /// The command that is advised gives what is said.
  @Test func theAdviceWasTried() throws {
    let outcome = try Program.run(
      "map", "demo/res2net-small.pth", "--backbone", "Res2Net", "--scales", "6")
    let lines = outcome.text.split(separator: "\n").map(String.init)
    let index = try #require(lines.firstIndex { $0.hasPrefix("  pthconv map") })
    #expect(lines[index + 1] == "    gives: complete, 150 of 150 keys loaded")
    let words = lines[index].split(separator: " ").dropFirst().map(String.init)
    let tried = try Program.run(words)
    #expect(tried.text.hasPrefix("complete: 150 of 150 keys loaded"), "\(words)")
  }

  /// A file whose names were not understood is read by the order of its shapes; names are better.
  @Test func underscoresAreAdvisedToBecomeDots() throws {
    let folder = try TemporaryFolder()
    let file = folder.url.appending(path: "x.pth").path
    let dotted = folder.url.appending(path: "dotted.pth").path
    #expect(
      try Program.run("init", "--backbone", "resnet18", "--output", dotted).exitCode == 0)
    #expect(try Program.run("convert", dotted, file, "--rename", #"\.=_"#).exitCode == 0)
    let text = try Program.run("map", file, "--backbone", "resnet18").text
    #expect(text.hasPrefix("complete"))
    #expect(text.contains("the names are not known"))
    #expect(text.contains("keys loaded, by their names"))
  }

  @Test func namesTheWayEachKeyWasFound() throws {
    #expect(Set(try map("demo/res2net-small.pth").loaded.map(\.how)) == ["exact"])
    #expect(
      Set(try map("demo/res2net-small-mutilated.pth").loaded.map(\.how)) == ["prefix"])
    let revised = try map(
      "demo/res2net-small-mutilated.pth", "--revise-key", #"^module\.backbone\.="#)
    #expect(Set(revised.loaded.map(\.how)) == ["revised"])
    #expect(revised.loaded.first?.source == "module.backbone.conv1.weight")
  }

  @Test func prefixesAreTheUsers() throws {
    let given = try map("demo/res2net-small-mutilated.pth", "--prefix", "module.backbone")
    #expect(given.loaded.count == 142)
    let wrong = try map("demo/res2net-small.pth", "--prefix", "module")
    #expect(wrong.loaded.isEmpty && wrong.verdict == "nothing")
    #expect(wrong.unexpected.count == 152)
    let added = try map("demo/res2net-small-mutilated.pth", "--to-prefix", "backbone")
    let targets = added.loaded.map(\.target) + added.missing.map(\.target)
    #expect(targets.allSatisfy { $0.hasPrefix("backbone.") })
  }

  @Test func contradictionsAreAnsweredWithWhatTheFileIs() throws {
    let output = try map("demo/res2net-small.pth", "--scales", "6")
    let warning = try #require(output.warnings.first { $0.code == "contradicts-file" })
    #expect(
      warning.message.contains(
        "the checkpoint has scale 4: convs.0 to convs.2; you asked for 6"))
  }

  @Test func frozenRandomParametersAreNamed() throws {
    let output = try map("demo/res2net-small-mutilated.pth", "--frozen-stages", "3")
    #expect(output.codes == ["low-coverage", "frozen-but-random"])
    #expect(try map("demo/res2net-small-mutilated.pth").codes == ["low-coverage"])
    #expect(try map("demo/res2net-small.pth", "--frozen-stages", "4").codes.isEmpty)
  }

  @Test func sameKeysDifferentArithmetic() throws {
    let folder = try TemporaryFolder()
    let file = folder.url.appending(path: "v1b.safetensors").path
    let made = try Program.run(
      "init", "--backbone", "Res2Net", "--layers", "1,1,1,1", "--deep-stem", "--avg-down",
      "--output", file)
    #expect(made.exitCode == 0, "\(made.errors)")
    let output = try map(file, "--flavor", "mmdet")
    #expect(output.coverage.keys == 1)
    #expect(output.flavor.source == "official")
    let warning = try #require(
      output.warnings.first { $0.code == "flavors-compute-differently" })
    #expect(warning.message.contains("layer1.0"))
    #expect(warning.message.contains("stage_pooling='always'"))
    let same = try map(file, "--flavor", "mmdet", "--arg", "stage_pooling=always")
    #expect(!same.codes.contains("flavors-compute-differently"))
  }

  @Test func notANumberIsFound() throws {
    let folder = try TemporaryFolder()
    let file = folder.url.appending(path: "spoilt.safetensors")
    let made = try Program.run(
      "map", "demo/res2net-small.pth", "--backbone", "Res2Net", "--output", file.path)
    #expect(made.exitCode == 0, "\(made.errors)")
    var bytes = try Data(contentsOf: file)
    // The last four bytes are a float32 of the last tensor by name.
    bytes.replaceSubrange((bytes.count - 4)..., with: [0, 0, 0xc0, 0x7f])
    try bytes.write(to: file)
    #expect(try map(file.path).codes == ["not-finite"])
  }

  @Test func withoutFileTheBackboneIsShown() throws {
    let text = try Program.run("map", "--backbone", "res2net50_26w_6s")
    #expect(text.exitCode == 0)
    #expect(text.text.hasPrefix("Res2Net (official): 702 keys"))
    struct Keys: Decodable {
      struct Key: Decodable {
        let target: String
        let shape: [Int]
        let dtype: String
        let stage: String
        let `init`: String
      }
      let backbone: String
      let keys: [Key]
    }
    let json: Keys = try Program.run("map", "--backbone", "res2net50_26w_6s", "--json").json()
    #expect(json.keys.count == 702)
    #expect(json.keys.first?.target == "conv1.weight")
    #expect(json.keys.first?.shape == [64, 3, 7, 7])
    #expect(json.keys.first?.`init` == "kaiming normal, fan_out, relu")
  }

  @Test func standardInputIsRead() throws {
    let outcome = try Program.run(
      ["map", "-", "--backbone", "Res2Net"], input: Fixtures.data("demo/res2net-small.pth"))
    #expect(outcome.text.hasPrefix("complete: 150 of 150 keys loaded (100 %)"))
  }

  /// A shard alone is a part of a network, and its name says so.
  @Test func oneShardIsTold() throws {
    let folder = try TemporaryFolder()
    let file = folder.url.appending(path: "x-00001-of-00002.pth")
    try FileManager.default.copyItem(at: Fixtures.url("demo/res2net-small.pth"), to: file)
    let alone = try map(file.path).warnings.filter { $0.code == "one-shard" }.map(\.message)
    #expect(alone.count == 1 && alone[0].hasPrefix("the file is shard 1 of 2"))
    #expect(alone[0].hasSuffix("x.pth.index.json, names them all and is not there"))
    try Data("{}".utf8).write(to: folder.url.appending(path: "x.pth.index.json"))
    let beside = try map(file.path).warnings.filter { $0.code == "one-shard" }.map(\.message)
    #expect(beside.count == 1 && beside[0].contains(": map \(folder.url.path)/x.pth.index.json"))
    let third = folder.url.appending(path: "x-00003-of-00002.pth")
    try FileManager.default.moveItem(at: file, to: third)
    #expect(try map(third.path).warnings.allSatisfy { $0.code != "one-shard" })
  }
}
