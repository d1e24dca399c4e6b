import Foundation
import Testing

/// `map FILE --target OTHER`: any checkpoint as what is to be filled.
@Suite struct MapTargetTests {
  /// `map --json` onto keys of which nothing is known.
  private struct Output: Decodable {
    struct Prefix: Decodable {
      let source: String
      let target: String
    }
    struct Target: Decodable { let target: String }
    struct Source: Decodable {
      let source: String
      let in_network: Bool
    }
    struct Coverage: Decodable { let keys: Double }
    let backbone: String?
    let verdict: String
    let prefix: Prefix?
    let loaded: [Target]
    let missing: [Target]
    let mismatched: [Target]
    let unexpected: [Source]
    let coverage: Coverage
  }

  private static let whole = "demo/res2net-small.pth"
  private static let part = "demo/res2net-small-mutilated.pth"

  private func map(_ file: String, onto target: String, _ options: [String] = []) throws
    -> (Output, Program.Outcome)
  {
    let outcome = try Program.run(["map", file, "--target", target, "--json"] + options)
    return (try outcome.json(), outcome)
  }

  /// Its own keys are those of a backbone that is known, which is then told.
  @Test func aFileFillsItself() throws {
    let (report, outcome) = try map(Self.whole, onto: Self.whole, ["--strict"])
    #expect(report.verdict == "complete" && report.backbone == "Res2Net")
    #expect(report.coverage.keys == 1 && outcome.exitCode == 0)
  }

  @Test func whatTheTargetHasBeyondTheFileIsMissing() throws {
    // The mutilated file has its backbone under a prefix, without some keys and with a neck.
    let (report, outcome) = try map(Self.whole, onto: Self.part, ["--strict"])
    #expect(report.verdict == "partial" && report.backbone == nil)
    #expect(report.prefix?.target == "module.backbone.")
    #expect(report.missing.map(\.target) == ["module.neck.lateral.weight"])
    #expect(report.mismatched.map(\.target) == ["module.backbone.layer3.0.convs.2.weight"])
    #expect(outcome.exitCode == 1 && outcome.errors.contains("not strict"))
    let text = try Program.run("map", Self.whole, "--target", Self.part)
    #expect(text.exitCode == 0 && text.text.hasPrefix("partial: "))
    #expect(text.text.contains("'module.backbone.'"))
    #expect(text.text.contains("names, shapes and types were compared"))
  }

  @Test func theOtherWayRoundThePrefixIsInTheFile() throws {
    let (report, outcome) = try map(Self.part, onto: Self.whole, ["--strict-weights"])
    #expect(report.verdict == "partial" && outcome.exitCode == 1)
    #expect(report.unexpected.map(\.source) == ["module.neck.lateral.weight"])
  }

  @Test func whatHasNothingInCommonIsNothing() throws {
    let (report, _) = try map(Self.part, onto: "checkpoints/zip-views.pth")
    #expect(report.verdict == "nothing")
    let text = try Program.run("map", Self.part, "--target", "checkpoints/zip-views.pth")
    #expect(text.text.hasPrefix("nothing: no weight of the file fits"))
  }

  @Test(arguments: [
    ["--backbone", "Res2Net"], ["--depth", "50"], ["--output", "x.pth"], ["--init-seed", "1"],
    ["--source-flavor", "mmdet"], ["--to-prefix", "x"],
  ])
  func whatNeedsABackboneIsWrongUsage(_ options: [String]) throws {
    let outcome = try Program.run(["map", Self.whole, "--target", Self.whole] + options)
    #expect(outcome.exitCode == 64 && outcome.text.isEmpty)
  }

  @Test func aTargetThatCannotBeReadIs2() throws {
    #expect(try Program.run("map", Self.whole, "--target", "no such file").exitCode == 2)
    #expect(try Program.run("map", "--target", Self.whole).exitCode == 64)
    let outcome = try Program.run(
      "map", Self.whole, "--target", Self.part, "--min-coverage", "0.999")
    #expect(outcome.exitCode == 1 && outcome.errors.contains("--min-coverage asks for"))
  }

  /// What stands in a configuration can be pasted in place of a name.
  @Test(arguments: [
    "dict(type='ResNet', depth=18)", "backbone=dict(\n    type='ResNet',\n    depth=18),",
    "{'type': 'mmdet.ResNet', 'depth': 18}",
  ])
  func aPastedBackbone(_ text: String) throws {
    let pasted = try Program.run("map", Self.whole, "--backbone", text, "--json")
    let named = try Program.run(
      "map", Self.whole, "--backbone", "ResNet", "--depth", "18", "--flavor", "mmdet", "--json")
    #expect(pasted.exitCode == 0, "\(pasted.errors)")
    let (first, second): (MapOutput, MapOutput) = (try pasted.json(), try named.json())
    #expect(first.missing.map(\.target) == second.missing.map(\.target))
    #expect(try Program.run("map", Self.whole, "--backbone", text, "--depth", "50").exitCode == 64)
  }

  @Test func aPastedBackboneThatCannotBeRead() throws {
    let unknown = try Program.run("map", Self.whole, "--backbone", "dict(type='Swin')")
    #expect(unknown.exitCode == 2 && unknown.errors.contains("'Swin' is none that is known"))
    let broken = try Program.run("map", Self.whole, "--backbone", "dict(type='ResNet'")
    #expect(broken.exitCode == 2, "\(broken.errors)")
  }
}
