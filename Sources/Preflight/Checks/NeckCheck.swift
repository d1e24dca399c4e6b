import PthBackbones
import PthConfigs

/// Whether what a backbone returns is what its neck expects.
enum NeckCheck {
  /// Necks that take one list of channels, one for each input.
  private static let listed: Set<String> = [
    "FPN", "PAFPN", "FPN_CARAFE", "FPN_DropBlock", "NASFPN", "NASFCOS_FPN", "FPG", "RFP", "HRFPN",
    "ChannelMapper", "YOLOXPAFPN", "CSPNeXtPAFPN", "SSH", "BiFPN",
  ]
  /// Necks that look at the last input only, and take the number of its channels. Families name those
  /// that were made for them.
  private static let single: Set<String> = ["DilatedEncoder"]
  /// Necks whose levels follow FPN's rules.
  private static let pyramids: Set<String> = [
    "FPN", "PAFPN", "FPN_CARAFE", "FPN_DropBlock", "NASFPN", "NASFCOS_FPN", "FPG", "RFP",
  ]

  static func findings(for backbone: BackboneEntry) -> [PreflightFinding] {
    // The first of several necks in a row takes the backbone's outputs.
    guard let neck = backbone.owner.places("neck").first, let type = neck.type else { return [] }
    let outputs = outputFindings(neck, type)
    guard let channels = backbone.channels, let given = neck["in_channels"] else { return outputs }
    let wanted = channels.map(String.init).joined(separator: ", ")
    let takesLast =
      single.contains(type)
      || backbone.registry.definitions.contains {
        $0.configurationClass?.necksOfLastOutput.contains(type) == true
      }
    if takesLast, let number = given.int, let last = channels.last, number != last {
      return outputs + [
        finding(neck, backbone, type, "\(number)", wanted, instead: "in_channels=\(last)")
      ]
    }
    guard listed.contains(type), let numbers = given.integers else { return outputs }
    let start = pyramids.contains(type) ? level("start_level", of: neck, default: 0) : 0
    // Levels behind the last one are not looked at either; older versions counted it otherwise.
    let last = pyramids.contains(type) ? level("end_level", of: neck, default: -1) : -1
    let end = last < 0 ? nil : last
    let levels = max(0, start)..<max(0, start, min(end ?? numbers.count, numbers.count))
    let fits =
      numbers.count == channels.count && levels.allSatisfy { numbers[$0] == channels[$0] }
    guard !fits else { return outputs }
    return outputs + [
      finding(
        neck, backbone, type, "[\(numbers.map(String.init).joined(separator: ", "))]", wanted,
        instead: "in_channels=[\(wanted)]")
    ]
  }

  private static func finding(
    _ neck: Place, _ backbone: BackboneEntry, _ type: String, _ given: String, _ channels: String,
    instead: String
  ) -> PreflightFinding {
    let names = backbone.graph?.outputs.map(\.name).joined(separator: ", ") ?? ""
    let outputs =
      backbone.graph?.arguments["out_indices"].map {
        "the stages \($0) (\(backbone.place.location(of: "out_indices")?.short ?? ""))"
      } ?? names
    return PreflightFinding(
      .neckChannels, .error, at: neck.location(of: "in_channels"),
      "the run stops at the first image: \(type) expects \(given), the backbone gives [\(channels)]",
      because: "\(backbone.type) returns \(outputs)",
      instead: instead)
  }

  /// A given level, limited to a range that holds those of all networks.
  private static func level(_ key: String, of neck: Place, default usual: Int) -> Int {
    min(max(neck[key]?.int ?? usual, -1024), 1024)
  }

  /// FPN's own demands on its levels.
  private static func outputFindings(_ neck: Place, _ type: String) -> [PreflightFinding] {
    guard pyramids.contains(type), let inputs = neck["in_channels"]?.elements?.count,
      let outputs = neck["num_outs"]?.int, inputs <= 1024
    else { return [] }
    let start = level("start_level", of: neck, default: 0)
    let end = level("end_level", of: neck, default: -1)
    let isOpen = end == -1 || end == inputs - 1
    let least = isOpen ? inputs - start : end + 1 - start
    // In versions before 3.0 the last level was not one of the pyramid's.
    guard isOpen ? outputs < least : outputs != least && outputs != least - 1 || end > inputs else {
      return []
    }
    return [
      PreflightFinding(
        .neckOutputs, .error, at: neck.location(of: "num_outs"),
        "the run stops: \(type) cannot make \(outputs) outputs of the levels it is given",
        because: "levels \(start) to \((isOpen ? inputs : end + 1) - 1) give "
          + (isOpen ? "at least \(least)" : "exactly \(least)"),
        instead: end > inputs ? "end_level=-1" : "num_outs=\(least)")
    ]
  }
}
