import OrderedCollections
import PthConvKit
import PthReports

/// Advice after a mapping: commands that can be copied, with the result of trying their mapping.
struct MapAdvice {
  let file: String
  let mapping: KeyMapping
  let warnings: [LoadWarning]
  let alternative: MappingAlternative?
  /// The options, other than backbone and prefix, that the command must repeat.
  let options: [String]

  var advice: [MapText.Advice] {
    let report = mapping.report
    var advice: [MapText.Advice] = []
    if let alternative {
      let total = alternative.report.coverage.total
      advice.append(
        .init(
          command(alternative),
          "gives: \(alternative.report.verdict.rawValue), \(Format.grouped(total.loadedKeys)) of "
            + "\(Format.grouped(total.keys)) keys loaded"
            + (report.verdict != .complete
              ? "" : report.isAligned ? ", by their names" : ", as the file says it")))
    }
    let codes = Set(warnings.map(\.code))
    if codes.contains(.arithmeticUnknown), report.source.detection?.isUnknownVariant == false {
      advice.append(
        .init(
          nil,
          "say with --source-flavor how the weights were trained, or let photographs tell: pthconv "
            + "verify with --images"))
    }
    switch report.verdict {
    case .nothing where alternative == nil:
      advice.append(.init("pthconv inspect \(quoted(file))", "shows what the file holds"))
    case .partial
    where alternative?.report.verdict != .complete
      && report.coverage.stages.contains { $0.stage != .head && !$0.share.isComplete }:
      advice.append(
        .init(
          nil,
          report.namesMayDiffer
            ? "if only the names differ, --revise-key 'REGEX=REPLACEMENT' renames the file's keys; as it "
              + "is, the missing parameters start as initialised"
            : "the missing parameters start as initialised; train them, or load a file that has them"
        ))
    case .foreign where alternative == nil:
      advice.append(
        .init(nil, "load it into the network that has these tensors; this backbone is another one"))
    case .complete where advice.isEmpty && codes.isEmpty && !report.askedAssumptions.isEmpty:
      let asked = report.askedAssumptions.map {
        "\($0.code) \($0.value?.commandLineText ?? "")"
      }
      advice.append(
        .init(
          nil,
          "nothing to mend if the file was trained with \(asked.joined(separator: ", ")): its keys "
            + "would be the same without, its outputs not; photographs can tell: pthconv verify with "
            + "--images"))
    case .complete
    where advice.isEmpty && codes.isSubset(of: [.severalStateDicts, .severalCopies]):
      advice.append(.init(nil, "nothing to mend; --output writes the completed state dict"))
    default: break
    }
    return advice
  }

  private func command(_ alternative: MappingAlternative) -> String {
    let request = alternative.request
    var words = ["pthconv", "map", file, "--backbone", request.name]
    if let flavor = request.flavor { words += ["--flavor", flavor.rawValue] }
    for (name, value) in request.arguments.values {
      words += ["--arg", "\(name)=\(value.commandLineText)"]
    }
    if let prefix = alternative.prefix { words += ["--prefix", prefix] }
    if let key = alternative.key { words += ["--key", key] }
    // Revisions are applied one after another: the given ones first, then the alternative's.
    let revisions = alternative.revisions.flatMap { ["--revise-key", $0.commandLineText] }
    return (words + options + revisions).map(quoted).joined(separator: " ")
  }

  /// The word quoted for a shell, if it needs quotes.
  private func quoted(_ word: String) -> String {
    let plain = word.allSatisfy {
      $0.isASCII && ($0.isLetter || $0.isNumber || "-_./:=,@%+".contains($0))
    }
    return plain && !word.isEmpty ? word : "'" + word.replacing("'", with: #"'\''"#) + "'"
  }
}
