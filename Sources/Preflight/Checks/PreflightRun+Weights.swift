import PthBackbones
import PthCheckpoints
import PthConfigs
import PthKeyMapping
import PthReports
import PthTensors

/// Weights: which files a backbone is loaded from, and what arrives.
extension PreflightRun {
  mutating func checkWeights(of backbone: BackboneEntry, isFirst: Bool) {
    guard let graph = backbone.graph else { return checkNames(of: backbone) }
    let entries = entries(for: backbone, isFirst: isFirst)
    var known = Set<String>()
    var isTold = true
    for item in entries {
      let outcome = load(item, into: backbone, graph)
      if let outcome { known.formUnion(outcome.loaded) } else { isTold = false }
    }
    add(RepeatedLoading.findings(entries.map(\.entry), backbone))
    if Place(config)["resume"]?.bool == true, !entries.contains(where: { $0.entry.scope == .model })
    {
      isTold = false
    }
    let keys = Arrival.keys(of: graph)
    let random = keys.filter { !known.contains($0.name) }
    guard isTold else { return }
    setCoverage(keys.isEmpty ? 1 : 1 - Double(random.count) / Double(keys.count), of: backbone)
    add(FreezeCheck.findings(backbone, graph, random: random, hasSources: !entries.isEmpty))
  }

  /// An entry with the file that stands in for its own.
  private struct Item {
    let entry: CheckpointEntry
    let file: String?
  }

  private func entries(for backbone: BackboneEntry, isFirst: Bool) -> [Item] {
    var entries = CheckpointEntry.backbone(backbone.place, owner: backbone.owner)
    entries += CheckpointEntry.pretrained(of: backbone.owner, scope: .owner)
    entries += CheckpointEntry.runner(config)
    guard isFirst, let file = options.checkpoint else {
      return entries.map { Item(entry: $0, file: nil) }
    }
    guard !entries.isEmpty else {
      let entry = CheckpointEntry(
        scope: .backbone, path: "--checkpoint", written: file, prefix: nil,
        location: backbone.place.location, prefixLocation: nil, isOption: true,
        spelling: .initConfig)
      return [Item(entry: entry, file: file)]
    }
    return entries.enumerated().map { Item(entry: $1, file: $0 == 0 ? file : nil) }
  }

  /// Loads an entry as the run would.
  ///
  /// - Returns: What arrives; nil if that cannot be told.
  private mutating func load(_ item: Item, into backbone: BackboneEntry, _ graph: ModelGraph)
    -> Arrival?
  {
    let entry = item.entry
    let name = SourceName(item.file ?? entry.written, caches: options.caches)
    add(PreparationCheck.findings(config, backbone, entry, fileName: name.fileName))
    guard let path = locate(name, entry, backbone) else { return nil }
    switch view(path) {
    case .failure(let error):
      record(entry, name, path, .unreadable, backbone)
      add([
        PreflightFinding(
          .unreadable, .error, at: entry.location,
          "the run stops when it loads \(shown(path)): the file cannot be read",
          because: "\(error)", instead: nil)
      ])
      return nil
    case .success(let view):
      let strips = item.file == nil && name.stripsBackbone
      let prefixes = entry.scope == .model ? backbone.modelPrefixes : ["backbone."]
      let arrivals = prefixes.map { prefix in
        Arrival(
          of: view.state, into: graph,
          by: entry.rule(for: backbone, modelPrefix: prefix, stripsBackbone: strips))
      }
      let arrival = arrivals.max { $0.loaded.count < $1.loaded.count } ?? arrivals[0]
      let mapping = view.mapping(to: graph)
      record(entry, name, path, .read, backbone, arrival, mapping?.report)
      add(DigestCheck.findings(view.checkpoint, entry))
      let diagnosis = Diagnosis(
        entry: entry, view: view, backbone: backbone, graph: graph, arrival: arrival,
        mapping: mapping, file: shown(path), stripsBackbone: strips)
      add(diagnosis.findings)
      if entry.isOption, !diagnosis.findings.contains(where: { $0.severity == .error }) {
        add([
          PreflightFinding(
            .randomBackbone, .note, at: entry.location,
            "the configuration does not load \(shown(path)) yet: its backbone starts at random",
            instead: entry.line(prefix: nil))
        ])
      }
      return arrival
    }
  }

  private func shown(_ path: String) -> String {
    path.split(separator: "/").last.map(String.init) ?? path
  }

  /// The file on this machine; nil, with a finding, if there is none.
  private mutating func locate(
    _ name: SourceName, _ entry: CheckpointEntry, _ backbone: BackboneEntry?
  ) -> String? {
    let path = options.caches.path(of: name)
    if let path, HubCaches.isFile(path) { return path }
    let finding = SourceFinding.missing(name, path, entry)
    record(entry, name, path, finding.severity == .error ? .unknown : .notHere, backbone)
    add([finding])
    return nil
  }

  private mutating func record(
    _ entry: CheckpointEntry, _ name: SourceName, _ path: String?,
    _ state: PreflightReport.Source.State, _ backbone: BackboneEntry?, _ arrival: Arrival? = nil,
    _ report: LoadReport? = nil
  ) {
    add(
      PreflightReport.Source(
        entry: entry.path, written: name.written, location: entry.location, url: name.url,
        file: path, state: state, backbone: backbone?.place.path, arrival: arrival,
        mapping: report?.summary))
  }

  /// Of a backbone that is not known at least that its checkpoints can be found and read.
  private mutating func checkNames(of backbone: BackboneEntry) {
    for entry in CheckpointEntry.backbone(backbone.place, owner: backbone.owner)
      + CheckpointEntry.pretrained(of: backbone.owner, scope: .owner)
      + CheckpointEntry.runner(config)
    {
      let name = SourceName(entry.written, caches: options.caches)
      guard let path = locate(name, entry, backbone) else { continue }
      switch view(path) {
      case .success(let view):
        record(entry, name, path, .read, backbone)
        add(DigestCheck.findings(view.checkpoint, entry))
      case .failure(let error):
        record(entry, name, path, .unreadable, backbone)
        add([
          PreflightFinding(
            .unreadable, .error, at: entry.location,
            "the run stops when it loads \(shown(path)): the file cannot be read",
            because: "\(error)")
        ])
      }
    }
  }
}

/// That a checkpoint is not to be found.
enum SourceFinding {
  static func missing(_ name: SourceName, _ path: String?, _ entry: CheckpointEntry)
    -> PreflightFinding
  {
    switch name.origin {
    case .unknownScheme(let scheme):
      return PreflightFinding(
        .unknownSource, .error, at: entry.location,
        "the run stops: no loader knows '\(scheme)://', so it looks for a file of this name",
        because:
          "mmengine's loaders know torchvision://, open-mmlab://, mmcls://, http://, https://, "
          + "s3://, petrel:// and pavi://")
    case .unknownName(let scheme, let closest):
      return PreflightFinding(
        .unknownSource, .error, at: entry.location,
        "the run stops: '\(name.written)' is no published name",
        because: "the names of \(scheme):// are those of \(HubTable.source)",
        instead: closest.first.map {
          entry.line(prefix: entry.prefix, checkpoint: "\(scheme)://\($0)")
        })
    case .storage(let scheme):
      return PreflightFinding(
        .notHere, .note, at: entry.location,
        "what arrives from '\(name.written)' cannot be told: \(scheme):// lies elsewhere",
        because: "with a copy of the file: --checkpoint FILE")
    case .address(let url):
      return PreflightFinding(
        .notHere, .note, at: entry.location,
        "\(name.fileName) is not on this machine: what arrives cannot be told",
        because: "the run downloads \(url); put it here: \(path ?? "")")
    case .file, .own:
      return PreflightFinding(
        .notHere, .note, at: entry.location,
        "\(name.written) is not here: what arrives cannot be told",
        because:
          "the run looks for the file \(path ?? name.written), from the folder it is started in")
    }
  }
}

/// The hexadecimal digits in a published file's name.
enum DigestCheck {
  static func findings(_ checkpoint: Checkpoint, _ entry: CheckpointEntry) -> [PreflightFinding] {
    guard let digits = ChecksumReport.hubHash(in: checkpoint.fileName),
      let sum = try? ChecksumReport.sha256(of: checkpoint), !sum.hasPrefix(digits)
    else { return [] }
    return [
      PreflightFinding(
        .digestDiffers, .warning, at: entry.location,
        "\(checkpoint.fileName) is not the file that was published under this name",
        because: "its SHA-256 begins with \(sum.prefix(digits.count)), its name says \(digits)")
    ]
  }
}
