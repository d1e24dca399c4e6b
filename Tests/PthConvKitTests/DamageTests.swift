import Foundation
import OrderedCollections
import PthBytes
import PthConvKit
import Testing

/// Files that have lost a block, a stage, the stem or a handful of tensors are still recognised as
/// what they are, and what they have lost is what is missing.
///
/// With `PTHCONV_DAMAGES=200` (`make damages`) all published networks lose every block, and as many random sets of
/// tensors; without it a few of each.
@Suite struct DamageTests {
  private static let registry = BackboneRegistry.standard

  private static let randomCount = ProcessInfo.processInfo.environment["PTHCONV_DAMAGES"]
    .flatMap { Int($0) }
  private static let few: Set<String> = [
    "resnet18", "resnet50", "resnet101", "resnet50d", "resnet50_v1d", "resnet50_gn",
    "resnext50_32x4d", "wide_resnet50_2", "res2net50_26w_6s", "res2net50_v1b", "res2next50",
    "res2net50_v1d_26w_4s",
  ]

  static let networks = registry.presets.filter { preset in
    !preset.isFamily && (randomCount != nil || few.contains(preset.name))
  }

  /// A network with keys taken out.
  struct Damage {
    let what: String
    let lost: Set<String>
  }

  private static func damages(_ graph: ModelGraph) -> [Damage] {
    func all(_ what: String, _ isLost: (String, Stage) -> Bool) -> Damage {
      Damage(
        what: what, lost: Set(graph.state.filter { isLost($0.name, $0.stage) }.map(\.name)))
    }
    let blocks = graph.modules.compactMap { module -> String? in
      if case .block = module.kind { module.path } else { nil }
    }
    // Without the long run every fifth block.
    let chosen = blocks.enumerated().filter { randomCount != nil || $0.offset % 5 == 0 }
    var damages = chosen.map { _, block in all(block) { name, _ in name.hasPrefix(block + ".") } }
    damages += (1...4).map { stage in all("layer\(stage)") { $1 == .layer(stage) } }
    damages.append(all("stem") { $1 == .stem })
    for seed in 0..<(randomCount ?? 2) {
      var random = SplitMix(state: UInt64(seed) &+ 1)
      let count = 1 + Int(random.next() % 20)
      let lost = (0..<count).map { _ in
        graph.state[Int(random.next() % UInt64(graph.state.count))].name
      }
      damages.append(Damage(what: "random \(seed)", lost: Set(lost)))
    }
    return damages
  }

  @Test(arguments: networks)
  func damagedFilesAreRecognised(_ preset: BackbonePreset) throws {
    let graph = try Self.registry.makeGraph(preset.name)
    // Nothing but its name tells a network with group norms from one whose statistics were lost.
    let name = graph.arguments["norm_cfg"]?["type"] == "GN" ? preset.name : nil
    for damage in Self.damages(graph) {
      let keys = graph.keyShapes.filter { !damage.lost.contains($0.key) }
      let detection = Self.registry.detect(keys, hints: FileHints(fileName: name))
      guard let detection else {
        Issue.record("\(preset.name) without \(damage.what) is not recognised")
        continue
      }
      if try Self.isUndecided(preset, damage, detection) { continue }
      let target = try BackboneRequest(preset.backbone, flavor: graph.flavor)
        .target(detection: detection).graph
      #expect(
        target.keyShapes == graph.keyShapes,
        "\(preset.name) without \(damage.what): \(detection.arguments)")
      #expect(detection.strangers.isEmpty)
      let expected = graph.state.count { !damage.lost.contains($0.name) }
      #expect(detection.matchedKeys == expected || detection.flavor != graph.flavor)
      #expect(detection.published != nil)
    }
  }

  /// What `map` says is missing is what was lost, in at least 99.5 % of all damages, and in the
  /// others the report says what it had to assume. Counters of batches start at 0 instead, since
  /// files without versions need not have them.
  @Test func whatWasLostIsMissing() throws {
    var count = 0
    var others: [String] = []
    for preset in Self.networks {
      let graph = try Self.registry.makeGraph(preset.name)
      let isGroupNorm = graph.arguments["norm_cfg"]?["type"] == "GN"
      for damage in Self.damages(graph) {
        let keys = graph.keyShapes.filter { !damage.lost.contains($0.key) }
        var options = MappingOptions()
        options.hints.fileName = isGroupNorm ? preset.name : nil
        let report = try BackboneRequest(preset.backbone, flavor: graph.flavor)
          .mapping(of: Self.stateDict(keys), options: options).report
        let (counters, lost) = (
          damage.lost.filter { $0.hasSuffix("num_batches_tracked") },
          damage.lost.filter { !$0.hasSuffix("num_batches_tracked") }
        )
        count += 1
        let isExact =
          Set(report.missing.map(\.target)) == lost
          && Set(report.filled.map(\.target)) == counters && report.mismatched.isEmpty
          && report.unexpected.isEmpty
        if !isExact {
          others.append("\(preset.name) without \(damage.what)")
          #expect(!report.assumptions.isEmpty, "\(preset.name) without \(damage.what)")
        }
        // Nothing is invented, and nothing that was lost is called loaded.
        #expect(report.verdict == (report.missing.isEmpty ? .complete : .partial))
        #expect(lost.isEmpty || report.verdict == .partial, "\(preset.name) \(damage.what)")
      }
    }
    print("exactly what was lost is missing in \(count - others.count) of \(count) damaged files")
    if Self.randomCount != nil { print(others.joined(separator: "\n")) }
    #expect(Double(others.count) <= Double(count) * (Self.randomCount == nil ? 0.05 : 0.005))
  }

  /// Tensors of these shapes over one storage of zeros.
  private static func stateDict(_ keys: [KeyShape]) throws -> StateDict {
    let largest = keys.map { $0.shape.reduce(1, *) }.max() ?? 0
    let buffer = OwnedBuffer(count: max(largest, 1) * 8)
    buffer.memory.initializeMemory(as: UInt8.self, repeating: 0)
    let storage = TensorStorage(key: "zeros", bytes: Bytes(buffer))
    var state = StateDict()
    for key in keys {
      state.tensors[key.key] = try Tensor(
        storage: storage, dtype: key.shape.isEmpty ? .int64 : .float32, shape: key.shape)
    }
    return state
  }

  /// Some losses leave nothing by which two published networks could be told apart; then it is said.
  private static func isUndecided(
    _ preset: BackbonePreset, _ damage: Damage, _ detection: Detection
  ) throws -> Bool {
    func assumes(_ code: String, _ text: String) -> Bool {
      detection.assumptions.contains { $0.code == code && $0.text.contains(text) }
    }
    if damage.what.hasPrefix("layer"), assumes("depth", " or ") {
      let depth = preset.arguments["depth"]?.integer ?? 50
      #expect(assumes("depth", "\(depth)"))
      return true
    }
    let arguments = try registry.makeGraph(preset.name).arguments
    return damage.what == "stem" && arguments["deep_stem"] == true
      && arguments["avg_down"] == false && arguments["stem_channels"] == 64
      && assumes("deep_stem", "stem")
  }
}

/// Steele, Lea and Flood's generator: the same numbers on every machine.
private struct SplitMix {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
