import PthBackbones
import PthConfigs

/// The levels that FPN and similar necks use, from `start_level` to `end_level`.
struct PyramidLevels {
  /// Necks that choose levels by FPN's rules.
  private static let pyramids: Set<String> = [
    "FPN", "PAFPN", "FPN_CARAFE", "FPN_DropBlock", "NASFPN", "NASFCOS_FPN", "FPG", "RFP",
  ]
  /// Necks whose `start_level` is 1 by default.
  private static let fromSecond: Set<String> = ["NASFCOS_FPN"]

  let inputs: Int
  let start: Int
  /// `end_level` as it is given; -1 stands for the last level.
  let end: Int

  init(_ neck: Place, _ type: String, inputs: Int) {
    self.inputs = inputs
    let isPyramid = Self.pyramids.contains(type)
    start =
      isPyramid
      ? Self.level("start_level", of: neck, default: Self.fromSecond.contains(type) ? 1 : 0) : 0
    end = isPyramid ? Self.level("end_level", of: neck, default: -1) : -1
  }

  /// The inputs whose channels are checked.
  var used: Range<Int> {
    // `end_level` is taken as included, as since mmdet 3.0; a negative or too large one stands for all levels.
    let limit = end < 0 ? inputs : min(end, inputs)
    let last = end >= 0 && end < inputs ? end + 1 : limit
    return max(0, min(start, last))..<max(0, last)
  }

  /// Whether the neck may make levels beyond its last input.
  private var isOpen: Bool { end == -1 || end == inputs - 1 }

  /// A level of the configuration, limited so that arithmetic cannot overflow.
  private static func level(_ key: String, of neck: Place, default usual: Int) -> Int {
    min(max(neck[key]?.int ?? usual, -1024), 1024)
  }

  /// Findings about FPN's assertions on `num_outs`, `start_level` and `end_level`.
  static func findings(_ neck: Place, _ type: String, _ context: ArgumentContext)
    -> [PreflightFinding]
  {
    guard pyramids.contains(type), let inputs = neck["in_channels"]?.elements?.count,
      let outputs = neck["num_outs"]?.int, inputs <= 1024
    else { return [] }
    let levels = PyramidLevels(neck, type, inputs: inputs)
    let (start, end, isOpen) = (levels.start, levels.end, levels.isOpen)
    let first = isOpen ? inputs : end + 1
    let least = first - start
    let isWrong =
      isOpen
      ? outputs < least
      : end >= inputs && !(context.isFormer && end == inputs)
        // Before mmdet 3.0, `end_level` was excluded.
        || outputs != least && !(context.isFormer && outputs == least - 1)
    guard !isWrong else {
      return [
        PreflightFinding(
          .neckOutputs, .error, at: neck.location(of: "num_outs"),
          "the run stops: \(type) cannot make \(outputs) outputs of the levels it is given",
          because: "levels \(start) to \(first - 1) give "
            + (isOpen ? "at least \(least)" : "exactly \(least)"),
          instead: end >= inputs ? "end_level=-1" : "num_outs=\(least)")
      ]
    }
    guard least <= 0 || start < 0 else { return [] }
    let extra = neck["add_extra_convs"]
    if start >= 0, outputs > 0, extra == nil || extra?.isFalse == true {
      return [
        PreflightFinding(
          .neckOutputs, .error, at: neck.location(of: "start_level"),
          "the run stops at the first image: \(type) has no level to begin with",
          because: "start_level is \(start), and there are \(inputs) levels, counted from 0")
      ]
    }
    return [
      context.untold(
        at: neck.location(of: "start_level"), "what \(type) makes of start_level=\(start)",
        because: "there are \(inputs) levels, counted from 0")
    ]
  }
}
