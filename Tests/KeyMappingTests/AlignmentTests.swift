import PthBackbones
import PthKeyMapping
import Testing

/// Files whose names are gone and whose order is kept.
@Suite struct AlignmentTests {
  private func nameless(_ keys: [KeyShape]) -> [KeyShape] {
    keys.enumerated().map { number, entry in
      let digits = String(number)
      return KeyShape("p" + String(repeating: "0", count: 4 - digits.count) + digits, entry.shape)
    }
  }

  private func isParameter(_ entry: KeyShape) -> Bool {
    !["running_mean", "running_var", "num_batches_tracked"].contains {
      entry.key.hasSuffix($0)
    }
  }

  @Test(arguments: [
    ("timm_res2net50_26w_6s", "res2net50_26w_6s", Flavor.official, "official order, all tensors"),
    ("timm_res2net50d", "Res2Net", .mmdet, "official order, all tensors"),
    ("mmdet_res2net50", "Res2Net", .mmdet, "mmdet order, all tensors"),
    ("torchvision_resnet50", "resnet50", .torchvision, "torchvision order, all tensors"),
    ("mmpretrain_resnetv1d50", "resnet50_v1d", .mmdet, "mmdet order, all tensors"),
  ])
  func wholeStateDicts(
    _ source: String, _ target: String, _ flavor: Flavor, _ candidate: String
  ) throws {
    let named = try backboneKeys(source).without("fc.")
    let keys = nameless(named)
    let target = try graph(target, [:], flavor)
    let report = try KeyMapping(of: keys, to: target).report
    #expect(report.isComplete)
    #expect(report.loaded.allSatisfy { $0.how == .alignment && $0.rule == candidate })
    // The same as the names would have said.
    let byName = try KeyMapping(of: named, to: target).report
    let names = Dictionary(uniqueKeysWithValues: zip(keys, named).map { ($0.key, $1.key) })
    for (aligned, truth) in zip(report.loaded, byName.loaded) {
      #expect(aligned.target == truth.target)
      #expect(names[aligned.source] == truth.source)
    }
  }

  /// The order tells which implementation it is, and so what its weights were trained with.
  @Test(arguments: [
    ("timm_res2net50d", Flavor.mmdet, LoadWarning.Code?.some(.flavorsComputeDifferently)),
    ("timm_res2net50d", .official, nil), ("mmdet_res2net50", .mmdet, .arithmeticUnknown),
  ])
  func theArithmeticIsLookedAt(
    _ source: String, _ flavor: Flavor, _ code: LoadWarning.Code?
  ) throws {
    let keys = nameless(try backboneKeys(source).without("fc."))
    let target = try graph("Res2Net", ["deep_stem": true, "avg_down": true], flavor)
    let report = try KeyMapping(of: keys, to: target).report
    #expect(report.isComplete)
    #expect(report.codes == [code].compactMap(\.self))
  }

  /// Without words in the names nothing tells the four vectors of a norm apart.
  @Test func theOrderOfVectorsIsAssumed() throws {
    let keys = try backboneKeys("torchvision_resnet18")
    let bare = try KeyMapping(of: nameless(keys), to: graph("resnet18")).report
    #expect(bare.assumptions.contains { $0.code == "vector_order" })
    let told = keys.enumerated().map { number, key in
      KeyShape("p\(number)_" + key.key.split(separator: ".").last!, key.shape)
    }
    let report = try KeyMapping(of: told, to: graph("resnet18")).report
    #expect(report.loaded.allSatisfy { $0.how == .alignment } && report.verdict == .complete)
    #expect(!report.assumptions.contains { $0.code == "vector_order" })
  }

  /// Where the words of other frameworks tell the vectors of a norm, their order is no evidence.
  @Test(
    arguments: [
      ["gamma", "beta", "moving_mean", "moving_variance"], ["scale", "offset", "mean", "var"],
      ["weight", "bias", "_mean", "_variance"], ["gamma", "beta", "avg_mean", "avg_var"],
    ], ["_", "|"]) func wordsOfOtherFrameworksCount(_ words: [String], _ separator: String) throws
  {
    let roles = ["weight", "bias", "running_mean", "running_var"]
    let keys = try backboneKeys("torchvision_resnet18").without("fc.")
      .filter { !$0.key.hasSuffix("num_batches_tracked") }
    func renamed(_ keys: [KeyShape]) -> [KeyShape] {
      keys.map { key in
        let components = key.key.split(separator: ".").map(String.init)
        let role = components[components.count - 1]
        let word = key.shape.count == 1 ? words[roles.firstIndex(of: role)!] : "kernel"
        return KeyShape(
          (["net"] + components.dropLast() + [word]).joined(separator: separator), key.shape)
      }
    }
    let target = try graph("resnet18")
    #expect(try KeyMapping(of: renamed(keys), to: target).report.verdict == .complete)
    // Each norm's vectors in the order of their names.
    var sorted = keys
    for start in sorted.indices where sorted[start].key.hasSuffix(".weight") {
      guard sorted[start].shape.count == 1, start + 3 < sorted.count else { continue }
      sorted[start..<(start + 4)].reverse()
    }
    #expect(sorted != keys)
    #expect(try KeyMapping(of: renamed(sorted), to: target).report.verdict == .nothing)
  }

  /// `/` and `:` for dots, as other frameworks have them: then the names are known.
  @Test(arguments: [("/", ":0"), ("/", ""), (":", "")])
  func otherSeparatorsAreDots(_ separator: String, _ end: String) throws {
    let keys = try backboneKeys("torchvision_resnet18").without("fc.").reversed().map { key in
      KeyShape(key.key.replacing(".", with: separator) + end, key.shape)
    }
    let report = try KeyMapping(of: keys, to: graph("resnet18")).report
    #expect(report.verdict == .complete && report.missing.isEmpty)
    #expect(report.loaded.allSatisfy { $0.how != .alignment })
    for loaded in report.loaded {
      #expect(loaded.source == loaded.target.replacing(".", with: separator) + end)
    }
  }

  /// Blocks by letters in another order than the network's.
  @Test func lettersOfBlocksAreAnOrder() throws {
    let keys = try backboneKeys("torchvision_resnet18").without("fc.").map { key in
      let letters = key.key.replacing("layer", with: "group_")
        .replacing("_1.", with: "_d.").replacing("_2.", with: "_c.")
        .replacing("_3.", with: "_b.").replacing("_4.", with: "_a.")
      return KeyShape(letters.replacing(".", with: "-"), key.shape)
    }
    #expect(try KeyMapping(of: keys, to: graph("resnet18")).report.verdict == .nothing)
  }

  @Test func extraTensorsAtBothEnds() throws {
    let named =
      [KeyShape("a", [7]), KeyShape("b", [3, 3])] + (try backboneKeys("torchvision_resnet18"))
    let report = try KeyMapping(of: nameless(named), to: graph("resnet18")).report
    #expect(report.missing.isEmpty)
    #expect(report.unexpected.map(\.source) == ["p0000", "p0001", "p0122", "p0123"])
    #expect(report.loaded.first?.source == "p0002")
    #expect(
      report.loaded.first?.rule == "torchvision order, all tensors, from tensor 2 on")
  }

  @Test func oldFilesAndBareParameters() throws {
    let named = try backboneKeys("torchvision_resnet18").without("fc.")
    let old = nameless(named.without("num_batches_tracked"))
    let report = try KeyMapping(of: old, to: graph("resnet18")).report
    #expect(report.isComplete)
    #expect(report.ways == [.alignment: old.count] && report.filled.count == 20)
    let bare = nameless(named.filter(isParameter))
    let parameters = try KeyMapping(of: bare, to: graph("resnet18")).report
    #expect(parameters.ways == [.alignment: bare.count] && parameters.filled.count == 20)
    #expect(parameters.missing.allSatisfy { $0.target.contains("running_") })
    #expect(parameters.missing.count == 40)
  }

  /// Two backbones one after another: either could be meant.
  @Test func twoFitsAreRefused() throws {
    let named = try backboneKeys("torchvision_resnet18").without("fc.")
    let report = try KeyMapping(of: nameless(named + named), to: graph("resnet18")).report
    #expect(report.loaded.isEmpty)
    #expect(report.codes.contains(.alignmentAmbiguous))
    let text = report.warnings.first { $0.code == .alignmentAmbiguous }?.text ?? ""
    #expect(text.contains("torchvision order, all tensors;"))
    #expect(text.contains("from tensor 120 on"))
  }

  @Test func anotherShapeAnywhereIsNoFit() throws {
    var named = try backboneKeys("torchvision_resnet18").without("fc.")
    named[60] = KeyShape(named[60].key, named[60].shape + [1])
    let report = try KeyMapping(of: nameless(named), to: graph("resnet18")).report
    #expect(report.loaded.isEmpty)
    #expect(!report.codes.contains(.alignmentAmbiguous))
  }

  @Test func namesThatSayAnythingAreTrusted() throws {
    let named = try backboneKeys("torchvision_resnet18").without("fc.")
    let half = named.enumerated().map { $0 % 2 == 0 ? $1 : KeyShape("x\($0)", $1.shape) }
    let report = try KeyMapping(of: half, to: graph("resnet18")).report
    #expect(report.ways[.exact] == half.count / 2)
    #expect(report.ways[.alignment] == nil)
  }

  private func rolesOf(_ report: LoadReport) -> Bool {
    report.loaded.allSatisfy {
      $0.source.split(separator: ".").last == $0.target.split(separator: ".").last
    }
  }

  /// Unknown names whose last words are known: in the order of registration they may be aligned, in
  /// another order they may not.
  @Test func rolesInNamesAreNotContradicted() throws {
    let named = try backboneKeys("torchvision_resnet18").without("fc.").without("num_batches")
    let unknown = named.enumerated().map { number, entry in
      KeyShape("m\(number + 100).\(entry.key.split(separator: ".").last ?? "")", entry.shape)
    }
    let report = try KeyMapping(of: unknown, to: graph("resnet18")).report
    #expect(report.ways == [.alignment: 100] && rolesOf(report))
    // Of each norm the bias before the weight, as sorted files have it.
    var turned = unknown
    for index in turned.indices.dropLast() where turned[index + 1].key.hasSuffix("bias") {
      turned.swapAt(index, index + 1)
    }
    #expect(try KeyMapping(of: turned, to: graph("resnet18")).report.verdict == .nothing)
  }

  /// `p10` before `p2`: the order of the file is not that of the network.
  @Test func numbersInNamesAreNotContradicted() throws {
    let named = try backboneKeys("torchvision_resnet34").without("fc.")
    func report(_ name: (Int) -> String) throws -> LoadReport {
      let keys = named.enumerated().map { KeyShape(name($0), $1.shape) }
      return try KeyMapping(of: keys, to: graph("resnet34")).report
    }
    #expect(try report { "p\($0)" }.verdict == .complete)
    #expect(try report { "p\(1000 - $0)" }.verdict == .nothing)
    let sorted = (0..<named.count).map { "p\($0)" }.sorted()
    #expect(try report { sorted[$0] }.verdict == .nothing)
  }
}
