import Foundation
import PthBackbones
import PthConfigs
import PthPreflight
import PthReports
import TestSupport
import Testing

/// What is said of arguments, held against what mmdet's own classes did with them.
@Suite struct ConstructorTests {
  /// `Fixtures/preflight/constructors.json`: configurations that differ from a sound one in a statement.
  private struct Table: Decodable {
    let bases: [String]
    let cases: [Case]
  }

  private struct Case: Decodable {
    let base: Int
    let statement: String
    /// The keys that arrive and all that count; nil if the run stops.
    let keys: [Int]?

    init(from decoder: any Decoder) throws {
      var row = try decoder.unkeyedContainer()
      base = try row.decode(Int.self)
      statement = try row.decode(String.self)
      keys = try row.decode([Int]?.self)
    }
  }

  /// Of what stops, no more than this is left open.
  private static let mostLeftOpen = 8

  @Test func whatMMDetectionDoes() throws {
    let data = try Data(contentsOf: Fixtures.url("preflight/constructors.json"))
    let table = try JSONDecoder().decode(Table.self, from: data)
    let scene = try Scene()
    try Weights.save("ResNet", ["depth": 50, "base_channels": 8], to: scene.path + "/b.pth")
    var leftOpen = 0
    for item in table.cases {
      let text = """
        default_scope = 'mmdet'
        model = \(table.bases[item.base])
        model['type'] = 'FasterRCNN'
        \(item.statement)

        """.replacing("'b.pth'", with: "'\(scene.path)/b.pth'")
      let report = try scene.preflight(text)
      let stops = report.errors.filter { $0.what.contains("the run stops") }
      guard let keys = item.keys else {
        #expect(!stops.isEmpty || !report.isComplete, "\(item.statement) stops")
        if stops.isEmpty { leftOpen += 1 }
        continue
      }
      #expect(stops.isEmpty, "\(item.statement) runs: \(stops.map(\.what))")
      if let coverage = report.backbones[0].coverage {
        let arrived = Int((coverage * Double(keys[1])).rounded())
        #expect(arrived == keys[0], "\(item.statement)")
      }
    }
    #expect(table.cases.count >= 100 && leftOpen <= Self.mostLeftOpen, "\(leftOpen) left open")
  }

  private func report(_ backbone: String, _ more: String = "") throws -> PreflightReport {
    try Scene().preflight(
      """
      default_scope = 'mmdet'
      model = dict(
          type='FasterRCNN',
          backbone=dict(\(backbone)))
      \(more)

      """)
  }

  @Test func anArgumentThatNobodyTakesHasItsLine() throws {
    let report = try report("type='ResNet', depth=50, out_index=(3, )")
    let finding = try #require(report.only(.argument))
    #expect(finding.severity == .error && finding.location?.line == 4)
    #expect(finding.what == "the run stops: mmdet's ResNet takes no argument 'out_index'")
  }

  /// Code that is imported may put another class in the place of mmdetection's.
  @Test func importedCodeMakesItAWarning() throws {
    let more = "custom_imports = dict(imports=['mine'])"
    let finding = try report("type='ResNet', depth=50, mine=1", more).only(.argument)
    #expect(finding?.severity == .warning)
  }

  /// Other packages' classes take other arguments.
  @Test func classesOfOtherPackagesAreNotJudged() throws {
    let report = try report("type='mmseg.ResNet', depth=50, contract_dilation=True")
    #expect(report.all(.argument).isEmpty)
    #expect(report.text.contains("not looked at: whether a class takes the arguments"))
  }

  @Test func theLastLinesSayWhatWasLookedAt() throws {
    let sound = try report("type='ResNet', depth=50")
    #expect(sound.text.contains("looked at: the arguments of model.backbone (mmdet's ResNet)"))
    #expect(sound.isComplete && sound.text.hasPrefix("no error was found in what was looked at"))
    let open = try report("type='Swin', embed_dims=96")
    #expect(!open.isComplete && !open.hasErrors)
    #expect(open.text.contains("some checks had no result"))
  }

  @Test func normsWithoutWeightAreSaid() throws {
    let report = try report("type='ResNet', depth=50, norm_cfg=dict(type='BN', affine=False)")
    #expect(report.all(.argument).map(\.severity) == [.warning])
  }

  /// ResNet's file has norms that fit Res2Net, and no convolution that does.
  @Test func normsAloneAreNoWeights() throws {
    let scene = try Scene()
    try Weights.save("ResNet", ["depth": 50, "base_channels": 8], to: scene.path + "/b.pth")
    let report = try scene.preflight(
      """
      model = dict(type='FasterRCNN', backbone=dict(
          type='Res2Net', depth=50, base_channels=8,
          init_cfg=dict(type='Pretrained', checkpoint='\(scene.path)/b.pth')))
      """)
    let finding = try #require(report.only(.wrongNetwork))
    #expect(finding.what.contains("only 64 of 435 keys arrive"))
  }
}
