import PthBackbones
import PthCheckpoints
import PthConfigs
import PthKeyMapping
import PthReports
import PthTensors

/// Checks which files a backbone is loaded from, and which keys arrive.
extension PreflightRun {
  mutating func checkWeights(of backbone: BackboneEntry, isFirst: Bool) {
    if isFirst { checkTeacher() }
    guard let graph = backbone.graph else { return checkNames(of: backbone) }
    let entries = entries(for: backbone, isFirst: isFirst)
    var known = Set<String>()
    var isTold = true
    for entry in entries {
      let arrival = load(entry, into: backbone, graph)
      if let arrival { known.formUnion(arrival.loaded) } else { isTold = false }
    }
    add(RepeatedLoading.findings(entries, backbone))
    let unknown = UnknownLoading.findings(config, backbone)
    add(unknown)
    let keys = Arrival.keys(of: graph, without: backbone.absentRoles)
    let random = keys.filter { !known.contains($0.name) }
    let filled = RefilledKeys(backbone, graph)
    add(filled.findings(known: known, ArgumentContext(config)))
    guard isTold, unknown.isEmpty, filled.isTold else { return }
    let arrived = known.subtracting(filled.names).count
    setCoverage(
      keys.isEmpty ? 1 : Double(arrived) / Double(keys.count), of: backbone.place.path)
    add(FreezeCheck.findings(backbone, graph, random: random, hasSources: !entries.isEmpty))
  }

  private func entries(for backbone: BackboneEntry, isFirst: Bool) -> [CheckpointEntry] {
    var entries = CheckpointEntry.backbone(backbone.place, owner: backbone.owner)
    entries += CheckpointEntry.pretrained(of: backbone.owner, scope: .owner)
    entries += CheckpointEntry.runner(config)
    guard isFirst, let file = options.checkpoint else { return entries }
    if entries.isEmpty {
      entries.append(
        CheckpointEntry(
          scope: .backbone, path: "--checkpoint", written: file, prefix: nil,
          location: backbone.place.location, prefixLocation: nil, isOption: true,
          spelling: .initConfig))
    }
    entries[0].written = file
    entries[0].isReplaced = true
    return entries
  }

  /// Loads an entry as the run would.
  ///
  /// - Returns: The keys that arrive; nil if that is not known.
  private mutating func load(
    _ entry: CheckpointEntry, into backbone: BackboneEntry, _ graph: ModelGraph
  ) -> Arrival? {
    let name = SourceName(entry.written, caches: options.caches)
    add(PreparationCheck.findings(config, backbone, entry, fileName: name.fileName))
    guard let path = locate(name, entry, backbone),
      let view = read(path, name, entry, backbone)
    else { return nil }
    add(
      PreparationCheck.findings(
        config, backbone, view.checkpoint.hints, fileName: name.fileName))
    let strips = !entry.isReplaced && name.stripsBackbone
    let prefixes = entry.scope == .model ? backbone.modelPrefixes : ["backbone."]
    let arrivals = prefixes.map { prefix in
      Arrival(
        of: name.isOurs ? view.checkpoint.stateDict : view.state, into: graph,
        by: entry.rule(for: backbone, modelPrefix: prefix, stripsBackbone: strips),
        without: backbone.absentRoles)
    }
    let arrival = arrivals.max { $0.loaded.count < $1.loaded.count } ?? arrivals[0]
    let mapping = view.mapping(to: graph)
    record(entry, name, path, .read, backbone, arrival, mapping?.report)
    let diagnosis = Diagnosis(
      entry: entry, view: view, backbone: backbone, graph: graph, arrival: arrival,
      mapping: mapping, file: shown(path), stripsBackbone: strips)
    add(diagnosis.findings)
    if arrival.hasWeights, let mapping {
      look(
        into: view.checkpoint.stateDict, mapping, UsedPreparation(config, backbone),
        backbone.place.path, shown(path))
    }
    if entry.isOption, !diagnosis.findings.contains(where: { $0.severity == .error }) {
      add([
        PreflightFinding(
          .randomBackbone, .note, at: entry.location,
          "the configuration does not load \(shown(path)) yet: its backbone starts at random",
          instead: entry.line(prefix: nil))
      ])
    }
    return diagnosis.stopsTheRun ? nil : arrival
  }

  /// Finds how the file's training images were prepared, if photographs were given.
  mutating func look(
    into state: StateDict, _ mapping: KeyMapping, _ used: UsedPreparation?, _ backbone: String,
    _ file: String
  ) {
    guard let images else { return }
    let check = ImagesCheck(
      used: used, backbone: backbone, state: state, mapping: mapping, file: file, isNamed: isNamed)
    let result = check.result(images)
    add(result)
    // A published file has a finding with its reason already.
    let isKnown = findings.contains {
      [.preparation, .channelOrder].contains($0.kind) && $0.what.contains(file)
    }
    if !isKnown { add(check.findings(result)) }
  }

  /// The file as the loader reads it; nil, with a finding, if it cannot be read.
  mutating func read(
    _ path: String, _ name: SourceName, _ entry: CheckpointEntry, _ backbone: BackboneEntry?
  ) -> LoaderView? {
    switch view(path) {
    case .failure(let error):
      record(entry, name, path, .unreadable, backbone)
      add([
        PreflightFinding(
          .unreadable, error.isBeyondUs ? .note : .error, at: entry.location,
          error.isBeyondUs
            ? "what arrives from \(shown(path)) cannot be told: pthconv does not read it"
            : "the run stops when it loads \(shown(path)): the file cannot be read",
          because: "\(error)")
      ])
      return nil
    case .success(let view):
      guard name.isOurs || LoaderView.formats.contains(view.checkpoint.format) else {
        record(entry, name, path, .unreadable, backbone)
        add([
          PreflightFinding(
            .unreadable, .error, at: entry.location,
            "the run stops when it loads \(shown(path)): torch.load does not read such a file",
            because: "its format is \(view.checkpoint.format.rawValue); "
              + "'pthconv convert \(shown(path)) NAME.pth' writes one that it reads")
        ])
        return nil
      }
      add(DigestCheck.findings(view.checkpoint, entry))
      return view
    }
  }

  func shown(_ path: String) -> String {
    path.split(separator: "/").last.map(String.init) ?? path
  }

  /// The path of the file on this machine; nil, with a finding, if there is none.
  mutating func locate(
    _ name: SourceName, _ entry: CheckpointEntry, _ backbone: BackboneEntry?
  ) -> String? {
    let path = options.caches.path(of: name)
    if let path, HubCaches.isFile(path) { return path }
    let finding = SourceFinding.missing(
      name, path, entry, hasOwnCode: Place(config).value("custom_imports") != nil)
    record(entry, name, path, finding.severity == .error ? .unknown : .notHere, backbone)
    add([finding])
    return nil
  }

  mutating func record(
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

  /// Checks that the checkpoints of an unknown backbone can be found and read.
  private mutating func checkNames(of backbone: BackboneEntry) {
    for entry in CheckpointEntry.backbone(backbone.place, owner: backbone.owner)
      + CheckpointEntry.pretrained(of: backbone.owner, scope: .owner)
      + CheckpointEntry.runner(config)
    {
      let name = SourceName(entry.written, caches: options.caches)
      guard let path = locate(name, entry, backbone), read(path, name, entry, backbone) != nil
      else { continue }
      record(entry, name, path, .read, backbone)
    }
  }
}
