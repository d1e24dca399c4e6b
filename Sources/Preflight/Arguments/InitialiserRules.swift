import PthBackbones

/// mmengine's ways to begin, by their names in the registry, and what each takes.
enum InitialiserRules {
  private typealias Argument = Constructor.Argument
  private typealias Form = Constructor.Form

  static let table: [String: Constructor] = {
    var table = [
      "Pretrained": Constructor(
        "mmengine's Pretrained",
        [
          Argument("checkpoint", required: true, takes: [.text], refuses: [.none] + noText),
          Argument("prefix", takes: [.none, .text], refuses: noText),
          Argument("map_location", takes: [.none, .choice(["cpu"])]),
        ])
    ]
    for (name, own) in others {
      table[name] = Constructor("mmengine's \(name)", own + common(byFan: fans.contains(name)))
    }
    return table
  }()

  /// Those that compute the width of a layer, which vectors do not have.
  static let fans: Set<String> = ["Xavier", "Kaiming", "Caffe2Xavier"]

  private static let noText: [Form] = [
    .boolean, .integer(Int.min...Int.max), .fraction, .sequence(.anything), .dictionary,
  ]
  private static let number: [Form] = [.integer(Int.min...Int.max), .fraction]

  private static let others: [String: [Argument]] = [
    "Constant": [Argument("val", required: true, takes: number)],
    "Xavier": [Argument("gain", takes: number), distribution],
    "Normal": [Argument("mean", takes: number), Argument("std", takes: positive)],
    "TruncNormal": [
      Argument("mean", takes: number), Argument("std", takes: positive),
      Argument("a", takes: number), Argument("b", takes: number),
    ],
    "Uniform": [Argument("a", takes: number), Argument("b", takes: number)],
    "Kaiming": [
      Argument("a", takes: number), Argument("mode", takes: [.choice(["fan_in", "fan_out"])]),
      Argument("nonlinearity", takes: [.choice(["relu", "leaky_relu"])]), distribution,
    ],
    "Caffe2Xavier": [],
  ]

  private static let positive: [Form] = [.integer(0...Int.max), .fraction]
  private static let distribution = Argument(
    "distribution", takes: [.choice(["uniform", "normal"])])

  /// What all but `Pretrained` take.
  private static func common(byFan: Bool) -> [Argument] {
    let layers: Form =
      byFan ? .choice(["Conv1d", "Conv2d", "Conv3d", "Linear", "ConvTranspose2d"]) : .text
    return [
      Argument(
        "bias", takes: number + [.boolean],
        refuses: [.none, .text, .sequence(.anything), .dictionary]),
      Argument(
        "bias_prob", takes: [.none, .fraction],
        refuses: [.boolean, .text, .integer(Int.min...Int.max), .sequence(.anything), .dictionary]),
      Argument(
        "layer", takes: [.none, layers, .list(layers)],
        refuses: [.tuple, .boolean, .integer(Int.min...Int.max), .fraction, .dictionary]),
    ]
  }
}
