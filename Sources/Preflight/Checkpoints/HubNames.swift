import PthBackbones

/// The names of published checkpoints that loaders know.
enum HubNames {
  /// URLs by name.
  static let torchvision = parse(HubTable.torchvision)
  static let openMMLab = parse(HubTable.openMMLab)
  static let mmcls = parse(HubTable.mmcls)

  private static func parse(_ table: String) -> [String: String] {
    var folder: Substring = ""
    var names: [String: String] = [:]
    for line in table.split(separator: "\n") {
      if line.first == "@" {
        folder = line.dropFirst()
      } else if let space = line.firstIndex(of: " ") {
        names[String(line[..<space])] = "\(folder)\(line[line.index(after: space)...])"
      }
    }
    return names
  }
}
