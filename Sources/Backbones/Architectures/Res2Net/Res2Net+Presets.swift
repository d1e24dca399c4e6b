extension BackbonePreset {
  /// Published Res2Nets. The numbers in a name are depth, base width and scales; v1b (timm's `d`) has the deep stem
  /// and the averaging shortcut.
  static let res2Net: [BackbonePreset] =
    [
      .init("res2net50", "Res2Net", ["depth": 50]),
      .init("res2net50_26w_4s", "Res2Net", ["depth": 50, "base_width": 26, "scales": 4]),
      .init("res2net50_26w_6s", "Res2Net", ["depth": 50, "base_width": 26, "scales": 6]),
      .init("res2net50_26w_8s", "Res2Net", ["depth": 50, "base_width": 26, "scales": 8]),
      .init("res2net50_48w_2s", "Res2Net", ["depth": 50, "base_width": 48, "scales": 2]),
      .init("res2net50_14w_8s", "Res2Net", ["depth": 50, "base_width": 14, "scales": 8]),
      .init("res2net101", "Res2Net", ["depth": 101]),
      .init("res2net101_26w_4s", "Res2Net", ["depth": 101, "base_width": 26, "scales": 4]),
      .init("res2net152_26w_4s", "Res2Net", ["depth": 152, "base_width": 26, "scales": 4]),
      .init("res2next50", "Res2Net", ["depth": 50, "groups": 8, "base_width": 4, "scales": 4]),
      .init("res2next50_4s", "Res2Net", ["depth": 50, "groups": 8, "base_width": 4, "scales": 4]),
      .init(
        "Res2NeXt", "Res2Net", ["groups": 8, "base_width": 4, "scales": 4], isFamily: true),
    ] + v1b("res2net50_v1b", 50) + v1b("res2net101_v1b", 101) + v1b("res2net152_v1b", 152) + [
      .init("res2net50d", "Res2Net", v1bArguments(50), flavor: .timm),
      .init("res2net101d", "Res2Net", v1bArguments(101), flavor: .timm),
      // The official v1b weights under mmdet's names: trained with official arithmetic.
      .init(
        "res2net50_v1d_26w_4s", "Res2Net", ["depth": 50, "stage_pooling": "always"], flavor: .mmdet),
      .init(
        "res2net101_v1d_26w_4s", "Res2Net", ["depth": 101, "stage_pooling": "always"],
        flavor: .mmdet),
    ]

  private static func v1bArguments(_ depth: Int) -> BackboneArguments {
    ["depth": .integer(depth), "deep_stem": true, "avg_down": true]
  }

  private static func v1b(_ name: String, _ depth: Int) -> [BackbonePreset] {
    [name, "\(name)_26w_4s"].map { .init($0, "Res2Net", v1bArguments(depth)) }
  }
}
