import PthBackbones
import PthKeyMapping
import Testing

@Suite struct RevisionTests {
  @Test func revisionsComeFirst() throws {
    let keys = try backboneKeys("torchvision_resnet18").without("fc.")
    let foreign = keys.map { entry in
      KeyShape(
        entry.key.replacing("layer", with: "stage_").replacing("bn", with: "norm"), entry.shape)
    }
    let options = MappingOptions(revisions: [
      try KeyRevision(parsing: #"^stage_(\d)=layer\1"#),
      try KeyRevision(parsing: #"\bnorm(?<number>\d)=bn\g<number>"#),
    ])
    let report = try KeyMapping(of: foreign, to: graph("resnet18"), options: options).report
    #expect(report.isComplete)
    #expect(report.ways[.revised, default: 0] == keys.count - 1)
    let loaded = try #require(report.loaded.first { $0.target == "layer2.1.bn2.bias" })
    #expect(loaded.source == "stage_2.1.norm2.bias")
    #expect(loaded.rule == "stage_2.1.norm2.bias revised to layer2.1.bn2.bias")
  }

  @Test func aRevisionCanBreakWhatWouldFit() throws {
    let keys = try backboneKeys("torchvision_resnet18").without("fc.")
    let options = MappingOptions(revisions: [try KeyRevision(pattern: "^conv1", replacement: "x")])
    let report = try KeyMapping(of: keys, to: graph("resnet18"), options: options).report
    #expect(report.missing.map(\.target) == ["conv1.weight"])
    #expect(report.unexpected.map(\.source) == ["conv1.weight"])
  }

  /// Two keys that become one: the last in the file is used.
  @Test func revisedKeysMayCollide() throws {
    let keys = try backboneKeys("torchvision_resnet18").without("fc.")
    let both = keys + [KeyShape("old.conv1.weight", [64, 3, 7, 7])]
    let options = MappingOptions(revisions: [try KeyRevision(parsing: #"^old\.="#)])
    let report = try KeyMapping(of: both, to: graph("resnet18"), options: options).report
    #expect(report.missing.isEmpty)
    #expect(report.loaded.first?.source == "old.conv1.weight")
    #expect(report.unexpected.map(\.source) == ["conv1.weight"])
  }

  @Test(arguments: ["no sign", "(=x", #"a=\q"#, #"a=\"#, #"a=\g<"#, #"a=\g<>"#])
  func unreadableRevisionsAreRefused(_ text: String) {
    #expect(throws: KeyMappingError.self) { try KeyRevision(parsing: text) }
  }

  @Test(arguments: [#"conv=\1"#, #"(conv)=\2"#, #"conv=\g<name>"#])
  func groupsThatAreNotThereAreRefused(_ text: String) throws {
    let revision = try KeyRevision(parsing: text)
    #expect(throws: KeyMappingError.self) {
      try KeyMapping(
        of: backboneKeys("torchvision_resnet18"), to: graph("resnet18"),
        options: MappingOptions(revisions: [revision]))
    }
  }

  @Test func replacementsAreReadAsInPython() throws {
    let keys = [KeyShape("a\\b.conv1.weight", [64, 3, 7, 7])]
    let options = MappingOptions(revisions: [
      try KeyRevision(pattern: #"a\\b\.(conv)(1)"#, replacement: #"\g<1>\2"#)
    ])
    let report = try KeyMapping(of: keys, to: graph("resnet18"), options: options).report
    #expect(report.loaded.first?.target == "conv1.weight")
    #expect(report.loaded.first?.how == .revised)
  }
}
