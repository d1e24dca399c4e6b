/// detectron2's names of the parts of a residual network, and the common ones.
///
/// Its norms belong to their convolutions; it counts the stages from 2 and calls the shortcut by its
/// name. Res2Net's branch of detectron2 has the official deep stem and the averaging shortcut.
package enum Detectron2Names {
  /// Beginnings of keys, of two that begin alike the longer first; `*` stands for one component.
  package static let rules: [(own: String, common: String)] =
    [("stem.conv1.norm", "bn1"), ("stem.bn1", "bn1"), ("stem.conv1", "conv1")]
    + (1...4).flatMap { stage in
      [
        (".*.conv1.norm", ".*.bn1"), (".*.conv2.norm", ".*.bn2"), (".*.conv3.norm", ".*.bn3"),
        (".*.shortcut.norm", ".*.downsample.1"), (".*.shortcut.1.norm", ".*.downsample.2"),
        (".*.shortcut.1", ".*.downsample.1"), (".*.shortcut", ".*.downsample.0"), ("", ""),
      ].map { ("res\(stage + 1)\($0)", "layer\(stage)\($1)") }
    }

  /// A key under its common name.
  static func common(_ entry: KeyShape) -> KeyShape {
    let components = entry.key.split(separator: ".")
    for rule in split where rule.own.count <= components.count {
      var caught: Substring?
      let fits = zip(rule.own, components).allSatisfy { wanted, component in
        if wanted == "*" { caught = component }
        return wanted == "*" || wanted == component
      }
      guard fits else { continue }
      let renamed = rule.common.map { $0 == "*" ? caught ?? $0 : $0 }
      let name = (renamed + components.dropFirst(rule.own.count)).joined(separator: ".")
      return KeyShape(name, entry.shape)
    }
    return entry
  }

  private static let split = rules.map {
    (own: $0.own.split(separator: "."), common: $0.common.split(separator: "."))
  }
}
