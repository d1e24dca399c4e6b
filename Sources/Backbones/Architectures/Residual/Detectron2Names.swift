/// detectron2's names of the parts of a residual network, with the canonical names.
///
/// In detectron2, norms are children of their convolutions, stages are counted from 2 (`res2`), and the shortcut is
/// called `shortcut`. The Res2Net authors' fork of detectron2 has the official deep stem and the averaging shortcut.
enum Detectron2Names {
  /// Pairs of key prefixes; a longer prefix comes before its own prefixes. `*` matches one component.
  static let rules: [(own: String, common: String)] =
    [
      ("stem.conv1.norm", "bn1"), ("stem.bn1", "bn1"), ("stem.conv1", "conv1"),
      // detectron2's script that converts torchvision's files writes the classifier under this name.
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
