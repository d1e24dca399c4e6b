/// detectron2's names of the parts of a residual network, with the canonical names.
///
/// Its norms belong to their convolutions; it counts the stages from 2 and calls the shortcut by its
/// name. Res2Net's branch of detectron2 has the official deep stem and the averaging shortcut.
enum Detectron2Names {
  /// Beginnings of keys; a longer one comes before its own beginning. `*` stands for one component.
  static let rules: [(own: String, common: String)] =
    [
      ("stem.conv1.norm", "bn1"), ("stem.bn1", "bn1"), ("stem.conv1", "conv1"),
      // detectron2's converter of torchvision's files puts the classifier there.
      ("stem.fc", "fc"),
    ]
    + (1...4).flatMap { stage in
      [
        (".*.conv1.norm", ".*.bn1"), (".*.conv2.norm", ".*.bn2"), (".*.conv3.norm", ".*.bn3"),
        (".*.shortcut.norm", ".*.downsample.1"), (".*.shortcut.1.norm", ".*.downsample.2"),
        (".*.shortcut.1", ".*.downsample.1"), (".*.shortcut", ".*.downsample.0"), ("", ""),
      ].map { ("res\(stage + 1)\($0)", "layer\(stage)\($1)") }
    }
}
