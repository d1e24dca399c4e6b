import Testing

@testable import PthBackbones

@Suite struct ArgumentTests {
  let registry = BackboneRegistry.standard

  private func sentence(_ body: () throws -> some Any) -> String {
    do {
      _ = try body()
      return "no error"
    } catch {
      return "\(error)"
    }
  }

  @Test(
    arguments: [
      ("50", 50), ("None", .null), ("True", true), ("false", false), ("'a b'", "a b"), ("GN", "GN"),
      ("1,2,2,2", [1, 2, 2, 2]), ("(1, 2,)", [1, 2]), ("[True, False]", [true, false]),
      ("1e-5", .number(1e-5)), ("-1", -1), ("[]", []),
      (
        "dict(type='GN', num_groups=32)",
        .dictionary([.init("type", "GN"), .init("num_groups", 32)])
      ),
      ("{'type': \"GN\", 'n': [1]}", .dictionary([.init("type", "GN"), .init("n", [1])])),
    ] as [(String, ArgumentValue)])
  func literals(_ text: String, _ value: ArgumentValue) throws {
    #expect(try ArgumentValue(parsing: text) == value)
    #expect(try ArgumentValue(parsing: value.description) == value)
  }

  @Test(arguments: [
    "", "[1", "dict(a)", "{1: 2}", "'a", "1 2", "[1]]", "{'a' 1}", "dict(a=1", "[,]", "'\\n'",
    String(repeating: "[", count: 100_000),
  ])
  func unreadableLiterals(_ text: String) {
    #expect(throws: BackboneError.self) { try ArgumentValue(parsing: text) }
  }

  @Test func pairs() throws {
    let arguments = try BackboneArguments(parsing: ["depth=50", "norm_cfg=GN", "strides=1,2,2,2"])
    #expect(arguments == ["depth": 50, "norm_cfg": "GN", "strides": [1, 2, 2, 2]])
    #expect(throws: BackboneError.repeatedArgument("a")) {
      try BackboneArguments(parsing: ["a=1", "a=2"])
    }
    #expect(throws: BackboneError.self) { try BackboneArguments(parsing: ["depth"]) }
  }

  @Test func spellingsAreNormalised() throws {
    let official = try registry.resolve(
      configuration:
        "dict(type='Res2Net', layers=[3,4,6,3], baseWidth=26, scale=6, num_classes=1000)"
    ).makeGraph()
    #expect(official.flavor == .official)
    #expect(official.arguments["base_width"] == 26)
    #expect(official.arguments["scales"] == 6)
    #expect(official.arguments["depth"] == 50)
    let preset = try registry.makeGraph("res2net50_26w_6s", arguments: ["num_classes": 1000])
    #expect(official.keyShapes == preset.keyShapes)
    #expect(official.firstDifference(from: preset) == nil)
  }

  @Test func defaults() throws {
    let graph = try registry.makeGraph("Res2Net")
    #expect(graph.flavor == .official)
    #expect(
      graph.arguments.description == """
        depth=50, layers=[3, 4, 6, 3], scales=4, base_width=26, groups=1, stage_pooling='always', \
        in_channels=3, stem_channels=64, base_channels=64, num_stages=4, strides=[1, 2, 2, 2], \
        dilations=[1, 1, 1, 1], out_indices=[0, 1, 2, 3], style='pytorch', deep_stem=False, \
        avg_down=False, frozen_stages=-1, norm_cfg=dict(type='BN', eps=1e-05, \
        requires_grad=True), dcn=None, stage_with_dcn=[False, False, False, False], \
        zero_init_residual=False, num_classes=0
        """)
    // Resolved arguments make the same backbone again.
    for name in ["Res2Net", "ResNet", "resnet18", "resnet50_gn", "res2next50", "resnet50_v1d"] {
      let first = try registry.makeGraph(name)
      let again = try registry.makeGraph(
        first.backbone, arguments: first.arguments, flavor: first.flavor)
      #expect(again == first)
    }
  }

  /// The defaults that the tables show are those that graphs are made with.
  @Test func defaultsOfTheTables() throws {
    for definition in registry.definitions {
      let graph = try registry.makeGraph(definition.name)
      for row in definition.arguments {
        guard let value = row.defaultValue, case .dictionary = value else {
          if let value = row.defaultValue { #expect(graph.arguments[row.name] == value) }
          continue
        }
        #expect(graph.arguments[row.name]?["type"] == value["type"])
      }
    }
  }

  @Test func configurationFilesAsTheyAre() throws {
    let text = """
      dict(type='Res2Net', depth=101, scales=4, base_width=26, num_stages=4,
        out_indices=(0, 1, 2, 3), frozen_stages=1, norm_cfg=dict(type='BN', requires_grad=True),
        norm_eval=True, style='pytorch', conv_cfg=None, plugins=None,
        init_cfg=dict(type='Pretrained', checkpoint='open-mmlab://res2net101_v1d_26w_4s'))
      """
    let graph = try registry.resolve(configuration: text, flavor: .mmdet).makeGraph()
    #expect(graph.arguments["depth"] == 101)
    #expect(graph.notes == [])
    let error = sentence { try registry.makeGraph("Res2Net", arguments: ["plugins": [1]]) }
    #expect(error == "plugins must be None; other values are not supported, not [1]")
  }

  @Test func argumentsOverPresets() throws {
    let graph = try registry.makeGraph("res2net50_26w_6s", arguments: ["layers": [2, 1, 1, 1]])
    #expect(graph.arguments["layers"] == [2, 1, 1, 1])
    #expect(graph.arguments["depth"] == .null)
    #expect(graph.arguments["scales"] == 6)
  }

  @Test func defaultFlavors() throws {
    func flavor(_ name: String, _ arguments: BackboneArguments = [:]) throws -> Flavor {
      try registry.resolve(name, arguments: arguments).flavor
    }
    #expect(try flavor("ResNet") == .torchvision)
    #expect(try flavor("ResNet", ["deep_stem": true]) == .mmdet)
    #expect(try flavor("ResNet", ["deep_stem": true, "num_classes": 10]) == .timm)
    #expect(try flavor("ResNet", ["style": "caffe"]) == .mmdet)
    #expect(try flavor("resnet50d") == .timm)
    #expect(try flavor("resnet50_v1d") == .mmdet)
    #expect(try flavor("ResNeXt") == .torchvision)
    #expect(try flavor("res2net50_26w_4s.in1k") == .timm)
    #expect(try flavor("RES2NET50_26W_4S") == .official)
  }

  @Test func layersAndBlocks() throws {
    func block(_ arguments: BackboneArguments) throws -> String? {
      guard
        case .block(let type, _) = try registry.makeGraph("ResNet", arguments: arguments)
          .modules.first(where: { $0.path == "layer1.0" })?.kind
      else { return nil }
      return type
    }
    #expect(try block(["depth": 34]) == "BasicBlock")
    #expect(try block(["layers": [3, 4, 6, 3]]) == "Bottleneck")
    #expect(try block(["layers": [3, 4, 6, 3], "block": "basic"]) == "BasicBlock")
    #expect(try block(["layers": [3, 4, 6, 3], "depth": 34]) == "BasicBlock")
    #expect(try block(["depth": 18, "block": "bottleneck"]) == "Bottleneck")
  }

  @Test(
    arguments: [
      (
        "Res3Net", [:], nil,
        "no backbone is called 'Res3Net'; did you mean 'Res2Net' or 'ResNet'? (there are Res2Net, ResNet, "
          + "MobileNetV2, EfficientNetLite, Res2NeXt, ResNeXt)"
      ),
      (
        "Res2Net", ["depth": 42], nil,
        "depth: must be one of 50, 101, 152; for others give layers"
      ),
      (
        "Res2Net", ["depth": 50, "layers": [3, 4, 23, 3]], nil,
        "depth: 50 has layers [3, 4, 6, 3], not [3, 4, 23, 3]; give one of them"
      ),
      ("Res2Net", ["depth": "50"], nil, "depth must be an integer from 1 to 1000, not '50'"),
      (
        "Res2Net", ["scale": 4, "scales": 4], nil,
        "the argument 'scales' is given twice; give it once"
      ),
      ("Res2Net", ["pretrained": 5], nil, "pretrained must be a str or None, not 5"),
      ("Res2Net", ["style": "jax"], nil, "style must be 'pytorch' or 'caffe', not 'jax'"),
      (
        "Res2Net", ["strides": [1, 2]], nil,
        "strides: has 2 values for 4 stages; give one for each"
      ),
      (
        "Res2Net", ["num_stages": 3, "out_indices": [0, 3]], nil,
        "out_indices: 3 is not a stage; there are 0 to 2"
      ),
      (
        "Res2Net", ["num_stages": 2, "frozen_stages": 3], nil,
        "frozen_stages: there are only 2 stages"
      ),
      (
        "Res2Net", ["groups": 8], "mmdet",
        "groups: mmdet's Res2Net does not have this; choose flavor official or timm"
      ),
      (
        "Res2Net", ["scales": 1], "mmdet", "scales: must be at least 2; with 1 it is a ResNet"
      ),
      (
        "Res2Net", [:], "torchvision",
        "Res2Net has no flavor 'torchvision'; it has official, timm, mmdet, mmpretrain"
      ),
      (
        "ResNet", ["deep_stem": true], "torchvision",
        "deep_stem: torchvision's ResNet does not have this; choose flavor mmdet or timm or mmpretrain"
      ),
      (
        "ResNet", ["depth": 18, "groups": 32], nil, "groups: basic blocks have no groups"
      ),
      (
        "ResNet", ["depth": 18, "dcn": "DCN", "stage_with_dcn": [false, false, false, true]], nil,
        "dcn: basic blocks have no deformable convolution"
      ),
      (
        "Res2Net", ["norm_cfg": "GN"], nil,
        "the backbone cannot be built at layer1.0.bn1: 104 channels cannot be normalised in 32 groups"
      ),
      (
        "ResNet", ["norm_cfg": .dictionary([.init("type", "BN"), .init("affine", false)])], nil,
        "norm_cfg: affine must be True; a norm without it has other keys and is not supported"
      ),
      (
        "ResNet", ["norm_cfg": .dictionary([.init("type", "BN"), .init("num_groups", 32)])], nil,
        "norm_cfg: BN has no argument num_groups"
      ),
      (
        "MobileNetV2", ["norm_cfg": .dictionary([.init("type", "BN"), .init("affine", false)])],
        nil,
        "norm_cfg: affine must be True; a norm without it has other keys and is not supported"
      ),
      (
        "ResNet", ["norm_cfg": .dictionary([.init("type", "BN"), .init("bias", false)])], nil,
        "norm_cfg: bias is not supported"
      ),
      (
        "ResNet", ["norm_cfg": .dictionary([.init("type", "BN"), .init("eps", "x")])], nil,
        "norm_cfg: eps must be a number"
      ),
      (
        "Res2Net", ["norm_cfg": "LN"], nil,
        "norm_cfg must be one of BN, SyncBN, FrozenBN, GN, or dict(type=…), not 'LN'"
      ),
      (
        "Res2Net", ["base_width": 1, "base_channels": 32], nil,
        "base_width: 1 leaves a block without channels"
      ),
    ] as [(String, BackboneArguments, Flavor?, String)])
  func sentences(
    _ name: String, _ arguments: BackboneArguments, _ flavor: Flavor?, _ expected: String
  ) {
    #expect(
      sentence { try registry.makeGraph(name, arguments: arguments, flavor: flavor) } == expected)
  }

  @Test func unknownArgumentsNameTheKnownOnes() {
    let text = sentence { try registry.makeGraph("Res2Net", arguments: ["scalse": 4]) }
    #expect(
      text.hasPrefix(
        "Res2Net has no argument 'scalse'; did you mean 'scales'? (it has depth, layers, scales"))
    #expect(
      sentence { try registry.makeGraph("res2net50_26w_5s") }
        .hasPrefix(
          "no backbone is called 'res2net50_26w_5s'; did you mean 'res2net50_26w_4s' or "))
  }

  /// Extreme but permitted numbers end in a graph or in a sentence, not in a trap.
  @Test(
    arguments: [
      ["base_width": 4096, "groups": 4096, "scales": 64],
      ["base_channels": 65536, "stem_channels": 65536, "in_channels": 4096],
      ["layers": [1, 1, 1, 1000]], ["dilations": [64, 64, 64, 64], "strides": [8, 8, 8, 8]],
      ["num_classes": 1_000_000],
    ] as [BackboneArguments])
  func extremes(_ arguments: BackboneArguments) {
    do {
      let graph = try registry.makeGraph("Res2Net", arguments: arguments)
      #expect(graph.parameterCount > 0)
    } catch {
      #expect(!"\(error)".isEmpty)
    }
  }

  @Test func notes() throws {
    let graph = try registry.makeGraph(
      "Res2Net", arguments: ["deep_stem": false, "style": "pytorch"], flavor: .mmdet)
    #expect(
      graph.notes == ["mmdet's Res2Net always has deep_stem=True; deep_stem=False is ignored"])
  }
}
