/// The comparison `statistics` in `verify --json`.
struct StatisticsJSON {
  let report: StatisticsReport

  func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.field("kind", VerifyReport.Kind.statistics.rawValue)
      writer.field("engine", report.engine)
      writer.key("images")
      writer.object { writer in
        writer.field("count", report.imageCount)
        writer.field("found", report.foundCount)
        writer.field("unreadable", report.unreadable)
        writer.field("repeated", report.repeatedCount)
        writer.field("size", report.size)
        writer.field("preparation", report.preparation.preparation.name)
        writer.field("preparation_told", report.preparation.scale != nil)
      }
      // Every comparison has these keys; this one has neither stages nor an explanation.
      writer.objects("stages", [Int]()) { _, _ in }
      writer.field("explanation", String?.none)
      writer.objects("norms", report.norms) { writer, norm in
        writer.field("name", norm.name)
        writer.field("shift", norm.shift)
        writer.field("spread", norm.spread)
        writer.field("shift_by_sampling", norm.shiftNoise)
        writer.field("spread_by_sampling", norm.spreadNoise)
        writer.field("tail", norm.tail)
        writer.field("tail_by_sampling", norm.tailNoise)
        writer.field("off", norm.offShare)
        writer.field("contrast", norm.seesInput ? norm.contrast : nil)
        writer.field("recorded", !norm.isUnrecorded)
        writer.field("pass", norm.agrees)
      }
      writer.objects("alternatives", report.alternatives) { writer, alternative in
        writer.field("options", alternative.change.options)
        writer.field("answer", alternative.answer.rawValue)
        writer.field("best", alternative.isBest)
        writer.field("ratio", alternative.ratio)
        writer.field("deviations", alternative.deviations)
      }
      writer.objects("exchanges", report.exchanges) { writer, exchange in
        writer.field("norms", [exchange.norms.first, exchange.norms.second])
        writer.field("answer", exchange.answer.rawValue)
        writer.field("ratio", exchange.ratio)
        writer.field("deviations", exchange.deviations)
      }
      writer.field("unseen_stages", report.unseenStages)
      writer.field("not_excluded", report.notExcluded)
      writer.field("outcome", report.outcome.code)
      writer.field("first_divergence", report.outcome.norm?.name)
      writer.field("what", report.objection)
      writer.field("pass", report.supports)
    }
  }
}

extension StatisticsReport.Outcome {
  /// The outcome in JSON.
  package var code: String {
    switch self {
    case .agrees: "agrees"
    case .fault: "fault"
    case .untold: "cannot be told"
    case .nothing: "nothing recorded"
    }
  }

  /// The norm that the outcome is about; nil if there is none.
  package var norm: NormFigures? {
    switch self {
    case .fault(let norm): norm
    case .untold(_, let norm): norm
    case .agrees, .nothing: nil
    }
  }
}
