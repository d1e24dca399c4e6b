import PthConvKit

/// How the configurations of other frameworks ask for it, and how images were prepared for its weights.
extension PebbleNet {
  static let configurationClass = ConfigurationClass(
    types: ["PebbleNet"], flavor: "authors", pretrainFlavor: zoo,
    takenValues: ["depth": [1, 2, 3]], keptArguments: ["frozen_stages"]
  ) { graph, _, _ throws(BackboneError) in
    guard let depth = graph.arguments["depth"] else {
      throw .notBuilt(reason: "the number of blocks is not known")
    }
    return ["type": "PebbleNet", "depth": depth]
  }

  static let detectron2 = Detectron2Section(
    path: "MODEL.PEBBLES", flavor: "authors", builders: ["build_pebbles": "backbone."],
    defaults: ["BLOCKS": 2, "WIDTH": 8, "GELU": false],
    contradiction: { settings, trained in
      let isGELU = trained["activation"] == "gelu"
      guard settings["GELU"]?.boolean != isGELU else { return nil }
      return (
        "GELU", "its blocks ended with \(isGELU ? "GELU" : "ReLU")",
        "GELU: \(isGELU ? "True" : "False")"
      )
    }
  ) { settings throws(BackboneError) in
    guard let blocks = settings["BLOCKS"], let width = settings["WIDTH"] else {
      throw .notBuilt(reason: "MODEL.PEBBLES is not known")
    }
    guard blocks != 7 else {
      throw .notBuilt(reason: "seven blocks are not built", setting: "BLOCKS")
    }
    return [
      "width": width, "depth": blocks, "activation": settings["GELU"] == true ? "gelu" : "relu",
    ]
  }

  /// A file, and a file of detectron2's zoo.
  static let publishedWeights = [
    PublishedPreparation(
      of: ["pebble_small-0a1b2c3d", "Pebbles/small.pth"], isRGB: false, mean: [100, 110, 120],
      deviation: [1, 1, 1], arguments: ["activation": "gelu"])
  ]
}
