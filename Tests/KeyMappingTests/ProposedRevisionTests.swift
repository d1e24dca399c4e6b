import PthBackbones
import PthKeyMapping
import Testing

/// Names that can be led back to the backbone's by revisions, and reasons where they cannot.
@Suite struct ProposedRevisionTests {
  private func proposals(_ keys: [KeyShape]) throws -> [[KeyRevision]] {
    ProposedRevisions.all(for: keys, names: try graph("resnet18").names)
  }

  private func keys(_ rename: (String) -> String) throws -> [KeyShape] {
    try backboneKeys("torchvision_resnet18").without("fc.").map {
      KeyShape(rename($0.key), $0.shape)
    }
  }

  /// `layer1.0` under another word, counted from another number, with a word before the block's.
  static let stages: [(stage: String, block: String, start: Int)] = [
    ("group", "block", 0), ("layers.", "", 0), ("backbone.body.res_", "unit", 1), ("conv", "b", 2),
  ]

  @Test(arguments: stages)
  func stagesOfOtherNames(_ stage: String, _ block: String, _ start: Int) throws {
    let renamed = try keys { key in
      let words = key.split(separator: ".")
      guard key.hasPrefix("layer"), let number = Int(String(words[0].last!)) else { return key }
      return "\(stage)\(number - 1 + start).\(block)\(words[1])."
        + words[2...].joined(separator: ".")
    }
    let proposal = try #require(try proposals(renamed).first)
    let report = try KeyMapping(
      of: renamed, to: graph("resnet18"), options: MappingOptions(revisions: proposal)
    ).report
    #expect(report.verdict == .complete)
    // What is printed can be said.
    let spoken = try proposal.map { try KeyRevision(parsing: $0.commandLineText) }
    #expect(spoken == proposal)
  }

  @Test func underscoresForDots() throws {
    let renamed = try keys { $0.replacing(".", with: "_") }
    let proposal = try #require(try proposals(renamed).last)
    let report = try KeyMapping(
      of: renamed, to: graph("resnet18"), options: MappingOptions(revisions: proposal)
    ).report
    #expect(report.verdict == .complete)
  }

  /// The backbone's own names, and those of nothing like it, need none.
  @Test func nothingToPropose() throws {
    #expect(try proposals(keys { $0 }).isEmpty)
    #expect(try proposals([KeyShape("blocks.0.attn.qkv.weight", [9, 3])]).isEmpty)
    // Stages 0 and 2 alone are no sequence.
    let gap = try keys { key in
      key.hasPrefix("layer1") ? "g0" + key.dropFirst(6) : "g2" + key.dropFirst(6)
    }
    #expect(try proposals(gap).isEmpty)
  }

  static let reasons: [([String], String)] = [
    (["layer1.0.conv1.lora_A", "layer1.0.conv1.lora_B"], "low-rank adapters"),
    (["exp_avg", "exp_avg_sq", "step"], "the state of an optimizer"),
    (["param_0_w", "param_1_b", "param_2_s"], "underscores in place of dots"),
  ]

  @Test(arguments: reasons)
  func reasonsForNothing(_ names: [String], _ reason: String) throws {
    let keys = names.map { KeyShape($0, [3, 5]) }
    let report = try KeyMapping(of: keys, to: graph("resnet18")).report
    #expect(report.verdict == .nothing)
    #expect(report.reasonForNothing?.contains(reason) == true)
  }

  /// What PEFT wraps is found; the adapters beside it are a part of what the network computed.
  @Test func lowRankAdapters() throws {
    let wrapped = try backboneKeys("torchvision_resnet18").without("fc.").flatMap { key in
      guard key.key.contains("layer1"), key.shape.count == 4 else { return [key] }
      let module = key.key.dropLast(".weight".count)
      return [
        KeyShape("\(module).base_layer.weight", key.shape),
        KeyShape("\(module).lora_A.default.weight", [4, key.shape[1], 3, 3]),
        KeyShape("\(module).lora_B.default.weight", [key.shape[0], 4, 1, 1]),
      ]
    }
    let report = try KeyMapping(of: wrapped, to: graph("resnet18")).report
    #expect(report.verdict == .foreign)
    #expect(report.missing.isEmpty && report.mismatched.isEmpty)
    #expect(Set(report.unusedInNetwork.map(\.part)) == ["low-rank adapter"])
  }
}
