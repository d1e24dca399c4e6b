import OrderedCollections
import PthConvKit
import Testing

/// A published name is what it is; a family's name follows the file.
@Suite struct PublishedNameTests {
  private let registry = BackboneRegistry.standard

  private func keys(_ name: String, _ arguments: BackboneArguments = [:], _ flavor: Flavor? = nil)
    throws -> [KeyShape]
  {
    try registry.makeGraph(name, arguments: arguments, flavor: flavor).keyShapes
  }

  private func target(_ request: BackboneRequest, _ keys: [KeyShape]) throws
    -> BackboneRequest.Target
  {
    try request.target(detection: registry.detect(keys), registry: registry)
  }

  private static let bent: [(BackboneArguments, String)] = [
    (["in_channels": 1], "resnet50"), (["layers": [3, 4, 6]], "resnet50"),
    (["norm_cfg": .dictionary([.init("type", "GN")])], "resnet50"),
    (["base_width": 128], "resnet50"), (["base_channels": 32], "resnet50"),
    (["groups": 32, "base_width": 4], "resnet50"), (["deep_stem": true], "resnet50"),
    (["layers": [2, 2, 2, 2]], "resnet50"), (["scales": 6], "res2net50_26w_4s"),
    (["in_channels": 4], "res2net50"),
  ]

  /// The target of a published name is the same whatever the file shows.
  @Test(arguments: bent)
  func publishedNamesAreNotBent(_ arguments: BackboneArguments, _ name: String) throws {
    let family = name.hasPrefix("res2") ? "Res2Net" : "ResNet"
    let file = try keys(family, arguments)
    let published = try keys(name)
    #expect(file != published)
    #expect(try target(.named(name), file).graph.keyShapes == published)
  }

  /// The family follows the file in all of it.
  @Test(arguments: bent.filter { $0.0["norm_cfg"] == nil && $0.0["layers"] != [3, 4, 6] })
  func familiesFollowTheFile(_ arguments: BackboneArguments, _ name: String) throws {
    let family = name.hasPrefix("res2") ? "Res2Net" : "ResNet"
    let file = try keys(family, arguments)
    let target = try target(BackboneRequest(family), file)
    #expect(target.graph.keyShapes == file)
    let taken = Dictionary(
      target.choices.map { ($0.argument, $0.value) }, uniquingKeysWith: { first, _ in first })
    for (name, value) in arguments.values {
      // Layers that were published have a depth, which says the same.
      if name == "layers", taken["depth"] != nil { continue }
      #expect(taken[name] == value)
    }
  }

  /// A depth is a published network too: four stages, three channels, batch norms, no groups.
  @Test(arguments: bent.filter { $0.1 == "resnet50" && $0.0["deep_stem"] == nil })
  func depthsAreNotBent(_ arguments: BackboneArguments, _ name: String) throws {
    let file = try keys("ResNet", arguments)
    #expect(try target(.resnet(depth: 50), file).graph.keyShapes == keys(name))
  }

  @Test func depthsLeaveTheStemToTheFile() throws {
    let file = try keys("resnet50d")
    #expect(try target(.resnet(depth: 50), file).graph.keyShapes == file)
    let splits = try keys("res2net50_26w_6s")
    #expect(try target(.res2net(depth: 50), splits).graph.keyShapes == splits)
  }

  /// Without a flavor the target's is the file's.
  @Test(arguments: [
    ("resnet50", Flavor.detectron2), ("resnet50d", .timm), ("resnet50_v1d", .mmpretrain),
    ("res2net50_v1b", .mmdet), ("res2net50_26w_6s", .official),
  ])
  func theFlavorIsTheFiles(_ name: String, _ flavor: Flavor) throws {
    let file = try keys(name, [:], flavor)
    let family = name.hasPrefix("res2") ? "Res2Net" : "ResNet"
    let found = try target(BackboneRequest(family), file)
    #expect(found.graph.flavor == flavor)
    #expect(found.graph.keyShapes == file)
    #expect(found.choices.contains { $0.argument == "flavor" })
    // What is said counts.
    let other: Flavor = family == "ResNet" ? .mmdet : .official
    #expect(try target(BackboneRequest(family, flavor: other), file).graph.flavor == other)
  }

  /// A published network does not become another one because the file's flavor forces it to.
  @Test func theFilesFlavorDoesNotBendANameEither() throws {
    let file = try keys("res2net50_v1b", [:], .mmdet)
    let target = try target(.named("res2net50_26w_4s"), file)
    #expect(target.graph.keyShapes == (try keys("res2net50_26w_4s")))
    #expect(target.graph.flavor == .official)
  }

  @Test func aPublishedNameHasItsStrideWhereItIs() throws {
    let file = try keys("resnet50", [:], .detectron2)
    #expect(try target(.named("resnet50"), file).graph.arguments["style"] == "pytorch")
    #expect(try target(.named("resnet50_caffe"), file).graph.arguments["style"] == "caffe")
  }

  /// Where nothing was recognised, the depth is a default and says so.
  @Test func defaultsAreNamed() throws {
    let vit = [KeyShape("blocks.0.attn.qkv.weight", [2304, 768])]
    let target = try target(BackboneRequest("ResNet"), vit)
    #expect(target.choices == [TargetChoice("depth", 50, .standard)])
    #expect(try self.target(.resnet(depth: 18), vit).choices.isEmpty)
    #expect(try self.target(.named("resnet18"), vit).choices.isEmpty)
    let nothing = try BackboneRequest("Res2Net").target(detection: nil)
    #expect(nothing.choices.map(\.argument) == ["depth"])
  }
}
