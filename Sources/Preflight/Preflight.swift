import OrderedCollections
import PthBackbones
import PthCheckpoints
import PthConfigs
import PthKeyMapping
import PthReports

/// Facts about a training run that its configuration does not contain.
public struct PreflightOptions: Sendable {
  /// A file that replaces the checkpoint named in the configuration.
  package var checkpoint: String?
  /// The number of GPUs of the run; nil if it is not known.
  package var gpus: Int?
  /// The batch size on one GPU; nil for the configuration's.
  package var imagesPerGPU: Int?
  /// Photographs (PNG, JPEG) of the kind that the checkpoints were trained with, to find how the training images were
  /// prepared.
  package var images: [String]?
  /// The families that backbones are looked up in.
  package var registry: BackboneRegistry
  /// The directories of downloaded checkpoints.
  package var caches = HubCaches.standard

  /// Makes options; for nil, the configuration decides.
  public init(
    checkpoint: String? = nil, gpus: Int? = nil, imagesPerGPU: Int? = nil,
    images: [String]? = nil, registry: BackboneRegistry = .standard
  ) {
    self.checkpoint = checkpoint
    self.gpus = gpus
    self.imagesPerGPU = imagesPerGPU
    self.images = images
    self.registry = registry
  }
}

/// Reports what a training run with a configuration would do. Nothing in the configuration is executed.
///
/// - Parameter bases: Complete configurations that `config` is derived from, the nearest first.
/// - Throws: `InputProblem` if the options have images, but too few can be read.
package func preflight(
  _ config: Config, options: PreflightOptions = PreflightOptions(), bases: [Config] = []
) throws -> PreflightReport {
  let images = try options.images.map { try WitnessImages(paths: $0) }
  var run = PreflightRun(config: config, options: options, bases: bases, images: images)
  run.checkAll()
  return run.report
}

/// Reports what a network of torchvision or timm with this name is, and whether a file fills it.
///
/// - Throws: `BackboneError` if no network has this name; `InputProblem` if the options have images, but too few can
///   be read.
package func preflight(name: String, options: PreflightOptions) throws -> PreflightReport {
  let network = try NamedNetwork(name, registry: options.registry)
  let images = try options.images.map { try WitnessImages(paths: $0) }
  var run = PreflightRun(
    config: Config(values: ConfigDictionary(), path: name, files: []), options: options, bases: [],
    images: images, named: network)
  run.checkAll()
  return run.report
}

/// The state of a preflight: the inputs, the opened files and the findings.
struct PreflightRun {
  let config: Config
  let options: PreflightOptions
  let bases: [Config]
  let images: WitnessImages?
  let backbones: [BackboneEntry]
  private(set) var findings: [PreflightFinding] = []
  private(set) var sources: [PreflightReport.Source] = []
  private(set) var witnesses: [PreflightReport.Images] = []
  /// The backbone of a detectron2 configuration; nil for other configurations.
  private let detectron2: Detectron2Network?
  /// The network that was named in place of a configuration; nil if there is a configuration.
  private let named: NamedNetwork?
  private var coverage: [String: Double] = [:]
  /// Files that were opened before, or the error of opening them.
  private var opened: [String: Result<LoaderView, CheckpointError>] = [:]

  init(
    config: Config, options: PreflightOptions, bases: [Config], images: WitnessImages?,
    named: NamedNetwork? = nil
  ) {
    self.config = config
    self.named = named
    self.images = images
    self.options = options
    self.bases = bases
    let isOpenMMLab = config.origin == .openMMLab
    backbones = isOpenMMLab ? BackboneEntry.all(in: config, options.registry) : []
    detectron2 =
      isOpenMMLab ? nil : Detectron2Network(Detectron2Settings(config, options.registry))
  }

  mutating func checkAll() {
    if let named {
      checkNamed(named)
    } else if let detectron2 {
      checkDetectron2(detectron2)
    } else {
      checkOpenMMLab()
    }
    if images != nil, witnesses.isEmpty {
      add([
        PreflightFinding(
          .preparation, .note, at: nil, "the images tell nothing",
          because: "no checkpoint was read that brings weights into a backbone that pthconv knows")
      ])
    }
  }

  private mutating func checkOpenMMLab() {
    checkBackbones()
    let context = ArgumentContext(config)
    for (index, backbone) in backbones.enumerated() {
      checkWeights(of: backbone, isFirst: index == 0)
      add(NeckCheck.findings(for: backbone, context))
    }
    add(SmallBatchCheck.findings(config, backbones, options))
    add(RateCheck.findings(config, bases: bases, options))
  }

  mutating func add(_ new: [PreflightFinding]) {
    // An entry that several backbones share gives the same finding for each, which is reported once.
    for finding in new
    where !findings.contains(where: {
      $0.kind == finding.kind && $0.location == finding.location && $0.what == finding.what
    }) {
      findings.append(finding)
    }
  }

  mutating func add(_ source: PreflightReport.Source) { sources.append(source) }

  mutating func add(_ witness: PreflightReport.Images) { witnesses.append(witness) }

  var registry: BackboneRegistry { options.registry }

  /// - Parameter path: The path of the backbone in the configuration.
  mutating func setCoverage(_ share: Double, of path: String) { coverage[path] = share }

  var isNamed: Bool { named != nil }

  /// Opens a file, or returns the result of opening it before.
  mutating func view(_ path: String) -> Result<LoaderView, CheckpointError> {
    if let known = opened[path] { return known }
    let view: Result<LoaderView, CheckpointError>
    do throws(CheckpointError) {
      view = .success(try LoaderView(path, options.registry))
    } catch {
      view = .failure(error)
    }
    opened[path] = view
    return view
  }

  /// Adds findings about the backbones themselves, or a note if there is none.
  private mutating func checkBackbones() {
    if backbones.isEmpty {
      add([
        PreflightFinding(
          .unknownBackbone, .note, at: config.values.entries["model"]?.location,
          "the configuration has no model with a backbone that could be read")
      ])
    }
    let context = ArgumentContext(config)
    for backbone in backbones { add(backbone.findings(context)) }
  }

  private var scope: PreflightScope {
    guard detectron2 == nil, named == nil else { return PreflightScope() }
    return PreflightScope(
      config, backbones, told: Set(coverage.keys),
      hasRate: findings.contains { [.rate, .rateNotScaled, .rateScaledTwice].contains($0.kind) },
      hasOwnCode: ArgumentContext(config).hasOwnCode)
  }

  /// The arguments that reports name, if they have unusual integer values.
  private func details(_ graph: ModelGraph?) -> [(name: String, value: Int)] {
    guard let graph, let family = registry.definition(named: graph.backbone) else { return [] }
    return family.arguments.filter(\.isTelling).compactMap { row in
      guard let value = graph.arguments[row.name], value != family.usualArguments[row.name] else {
        return nil
      }
      return value.integer.map { (row.name, $0) }
    }
  }

  var report: PreflightReport {
    let order = PreflightFinding.Severity.allCases
    let sorted = findings.enumerated().sorted { one, other in
      let ranks = [one, other].map { order.firstIndex(of: $0.element.severity) ?? 0 }
      return (ranks[0], one.offset) < (ranks[1], other.offset)
    }
    var networks = backbones.map {
      PreflightReport.Backbone(
        path: $0.place.path, type: $0.type, location: $0.place.location, graph: $0.graph,
        details: details($0.graph), channels: $0.channels, coverage: coverage[$0.place.path])
    }
    if let detectron2 {
      let path = detectron2.path
      networks.append(
        PreflightReport.Backbone(
          path: path, type: detectron2.name,
          location: Detectron2Settings(config, registry).location(path),
          graph: detectron2.graph, details: details(detectron2.graph),
          channels: detectron2.graph?.stageChannels,
          coverage: coverage[path]))
    }
    if let named {
      networks.append(
        PreflightReport.Backbone(
          path: named.name, type: named.graph.backbone, location: nil, graph: named.graph,
          details: details(named.graph), channels: named.graph.stageChannels,
          coverage: coverage[named.name]))
    }
    return PreflightReport(
      config: config.path, files: config.files, backbones: networks, sources: sources,
      images: witnesses, findings: sorted.map(\.element), scope: scope)
  }
}
