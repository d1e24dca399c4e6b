extension ResidualArchitecture {
  private typealias Argument = Constructor.Argument

  /// The constructors of mmdetection 3's residual networks, by class name.
  static let constructors: [String: Constructor] = [
    "ResNet": Constructor(
      "mmdet's ResNet",
      common(depths: [18, 34, 50, 101, 152]) + [styled, .truth("deep_stem"), .truth("avg_down")],
      demands: demands + [style, plain], former: former),
    "ResNetV1d": Constructor(
      "mmdet's ResNetV1d", common(depths: [18, 34, 50, 101, 152]) + [styled],
      demands: demands + [style, plain],
      former: former),
    "ResNeXt": Constructor(
      "mmdet's ResNeXt",
      common(depths: [50, 101, 152]) + [
        styled, .truth("deep_stem"), .truth("avg_down"),
        .integer("groups", 1...4096), .integer("base_width", 1...4096),
      ], demands: demands + [style], former: former),
    "Res2Net": Constructor(
      "mmdet's Res2Net",
      common(depths: [50, 101, 152]) + [
        // The class accepts these and always builds v1b.
        styled, .idle("deep_stem"), .idle("avg_down"),
        .init(
          "scales", takes: [.integer(2...64)],
          refuses: [.none, .integer(Int.min...1), .fraction, .boolean] + Constructor.Form.noNumber),
        .integer("base_width", 1...4096),
      ], demands: demands, former: former),
  ]

  /// Arguments of ResNet, which its subclasses pass on.
  private static func common(depths: [Int]) -> [Argument] {
    let counts: [Constructor.Form] = [
      .none, .boolean, .text, .dictionary, .fraction, .integer(Int.min...Int.max), .emptySequence,
    ]
    let notPositive: [Constructor.Form] = [
      .containing(.integer(Int.min...0)), .containing(.text), .containing(.none),
      .containing(.dictionary), .containing(.fraction),
    ]
    return [
      Argument(
        "depth", required: true, takes: depths.map { .integer($0...$0) },
        refuses: [.none, .boolean, .integer(Int.min...Int.max)] + Constructor.Form.noNumber),
      .integer("in_channels", 1...65536),
      .init(
        "stem_channels", takes: [.none, .integer(2...65536)],
        refuses: [.fraction, .integer(Int.min...0)] + Constructor.Form.noNumber),
      .integer("base_channels", 1...65536),
      .init(
        "num_stages", takes: [.integer(1...4)],
        refuses: [.none, .integer(Int.min...Int.max), .fraction] + Constructor.Form.noNumber,
        usual: 4),
      .init(
        "strides", takes: [.sequence(.integer(1...64))], refuses: counts + notPositive,
        usual: [1, 2, 2, 2]),
      .init(
        "dilations", takes: [.sequence(.integer(1...64))], refuses: counts + notPositive,
        usual: [1, 1, 1, 1]),
      .init(
        "out_indices", takes: [.sequence(.integer(Int.min...Int.max))],
        refuses: counts + [.containing(.text), .containing(.none), .containing(.dictionary)],
        usual: [0, 1, 2, 3]),
      .init(
        "frozen_stages", takes: [.integer(Int.min...Int.max)],
        refuses: [.none, .fraction] + Constructor.Form.noNumber),
      .init("conv_cfg", .convolution),
      .init("norm_cfg", .norm(isOptional: false)),
      .truth("norm_eval"), .truth("with_cp"), .truth("zero_init_residual"),
      .init("dcn", .deformable),
      .init(
        "stage_with_dcn", takes: [.sequence(.boolean)],
        refuses: [
          .none, .boolean, .fraction, .integer(Int.min...Int.max), .emptySequence,
        ], usual: [false, false, false, false]),
      .init("plugins", takes: [.none, .emptySequence]),
      .init(
        "pretrained", takes: [.none, .text],
        refuses: [
          .boolean, .fraction, .integer(Int.min...Int.max), .sequence(.anything), .dictionary,
        ]),
      .init("init_cfg", .initialiser),
    ]
  }

  private static let styles = ["pytorch", "caffe"]
  private static let styled = Argument.idle("style", meaningful: styles)
  /// Basic blocks (depths 18 and 34) do not check `style`.
  private static let style = Constructor.Demand.oneOf(
    "style", styles, unless: "depth", in: [18, 34])

  /// Basic blocks do not support plugins.
  private static let plain = Constructor.Demand.none("plugins", where: "depth", in: [18, 34])

  private static let demands: [Constructor.Demand] = [
    .length("strides", is: "num_stages"), .length("dilations", is: "num_stages"),
    .leastLength("stage_with_dcn", is: "num_stages"),
    .lengthWhere(given: "dcn", "stage_with_dcn", is: "num_stages"),
    .below("out_indices", "num_stages"),
    .exclusive("init_cfg", "pretrained"),
  ]

  private static let former: Set<String> = [
    "normalize", "bn_eval", "bn_frozen", "gcb", "stage_with_gcb", "gen_attention",
    "stage_with_gen_attention", "sac", "stage_with_sac",
  ]
}
