import Foundation
import TestSupport
import Testing

@testable import PthBackbones

/// detectron2's ResNets, against the state dicts of its own code.
@Suite struct Detectron2Tests {
  struct Model: Decodable {
    let backbone: String
    let keys: [KeyShape]

    enum CodingKeys: CodingKey { case backbone, keys }

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: CodingKeys.self)
      backbone = try container.decode(String.self, forKey: .backbone)
      var list = try container.nestedUnkeyedContainer(forKey: .keys)
      var keys: [KeyShape] = []
      while !list.isAtEnd {
        var pair = try list.nestedUnkeyedContainer()
        keys.append(KeyShape(try pair.decode(String.self), try pair.decode([Int].self)))
      }
      self.keys = keys
    }

    init(named name: String) throws {
      self = try Fixtures.json("backbones/detectron2/\(name).json")
    }
  }

  static let names = ["resnet50", "resnet18_bn", "resnext101_32x8d", "resnet50_gn_dcnv2"]
  let registry = BackboneRegistry.standard

  @Test(arguments: names)
  func namesShapesAndOrder(_ name: String) throws {
    let model = try Model(named: name)
    let graph = try registry.resolve(configuration: model.backbone, flavor: .detectron2)
      .makeGraph()
    #expect(graph.keyShapes == model.keys)
  }

  @Test(arguments: names, ["", "backbone.bottom_up."])
  func isRecognised(_ name: String, _ prefix: String) throws {
    let model = try Model(named: name)
    let keys = model.keys.map { KeyShape(prefix + $0.key, $0.shape) }
    let detection = try #require(registry.detect(keys))
    #expect(detection.flavor == .detectron2)
    #expect(detection.prefix == prefix)
    #expect(detection.matchedKeys == keys.count)
    let graph = try registry.makeGraph(
      detection.backbone, arguments: detection.arguments, flavor: .detectron2)
    #expect(graph.keyShapes == model.keys)
    let truth = try registry.resolve(configuration: model.backbone, flavor: .detectron2)
      .makeGraph()
    #expect(detection.contradictions(with: truth.arguments) == [])
  }

  /// The style that no key shows, and norms that only detectron2 freezes.
  @Test func argumentsElsewhere() throws {
    let own = try #require(registry.detect(try Model(named: "resnet50").keys))
    #expect(own.arguments["norm_cfg"]?["type"] == "FrozenBN")
    #expect(own.arguments(for: .mmdet)["norm_cfg"] == nil)
    #expect(own.arguments(for: .mmdet)["style"] == "caffe")
    #expect(own.arguments(for: .torchvision)["style"] == nil)
    let other = try #require(
      registry.detect(try Fixture.named("torchvision_resnet50").keyShapes))
    #expect(other.arguments(for: .detectron2)["norm_cfg"] == nil)
    #expect(other.arguments(for: .detectron2)["style"] == "pytorch")
  }

  /// Its blocks compute what torchvision's do, once both have their stride in the same place.
  @Test func computesWhatTorchvisionDoes() throws {
    let torchvision = try registry.makeGraph("resnet50", flavor: .torchvision)
    func difference(_ style: ArgumentValue) throws -> GraphDifference? {
      try registry.makeGraph("ResNet", arguments: ["style": style], flavor: .detectron2)
        .firstDifference(from: torchvision)
    }
    #expect(try difference("pytorch") == nil)
    #expect(try difference("caffe") != nil)
  }
}
