import PthBackbones
import PthCheckpoints
import PthConfigs
import PthKeyMapping
import PthReports
import PthTensors

/// The checks of a detectron2 configuration.
extension PreflightRun {
  mutating func checkDetectron2(_ network: Detectron2Network) {
    let settings = Detectron2Settings(config, registry)
    if let reason = network.unknown {
      add([
        PreflightFinding(
          .unknownBackbone, network.refusedSetting != nil ? .error : .note,
          at: settings.location(network.refusedSetting ?? "MODEL.BACKBONE.NAME"),
          network.refusedSetting != nil
            ? "the run stops: detectron2 does not build this backbone"
            : "\(network.path): weights and channels cannot be told", because: reason)
      ])
    }
    let arrived = loadDetectron2(network, settings)
    add(Detectron2Checks.outputs(settings, network))
    add(
      Detectron2Checks.rate(
        settings, bases: bases.map { ($0.path, Detectron2Settings($0, registry)) }, options))
    add(Detectron2Checks.smallBatch(settings, network, options))
    guard let graph = network.graph, let arrived else { return }
    let keys = Arrival.keys(of: graph)
    let random = keys.filter { !arrived.keys.contains($0.name) }
    setCoverage(
      keys.isEmpty ? 1 : 1 - Double(random.count) / Double(keys.count),
      of: network.path)
    add(
      Detectron2Checks.frozen(
        settings, network, random: random, isWhole: random.count == keys.count,
        hasSources: arrived.hasSource))
  }

  /// The keys of the backbone that a file fills, and whether a file is loaded at all; nil if that is not known.
  private mutating func loadDetectron2(
    _ network: Detectron2Network, _ settings: Detectron2Settings
  ) -> (keys: Set<String>, hasSource: Bool)? {
    let place = "MODEL.WEIGHTS"
    guard let written = options.checkpoint ?? settings.string(place) else {
      add([
        PreflightFinding(
          .opaque, .note, at: settings.location(place), "what \(place) loads cannot be told",
          because: "it is no text")
      ])
      return nil
    }
    guard !written.isEmpty else { return ([], false) }
    if options.checkpoint != nil, settings.string(place)?.isEmpty == true {
      add([
        PreflightFinding(
          .randomBackbone, .note, at: settings.location(place),
          "the configuration does not load \(written) yet: its backbone starts at random",
          instead: "WEIGHTS: \"\(written)\"")
      ])
    }
    let source = Detectron2Source(written, cache: options.caches.iopath)
    func record(
      _ state: PreflightReport.Source.State, _ arrival: Arrival? = nil, map: String? = nil
    )
      -> PreflightReport.Source
    {
      PreflightReport.Source(
        entry: place, written: written, location: settings.location(place), url: source.url,
        file: source.path, state: state, backbone: network.path, arrival: arrival,
        mapping: map)
    }
    let known = source.published(registry)
    if let known { add(Detectron2Checks.preparation(settings, network, known, source.fileName)) }
    guard let path = source.path, HubCaches.isFile(path) else {
      add(record(source.unknownScheme == nil ? .notHere : .unknown))
      add([Detectron2Checks.missing(source, settings)])
      return nil
    }
    let file: Detectron2File
    do {
      file = try Detectron2File(path, source)
    } catch {
      add(record(.unreadable))
      add([
        PreflightFinding(
          .unreadable, error.isBeyondUs ? .note : .error, at: settings.location(place),
          error.isBeyondUs
            ? "what arrives from \(source.fileName) cannot be told: pthconv does not read it"
            : "the run stops when it loads \(source.fileName): the file cannot be read",
          because: "\(error)")
      ])
      return nil
    }
    // detectron2 reads .pkl with pickle and all other files with torch.load.
    let isPickle = path.hasSuffix(".pkl")
    let format = file.checkpoint.format
    guard isPickle ? format == .pickle : LoaderView.formats.contains(format) else {
      add(record(.unreadable))
      add([
        PreflightFinding(
          .unreadable, .error, at: settings.location(place),
          "the run stops when it loads \(source.fileName): \(isPickle ? "pickle" : "torch.load") does "
            + "not read such a file", because: "its format is \(format.rawValue)")
      ])
      return nil
    }
    guard let graph = network.graph else {
      add(record(.read))
      return nil
    }
    let arrival = Arrival(
      of: file.loaded(into: graph, prefix: network.prefix, section: network.section), into: graph,
      by: Arrival.Rule(target: network.prefix, stripsModule: false))
    let mapping = mapping(of: file, to: graph)
    add(record(.read, arrival, map: mapping?.report.summary))
    if known == nil, let author = file.author, author == "torchvision" {
      add(
        Detectron2Checks.preparation(
          settings, network, .torchvision(registry.definition(named: graph.backbone)),
          source.fileName,
          because: "the file says that torchvision wrote its weights"))
    }
    let told = Detectron2Diagnosis(
      source: source, file: file, network: network, arrival: arrival, mapping: mapping,
      location: settings.location(place))
    add(told.findings)
    if arrival.hasWeights, let mapping {
      look(
        into: file.state, mapping, UsedPreparation(detectron2: settings), network.path,
        source.fileName)
    }
    return (told.filled, true)
  }

  private func mapping(of file: Detectron2File, to graph: ModelGraph) -> KeyMapping? {
    var options = MappingOptions(registry: registry)
    options.hints = file.checkpoint.hints
    return try? KeyMapping(of: file.checkpoint.stateDict, to: graph, options: options)
  }
}
