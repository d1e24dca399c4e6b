import OrderedCollections
import PthBackbones
import PthCheckpoints
import PthConfigs
import PthKeyMapping
import PthReports

/// What a person says about a run beside its configuration.
public struct PreflightOptions: Sendable {
  /// A file that stands in for the checkpoint that the configuration names.
  public var checkpoint: String?
  /// GPUs of the run; nil if that is not said.
  public var gpus: Int?
  /// Images of a batch on one GPU; nil for what the configuration says.
  public var imagesPerGPU: Int?
  /// The folders where downloaded checkpoints lie.
  package var caches = HubCaches.standard

  public init(checkpoint: String? = nil, gpus: Int? = nil, imagesPerGPU: Int? = nil) {
    self.checkpoint = checkpoint
    self.gpus = gpus
    self.imagesPerGPU = imagesPerGPU
  }
}

/// Says what a run with a configuration would do. Nothing in the configuration is executed.
///
/// - Parameter bases: Complete configurations that `config` builds on, the nearest first.
package func preflight(
  _ config: Config, options: PreflightOptions = PreflightOptions(), bases: [Config] = []
) -> PreflightReport {
  var run = PreflightRun(config: config, options: options, bases: bases)
  run.checkAll()
  return run.report
}

/// One preflight: what has been read, and what has been found.
struct PreflightRun {
  let config: Config
  let options: PreflightOptions
  let bases: [Config]
  let backbones: [BackboneEntry]
  private(set) var findings: [PreflightFinding] = []
  private(set) var sources: [PreflightReport.Source] = []
  private var coverage: [String: Double] = [:]
  /// Files that have been opened.
  private var opened: [String: Result<LoaderView, CheckpointError>] = [:]

  init(config: Config, options: PreflightOptions, bases: [Config]) {
    self.config = config
    self.options = options
    self.bases = bases
    backbones = BackboneEntry.all(in: config)
  }

  mutating func checkAll() {
    checkBackbones()
    for (index, backbone) in backbones.enumerated() {
      checkWeights(of: backbone, isFirst: index == 0)
      add(NeckCheck.findings(for: backbone))
    }
    add(SmallBatchCheck.findings(config, backbones, options))
    add(RateCheck.findings(config, bases: bases, options))
  }

  mutating func add(_ new: [PreflightFinding]) {
    // An entry that serves several backbones is told once.
    for finding in new
    where !findings.contains(where: {
      $0.kind == finding.kind && $0.location == finding.location && $0.what == finding.what
    }) {
      findings.append(finding)
    }
  }

  mutating func add(_ source: PreflightReport.Source) { sources.append(source) }

  mutating func setCoverage(_ share: Double, of backbone: BackboneEntry) {
    coverage[backbone.place.path] = share
  }

  /// The file, opened once.
  mutating func view(_ path: String) -> Result<LoaderView, CheckpointError> {
    if let known = opened[path] { return known }
    let view: Result<LoaderView, CheckpointError>
    do throws(CheckpointError) {
      view = .success(try LoaderView(path))
    } catch {
      view = .failure(error)
    }
    opened[path] = view
    return view
  }

  /// That there is a backbone, and that it is known.
  private mutating func checkBackbones() {
    if backbones.isEmpty {
      add([
        PreflightFinding(
          .unknownBackbone, .note, at: config.values.entries["model"]?.location,
          "the configuration has no model with a backbone that could be read")
      ])
    }
    for backbone in backbones {
      guard let reason = backbone.unknown else { continue }
      add([
        PreflightFinding(
          .unknownBackbone, .note, at: backbone.place.location(of: "type"),
          "\(backbone.place.path): weights and channels cannot be told", because: reason)
      ])
    }
  }

  var report: PreflightReport {
    let order = PreflightFinding.Severity.allCases
    let sorted = findings.enumerated().sorted { one, other in
      let ranks = [one, other].map { order.firstIndex(of: $0.element.severity) ?? 0 }
      return (ranks[0], one.offset) < (ranks[1], other.offset)
    }
    return PreflightReport(
      config: config.path, files: config.files,
      backbones: backbones.map {
        PreflightReport.Backbone(
          path: $0.place.path, type: $0.type, location: $0.place.location, graph: $0.graph,
          channels: $0.channels, coverage: coverage[$0.place.path])
      }, sources: sources, findings: sorted.map(\.element))
  }
}
