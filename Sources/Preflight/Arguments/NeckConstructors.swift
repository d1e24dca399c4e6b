import PthBackbones

/// What mmdetection's necks take.
enum NeckConstructors {
  private typealias Argument = Constructor.Argument

  static let table: [String: Constructor] = {
    var table = [
      "FPN": Constructor(
        "mmdet's FPN", pyramid + [upsampling], former: former),
      "PAFPN": Constructor("mmdet's PAFPN", pyramid, former: former),
      "ChannelMapper": Constructor(
        "mmdet's ChannelMapper",
        channels + [
          .integer("kernel_size", 1...31), conv, norm, activation,
          Argument("bias", takes: [.choice(["auto"]), .boolean]),
          Argument(
            "num_outs", takes: [.none, .integer(0...64)],
            refuses: [.text, .sequence(.anything), .dictionary]), begin,
        ]),
      "BFP": Constructor(
        "mmdet's BFP",
        [
          .integer("in_channels", 1...65536, required: true),
          .integer("num_levels", 1...64, required: true), .integer("refine_level", 0...63),
          Argument(
            "refine_type", takes: [.none, .choice(["conv", "non_local"])],
            refuses: [
              .text, .boolean, .integer(Int.min...Int.max), .fraction, .sequence(.anything),
              .dictionary,
            ]), conv, norm, begin,
        ]),
      "HRFPN": Constructor(
        "mmdet's HRFPN",
        channels + [
          Argument(
            "num_outs", takes: [.integer(1...5)],
            refuses: [.none, .fraction] + Constructor.Form.noNumber),
          // It has no norms, whatever it is given.
          .idle("pooling_type"), conv, .idle("norm_cfg"), .truth("with_cp"),
          Argument("stride", takes: [.integer(1...1)]), begin,
        ]),
      "DilatedEncoder": Constructor(
        "mmdet's DilatedEncoder",
        [
          .integer("in_channels", 1...65536, required: true),
          .integer("out_channels", 1...65536, required: true),
          .integer("block_mid_channels", 1...65536, required: true),
          Argument(
            "num_residual_blocks", required: true, takes: [.integer(1...64)],
            refuses: [.none, .fraction] + Constructor.Form.noNumber),
          Argument(
            "block_dilations", required: true, takes: [.sequence(.integer(1...64))],
            refuses: [
              .none, .text, .boolean, .integer(Int.min...Int.max), .fraction, .dictionary,
              .emptySequence,
            ]),
        ], demands: [.leastLength("block_dilations", is: "num_residual_blocks")]),
    ]
    for (name, signature) in signatures {
      let words = signature.split(separator: " ")
      table[name] = Constructor(
        "mmdet's \(name)",
        words.map { word in
          Argument(
            String(word.drop { $0 == "!" }), required: word.hasPrefix("!"),
            word == "init_cfg" ? .initialiser : .value)
        }, former: former, hasValues: false)
    }
    return table
  }()

  /// Necks of which the names of the arguments are known, required ones with a mark.
  private static let signatures = [
    "NASFPN":
      "!in_channels !out_channels !num_outs !stack_times start_level end_level norm_cfg init_cfg",
    "NASFCOS_FPN":
      "!in_channels !out_channels !num_outs start_level end_level add_extra_convs conv_cfg norm_cfg init_cfg",
    "FPN_CARAFE":
      "!in_channels !out_channels !num_outs start_level end_level norm_cfg act_cfg order upsample_cfg init_cfg",
    "FPN_DropBlock":
      "!in_channels !out_channels !num_outs start_level end_level add_extra_convs relu_before_extra_convs "
      + "no_norm_on_lateral conv_cfg norm_cfg act_cfg upsample_cfg init_cfg plugin",
    "RFP":
      "!rfp_steps !rfp_backbone !aspp_out_channels aspp_dilations init_cfg !in_channels !out_channels !num_outs "
      + "start_level end_level add_extra_convs relu_before_extra_convs no_norm_on_lateral conv_cfg norm_cfg "
      + "act_cfg upsample_cfg",
    "FPG":
      "!in_channels !out_channels !num_outs !stack_times !paths inter_channels same_down_trans same_up_trans "
      + "across_lateral_trans across_down_trans across_up_trans across_skip_trans output_trans start_level "
      + "end_level add_extra_convs norm_cfg skip_inds init_cfg",
    "YOLOXPAFPN":
      "!in_channels !out_channels num_csp_blocks use_depthwise upsample_cfg conv_cfg norm_cfg act_cfg init_cfg",
    "CSPNeXtPAFPN":
      "!in_channels !out_channels num_csp_blocks use_depthwise expand_ratio upsample_cfg conv_cfg norm_cfg "
      + "act_cfg init_cfg",
    "DyHead": "!in_channels !out_channels num_blocks zero_init_offset init_cfg",
    "SSH": "!num_scales !in_channels !out_channels conv_cfg norm_cfg init_cfg",
    "YOLOV3Neck": "!num_scales !in_channels !out_channels conv_cfg norm_cfg act_cfg init_cfg",
    "SSDNeck":
      "!in_channels !out_channels !level_strides !level_paddings l2_norm_scale last_kernel_size use_depthwise "
      + "conv_cfg norm_cfg act_cfg init_cfg",
  ]

  // MARK: Arguments of several

  private static let conv = Argument("conv_cfg", .convolution)
  private static let norm = Argument("norm_cfg", .norm(isOptional: true))
  private static let activation = Argument("act_cfg", .activation)
  private static let begin = Argument("init_cfg", .initialiser)

  private static let channels: [Argument] = [
    Argument(
      "in_channels", required: true, takes: [.list(.integer(1...65536))],
      refuses: [
        .none, .text, .boolean, .integer(Int.min...Int.max), .fraction, .tuple, .dictionary,
      ]),
    .integer("out_channels", 1...65536, required: true),
  ]

  private static let pyramid: [Argument] =
    channels + [
      Argument(
        "num_outs", required: true, takes: [.integer(0...64)],
        refuses: [.none] + Constructor.Form.noNumber),
      .init(
        "start_level", takes: [.integer(0...64)],
        refuses: [.none, .fraction] + Constructor.Form.noNumber),
      .init(
        "end_level", takes: [.integer(-64...64)],
        refuses: [.none, .fraction] + Constructor.Form.noNumber),
      Argument(
        "add_extra_convs", takes: [.boolean, .choice(["on_input", "on_lateral", "on_output"])],
        refuses: [
          .none, .text, .integer(Int.min...Int.max), .fraction, .sequence(.anything), .dictionary,
        ]),
      .truth("relu_before_extra_convs"), .truth("no_norm_on_lateral"), conv, norm, activation,
      begin,
    ]

  /// Only with a dictionary in it; which ones `interpolate` takes is told for those in use.
  private static let upsampling = Argument("upsample_cfg", .upsampling)

  private static let former: Set<String> = [
    "normalize", "activation", "extra_convs_on_inputs", "pool_ratio",
  ]
}
