import ArgumentParser
import PthConvKit
import PthReports

/// `--target OTHER`: the keys of another checkpoint in place of a backbone.
extension Map {
  /// Checks the options that go with `--target`.
  ///
  /// - Throws: `ValidationError` if an option needs a backbone, or if there is no file to map.
  func checkOther() throws {
    if target.isGiven {
      throw ValidationError("--target takes the place of --backbone; give one of them")
    }
    if target.hasArguments { throw ValidationError("options about a backbone need --backbone") }
    if file == nil { throw ValidationError("--target needs a file to map") }
    if output != nil {
      throw ValidationError("--output completes a backbone's state dict; it needs --backbone")
    }
    if mapping.toPrefix != nil || mapping.initSeed != 0 || mapping.sourceFlavor != nil {
      throw ValidationError(
        "--to-prefix, --init-seed and --source-flavor are about a backbone; they need --backbone")
    }
    if file == "-", other == "-" {
      throw ValidationError("standard input can be read only once")
    }
  }

  func map(_ file: String, onto other: String) throws {
    let checkpoint = try Checkpoint.open(file, key: mapping.key)
    let entries = ModuleEntry.all(in: try Checkpoint.open(other).stateDict)
    guard !entries.isEmpty else { throw InputProblem("\(other): there is no state dict in it") }
    let options = try mapping.options(for: checkpoint)
    if let graph = options.registry.graph(of: entries) {
      let mapping = try KeyMapping(of: checkpoint.stateDict, to: graph, options: options)
        .warningOfRange(of: entries, in: checkpoint.stateDict)
      return try finish(mapping, of: checkpoint, nil)
    }
    let mapping = try ModuleMapping(of: checkpoint.stateDict, onto: entries, options: options)
    let report = mapping.report
    let warnings =
      try report.warnings
      + mapping.valueWarnings(
        in: checkpoint.stateDict, onto: entries, elementLimit: Self.quickLook)
    let reportJSON = ModuleMapJSON(report, warnings)
    if let html { try PageFile.write(.map, of: file, to: html) { reportJSON.write(to: &$0) } }
    if json {
      Terminal.writeJSON { reportJSON.write(to: &$0) }
    } else {
      Terminal.write(
        ModuleMapText(
          report, warnings, file: file, target: other, isVerbose: verbose, style: Terminal.style
        ).text)
    }
    let refusals = refusals(
      missing: report.missing.count, mismatched: report.mismatched.count,
      unexpected: strict
        ? report.unexpected.count : report.unexpected.count(where: \.isInNetwork),
      report.coverage)
    for refusal in refusals { Terminal.report(refusal) }
    if !refusals.isEmpty { throw ExitCode.answerIsNo }
  }
}
