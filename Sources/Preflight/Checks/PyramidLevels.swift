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
  /// Whether `end_level` itself is excluded, as it was in mmdetection before its last 2.x releases.
  private(set) var isExclusive = false

  private init(_ neck: Place, _ type: String, inputs: Int) {
    self.inputs = inputs
    let isPyramid = Self.pyramids.contains(type)
    start =
      isPyramid
      ? Self.level("start_level", of: neck, default: Self.fromSecond.contains(type) ? 1 : 0) : 0
    end = isPyramid ? Self.level("end_level", of: neck, default: -1) : -1
  }

  /// The levels by each rule that a version of mmdetection may follow with the configuration.
  private static func rules(
    _ neck: Place, _ type: String, inputs: Int, _ context: ArgumentContext
  ) -> [PyramidLevels] {
    let levels = PyramidLevels(neck, type, inputs: inputs)
    guard context.isFormer, levels.end != -1 else { return [levels] }
    var exclusive = levels
    exclusive.isExclusive = true
    return [levels, exclusive]
  }

  /// The levels by each rule with which the neck can be built; by all of them if it cannot be built by any, or if that
  /// is not known.
  static func possible(
    _ neck: Place, _ type: String, inputs: Int, _ context: ArgumentContext
  ) -> [PyramidLevels] {
    let all = rules(neck, type, inputs: inputs, context)
    guard let outputs = neck["num_outs"]?.int else { return all }
    let running = all.filter { !$0.stops(outputs) }
    return running.isEmpty ? all : running
  }

  /// The inputs whose channels are checked; all from the first if `end_level` is negative.
  var used: Range<Int> {
    let last = end < 0 ? inputs : min(max(limit, 0), inputs)
    return max(0, min(start, last))..<last
  }

  /// Whether the neck may make levels beyond its last input.
  private var isOpen: Bool { end == -1 || !isExclusive && end == inputs - 1 }

  /// The end of the levels from which the neck makes its outputs.
  private var limit: Int { isOpen ? inputs : isExclusive ? end : end + 1 }

  private var least: Int { limit - start }

  /// Whether the neck's assertions about `num_outs` and `end_level` fail.
  private func stops(_ outputs: Int) -> Bool {
    isOpen ? outputs < least : limit > inputs || outputs != least
  }

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
    let all = rules(neck, type, inputs: inputs, context)
    let levels = all[0]
    let (start, least) = (levels.start, levels.least)
    let running = all.filter { !$0.stops(outputs) }
    if running.isEmpty {
      return [
        PreflightFinding(
          .neckOutputs, .error, at: neck.location(of: "num_outs"),
          "the run stops: \(type) cannot make \(outputs) outputs of the levels it is given",
          because: "levels \(start) to \(levels.limit - 1) give "
            + (levels.isOpen ? "at least \(least)" : "exactly \(least)"),
          instead: levels.limit > inputs ? "end_level=-1" : "num_outs=\(least)")
      ]
    }
    if running.count < all.count {
      return [
        context.untold(
          at: neck.location(of: "end_level"),
          "whether \(type) makes \(outputs) outputs with end_level=\(levels.end)",
          because: "the last level is included since the last 2.x releases of mmdetection, and was "
            + "excluded before")
      ]
    }
    guard running.allSatisfy({ $0.least <= 0 }) || start < 0 else { return [] }
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
