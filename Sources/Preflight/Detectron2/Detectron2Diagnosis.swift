import PthBackbones
import PthCheckpoints
import PthConfigs
import PthKeyMapping
import PthReports
import PthTensors

/// Finds how much of a detectron2 backbone a file fills, and the reason if keys do not arrive.
struct Detectron2Diagnosis {
  let source: Detectron2Source
  let file: Detectron2File
  let network: Detectron2Network
  let arrival: Arrival
  let mapping: KeyMapping?
  let location: ConfigLocation?

  /// Keys that the file fills. In Caffe2's files the norms' statistics are folded into weight and bias, so running
  /// means and variances of 0 and 1 are right and count as filled.
  var filled: Set<String> {
    guard file.isOfCaffe2 else { return arrival.loaded }
    return arrival.loaded.union(missing(statistics: true))
  }

  private func missing(statistics: Bool) -> [String] {
    arrival.missing.filter {
      ($0.hasSuffix("running_mean") || $0.hasSuffix("running_var")) == statistics
    }
  }

  var findings: [PreflightFinding] {
    let lacking = file.isOfCaffe2 ? missing(statistics: false) : arrival.missing
    guard !lacking.isEmpty || !arrival.mismatched.isEmpty else { return [] }
    let (kind, why, instead) = reason(lacking)
    return [
      PreflightFinding(kind, .error, at: location, outcome, because: why, instead: instead)
    ]
  }

  private var outcome: String {
    guard arrival.hasWeights else {
      return "no weight of \(source.fileName) arrives: the backbone starts at random"
    }
    let stages = arrival.stages.filter { $0.loaded < $0.all }
    let parts = stages.map { "\($0.stage) (\($0.loaded) of \($0.all))" }.joined(separator: ", ")
    let keys = arrival.stages.reduce(0) { $0 + $1.all }
    return "\(arrival.loaded.count) of \(keys) keys arrive from \(source.fileName); "
      + "not whole: \(parts)"
  }

  private func reason(
    _ lacking: [String]
  ) -> (kind: PreflightFinding.Kind, why: String, instead: String?) {
    if file.state.keys.isEmpty, !file.checkpoint.stateDict.keys.isEmpty {
      return (
        .stateDictElsewhere,
        "the weights are under '\(file.checkpoint.stateDictKey)'; detectron2 looks under 'model'",
        "WEIGHTS: \"FILE.pth?matching_heuristics=True\""
      )
    }
    guard let mapping, case let report = mapping.report, report.verdict == .complete,
      report.loaded.count > arrival.loaded.count
    else {
      if let first = arrival.mismatched.first {
        return (
          .wrongNetwork,
          "\(first.key) is \(Format.shape(first.file)) in the file and "
            + "\(Format.shape(first.network)) in the backbone", nil
        )
      }
      return (
        arrival.hasWeights ? .partlyLoaded : .nothingLoaded,
        "the file does not have \(lacking.prefix(2).joined(separator: ", "))"
          + (lacking.count > 2 ? ", …" : ""), nil
      )
    }
    let count = "\(report.loaded.count) of its keys fit"
    // With equal names behind another prefix or none, detectron2's matching by name endings finds the keys.
    let isByName = report.loaded.allSatisfy { loaded in
      let prefix = report.source.prefix
      return loaded.source == loaded.target || loaded.source == prefix + loaded.target
    }
    let isPickle = source.fileName.hasSuffix(".pkl")
    if isByName, report.source.prefix.isEmpty, !file.isMatchedByEnds, !isPickle {
      return (
        .wrongPrefix,
        "\(count) without a prefix; of such a file detectron2 takes names as they are, and the "
          + "backbone's begin with '\(network.prefix)'",
        "WEIGHTS: \"\(source.name)?matching_heuristics=True\""
      )
    }
    return (
      isByName ? .wrongPrefix : .otherNames,
      isByName
        ? "\(count) behind '\(report.source.prefix)'; the backbone's begin with '\(network.prefix)'"
        : "the file has other names for the same parameters; 'pthconv map \(source.fileName) "
          + "--backbone \(mapping.target.backbone) --flavor detectron2 --output FILE.pth' "
          + "writes it with detectron2's",
      "WEIGHTS: \"FILE.pth?matching_heuristics=True\""
    )
  }
}
