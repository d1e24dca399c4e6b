// The functions of `pthconv.h` that answer in JSON.

import CPthInterface
import Glibc
import Synchronization
import OrderedCollections
import PthConvKit
import PthPreflight
import PthReports
import PthBytes

/// Receives JSON that the caller has to free.
public typealias Answer = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>

/// Elements that `map` checks for NaN and unusual values: enough for all norms of any network.
private let quickLook = 1_000_000

/// The process that started oneDNN's threads. A fork does not copy threads, and waiting for them would never end.
private let home = Lock<pid_t?>(nil)

private func checkThreads(_ engines: [EngineKind]) throws(InvalidArgument) {
  guard engines.contains(.onednn) else { return }
  let process = getpid()
  let isElsewhere = forksWait {
    home.withLock { home in
      home = home ?? process
      return home != process
    }
  }
  if isElsewhere {
    throw InvalidArgument(
      "oneDNN was used before this process was forked; ask for the reference engine, or start "
        + "processes by spawning them")
  }
}

/// Writes JSON with `write` and stores it as the answer.
func answer(_ answer: Answer?, _ write: (inout JSONWriter) -> Void) throws(InvalidArgument) {
  guard let answer else { throw InvalidArgument("the pointer for the answer is NULL") }
  var writer = JSONWriter()
  write(&writer)
  answer.pointee = (writer.bytes + [0]).withUnsafeBytes { bytes in
    strdup(bytes.baseAddress!.assumingMemoryBound(to: CChar.self))
  }
}

@_cdecl("pthconv_inspect")
public func inspect(
  _ checkpoint: OpaquePointer?, _ options: UnsafePointer<CChar>?, _ json: Answer?,
  _ message: Message?
) -> pthconv_status {
  answering(message) {
    let opened = try checkpoint.checkpoint()
    let request = try InspectRequest.read(options)
    try opened.checkFiles()
    var report = try InspectReport(opened.checkpoint)
    if request.statistics == true || request.histograms == true {
      try report.addStatistics(withHistograms: request.histograms == true)
    }
    if request.checksum == true { report.checksum = try ChecksumReport(opened.checkpoint) }
    try answer(json) { InspectJSON(report).write(to: &$0) }
  }
}

@_cdecl("pthconv_scan")
public func scan(_ path: UnsafePointer<CChar>?, _ json: Answer?, _ message: Message?)
  -> pthconv_status
{
  answering(message) {
    let path = try path.text("the path")
    let audit = try FileScanner.scan(path)
    try answer(json) { ScanOutcome(audit).write(to: &$0) }
  }
}

@_cdecl("pthconv_map")
public func map(
  _ checkpoint: OpaquePointer?, _ options: UnsafePointer<CChar>?, _ json: Answer?,
  _ message: Message?
) -> pthconv_status {
  answering(message) {
    let opened = try checkpoint.checkpoint()
    let request = try MapRequest.read(options)
    try opened.checkFiles()
    var options = try request.mapping.options(for: opened.checkpoint)
    // The caller copies the tensors that the report names.
    options.foldsParts = request.target == nil
    let state = opened.checkpoint.stateDict
    let mapping: KeyMapping
    if let target = request.target {
      let entries = try target.map { try $0.entry() }
      guard let graph = options.registry.graph(of: entries) else {
        let mapping = try ModuleMapping(of: state, onto: entries, options: options)
        let warnings = try mapping.valueWarnings(
          in: state, onto: entries, elementLimit: quickLook)
        return try answer(json) {
          ModuleMapJSON(mapping.report, mapping.report.warnings + warnings).write(to: &$0)
        }
      }
      mapping = try KeyMapping(of: state, to: graph, options: options)
        .warningOfRange(of: entries, in: state)
    } else {
      mapping = try request.mapping.request().mapping(of: opened.checkpoint, options: options)
    }
    let warnings =
      try mapping.report.warnings + mapping.valueWarnings(in: state, elementLimit: quickLook)
    try answer(json) {
      MapJSON(mapping.report, mapping.target, warnings, sourceFlavor: options.sourceFlavor)
        .write(to: &$0)
    }
  }
}

@_cdecl("pthconv_verify")
public func verify(
  _ checkpoint: OpaquePointer?, _ options: UnsafePointer<CChar>?, _ json: Answer?,
  _ message: Message?
) -> pthconv_status {
  answering(message) {
    let opened = try checkpoint.checkpoint()
    let request = try VerifyRequest.read(options)
    try opened.checkFiles()
    let options = try request.mapping.options(for: opened.checkpoint)
    let mapping = try request.mapping.request().mapping(of: opened.checkpoint, options: options)
    guard mapping.report.verdict != .nothing else {
      throw InvalidArgument(
        "\(opened.checkpoint.path): none of its tensors fits \(mapping.target.backbone); "
          + "pthconv_map tells why")
    }
    let engines = try request.engines()
    try checkThreads(engines)
    let size = request.size ?? [224, 224]
    guard size.count == 2, size.allSatisfy({ $0 > 0 }) else {
      throw InvalidArgument("size takes height and width, numbers from 1 on")
    }
    guard (1...1024).contains(request.threads ?? 1) else {
      throw InvalidArgument("threads takes a number from 1 to 1024")
    }
    guard (request.tolerance ?? 0) >= 0 else {
      throw InvalidArgument("tolerance takes a number from 0 on")
    }
    let input = try VerifyInput(
      path: request.input, seed: request.seed ?? 0,
      size: Size2D(size[0], size[1]), for: mapping.target)
    var run = VerifyRun.Options()
    run.expected = try request.reference.map {
      try ReferenceOutputs($0, of: mapping.target).outputs
    }
    run.engines = engines
    if let threads = request.threads { run.threads = threads }
    if let tolerance = request.tolerance, !VerifyRun.Options.tolerances.contains(tolerance) {
      throw InvalidArgument("tolerance takes a number from 0 to 0.01")
    }
    run.tolerance = request.tolerance
    run.listsLayers = request.layers ?? false
    if let images = request.images {
      guard size[0] == size[1] else {
        throw InvalidArgument("images are cut to squares; size takes one number twice")
      }
      run.images = try WitnessImages(paths: images, size: size[0])
    }
    let (report, outputs) = try VerifyRun(
      checkpoint: opened.checkpoint, mapping: mapping, source: options, input: input, options: run
    ).report()
    let maps = request.featureMaps == true ? try FeatureMapImage.all(outputs) : nil
    try answer(json) { VerifyJSON(report, featureMaps: maps).write(to: &$0) }
  }
}

@_cdecl("pthconv_html")
public func html(
  _ json: UnsafePointer<CChar>?, _ options: UnsafePointer<CChar>?, _ html: Answer?,
  _ message: Message?
) -> pthconv_status {
  answering(message) {
    let json = try json.text("the report")
    let request = try PageRequest.read(options)
    guard let page = request.report.flatMap(ReportPage.init(rawValue:)) else {
      let names = ReportPage.allCases.map(\.rawValue).joined(separator: ", ")
      throw InvalidArgument("report takes one of \(names), not '\(request.report ?? "")'")
    }
    guard let html else { throw InvalidArgument("the pointer for the answer is NULL") }
    do {
      let bytes = try page.html(Array(json.utf8), file: request.file ?? "")
      html.pointee = (bytes + [0]).withUnsafeBytes { bytes in
        strdup(bytes.baseAddress!.assumingMemoryBound(to: CChar.self))
      }
    } catch let problem as InputProblem {
      throw InvalidArgument("\(problem)")
    }
  }
}

@_cdecl("pthconv_preflight")
public func preflightReport(
  _ path: UnsafePointer<CChar>?, _ options: UnsafePointer<CChar>?, _ json: Answer?,
  _ message: Message?
) -> pthconv_status {
  answering(message) {
    let path = try path.text("the path")
    let report = try preflight(path, PreflightRequest.read(options).options())
    try answer(json) { PreflightJSON(report).write(to: &$0) }
  }
}

@_cdecl("pthconv_diff")
public func diff(
  _ first: OpaquePointer?, _ second: OpaquePointer?, _ options: UnsafePointer<CChar>?,
  _ json: Answer?, _ message: Message?
) -> pthconv_status {
  answering(message) {
    let (one, other) = (try first.checkpoint(), try second.checkpoint())
    let request = try DiffRequest.read(options)
    guard (request.tolerance ?? 0) >= 0 else {
      throw InvalidArgument("tolerance takes a number from 0 on")
    }
    try one.checkFiles()
    try other.checkFiles()
    let comparison = try StateDictComparison(
      one.checkpoint.stateDict, other.checkpoint.stateDict, tolerance: request.tolerance ?? 0)
    try answer(json) {
      DiffJSON(comparison, DiffSide(one.checkpoint), DiffSide(other.checkpoint)).write(to: &$0)
    }
  }
}
