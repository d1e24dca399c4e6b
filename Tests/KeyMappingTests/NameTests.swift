import PthBackbones
import PthKeyMapping
import Testing

/// Names with wrappers in them, in two places, or twice.
@Suite struct NameTests {
  private func body() throws -> [KeyShape] {
    try backboneKeys("torchvision_resnet18").without("fc.")
  }

  private func report(
    _ keys: [KeyShape], options: MappingOptions = MappingOptions()
  ) throws -> LoadReport {
    try KeyMapping(of: keys, to: graph("resnet18"), options: options).report
  }

  @Test(arguments: [
    ("layer3.", "layer3._orig_mod."), ("layer1.0.", "layer1._fsdp_wrapped_module.0."),
    (".conv1.", "._checkpoint_wrapped_module.conv1."), (".bn1.", ".bn1.module."),
  ])
  func wrappersAreTakenOff(_ part: String, _ wrapped: String) throws {
    for prefix in ["", "module.", "backbone.", "_orig_mod.module."] {
      let keys = try body().map {
        KeyShape(prefix + $0.key.replacing(part, with: wrapped), $0.shape)
      }
      let report = try report(keys)
      #expect(report.verdict == .complete && report.isComplete, "\(prefix)")
      #expect(report.source.detection?.arguments["depth"] == 18)
    }
  }

  /// Two networks stay two.
  @Test func aWrapperThatTellsTwoKeysApartStays() throws {
    let wrapped = try body().map { KeyShape("net.module." + $0.key, [1] + $0.shape) }
    let report = try report(body().prefixed("net.") + wrapped)
    #expect(report.loaded.allSatisfy { !$0.source.contains("module") })
    #expect(report.loaded.count == 120 && report.unexpected.count == 120)
  }

  @Test(arguments: [
    (["layer3"], ["layer3"]), (["layer2", "bn1"], ["bn1", "layer2"]),
    (["conv1", "bn1"], ["bn1", "conv1"]),
  ])
  func halfOfTheNetworkBehindAPrefix(_ elsewhere: [String], _ modules: [String]) throws {
    for (own, other) in [("module.", ""), ("", "_orig_mod.module."), ("net.", "net.head.")] {
      let keys = try body().map { entry in
        let isElsewhere = elsewhere.contains { entry.key.hasPrefix($0) }
        return KeyShape((isElsewhere ? other : own) + entry.key, entry.shape)
      }
      let report = try report(keys)
      #expect(report.verdict == .complete && report.isComplete, "\(own)")
      #expect(report.source.complements.map(\.modules) == [modules])
    }
  }

  @Test func theLastStageOfAC4DetectorIsInItsHead() throws {
    let head = "roi_head.shared_head."
    let keys = try body().map {
      KeyShape(($0.key.hasPrefix("layer4") ? head : "backbone.") + $0.key, $0.shape)
    }
    let report = try report(keys + [KeyShape("rpn_head.rpn_conv.weight", [256, 256, 3, 3])])
    #expect(report.verdict == .complete)
    #expect(report.unexpected.map(\.source) == ["rpn_head.rpn_conv.weight"])
    #expect(report.source.complements.map(\.prefix) == [head])
    #expect(!report.assumptions.contains { $0.text.contains("layer4") })
    // What the target has no place for there lies in the network, too.
    let attention = KeyShape(head + "layer4.0.se.fc1.weight", [32, 512, 1, 1])
    let foreign = try self.report(keys + [attention])
    #expect(foreign.verdict == .foreign)
    #expect(foreign.unusedInNetwork.map(\.source) == [attention.key])
    // Who names a prefix means nothing beside it.
    let asked = try self.report(keys, options: MappingOptions(prefix: "backbone"))
    #expect(asked.verdict == .partial && asked.missing.allSatisfy { $0.stage == .layer(4) })
  }

  /// A part under a prefix that names another network, or under two prefixes, is not taken for a part of this one.
  @Test(arguments: [
    ("student.", ["teacher."]), ("student.backbone.", ["teacher.roi_head."]),
    ("backbone.", ["branch_a.", "branch_b."]), ("", ["ema."]),
    ("backbone.", ["roi_heads.0.shared_head.", "roi_heads.1.shared_head."]),
  ])
  func partsOfWhichNetwork(_ own: String, _ others: [String]) throws {
    let (last, rest) = (
      try body().filter { $0.key.hasPrefix("layer4") },
      try body().filter { !$0.key.hasPrefix("layer4") }
    )
    let report = try report(rest.prefixed(own) + others.flatMap { last.prefixed($0) })
    #expect(report.verdict == .partial && report.source.complements.isEmpty)
    #expect(Set(report.missing.map(\.stage)) == [.layer(4)])
    let warning = try #require(report.warnings.first { $0.code == .partsElsewhere })
    #expect(others.allSatisfy { warning.text.contains("under \($0)") })
  }

  /// The gaps of one copy are not filled from another.
  @Test func copiesAreNotMixed() throws {
    let student = try body().filter { !$0.key.hasPrefix("layer4") }.prefixed("student.")
    let teacher = try body().filter { !$0.key.hasPrefix("layer1") }.prefixed("teacher.")
    let report = try report(student + teacher)
    #expect(report.verdict == .partial && report.source.complements.isEmpty)
    #expect(Set(report.loaded.map { $0.source.prefix(8) }).count == 1)
  }

  /// A norm elsewhere is no stem.
  @Test func normsAloneDoNotComplete() throws {
    let keys = try body().filter { !$0.key.hasPrefix("bn1") && !$0.key.hasPrefix("conv1") }
    let norm = try body().filter { $0.key.hasPrefix("bn1") }.prefixed("neck.")
    let report = try report(keys.prefixed("backbone.") + norm)
    #expect(report.missing.count == 5 && report.filled.count == 1)
  }

  @Test func ofTwoKeysWithOneNameTheLastCounts() throws {
    let options = MappingOptions(revisions: [try KeyRevision(parsing: #"^module\.="#)])
    let plain = try body()
    let report = try report(plain + plain.prefixed("module."), options: options)
    #expect(report.verdict == .complete)
    #expect(report.loaded.allSatisfy { $0.source.hasPrefix("module.") && $0.how == .revised })
    #expect(report.unexpected.map(\.source) == plain.map(\.key))
    #expect(
      Set(report.unexpected.map(\.why)) == [
        "the revisions give a later key the same name; the last one is used"
      ])
    let turned = try self.report(plain.prefixed("module.") + plain, options: options)
    #expect(turned.loaded.allSatisfy { $0.how == .exact })
  }

  @Test func whatAHookKeptBesideTheAveragesIsNotANetwork() throws {
    let keys = try body().prefixed("backbone.")
    let raw = keys.map { KeyShape("ema_" + $0.key.replacing(".", with: "_"), $0.shape) }
    let report = try report(keys + raw)
    #expect(report.verdict == .complete && report.unexpected.count == raw.count)
    #expect(Set(report.unexpected.map(\.why)).count == 1)
  }
}
