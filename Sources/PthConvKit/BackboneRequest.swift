import OrderedCollections
import PthBytes
import PthBackbones
import PthCheckpoints
import PthKeyMapping
import PthReports
import PthTensors

extension BackboneRequest {
  /// The graph, with every argument that was left out as the checkpoint shows it; see
  /// ``target(detection:registry:)``.
  ///
  /// - Throws: `BackboneError`.
  package func graph(
    detection: Detection?, registry: BackboneRegistry = .standard
  ) throws(BackboneError) -> ModelGraph {
    try target(detection: detection, registry: registry).graph
  }

  /// Maps a checkpoint's state dict into this backbone, what was left out detected from it.
  ///
  /// - Throws: `BackboneError`, `KeyMappingError`.
  package func mapping(
    of checkpoint: Checkpoint, options: MappingOptions = MappingOptions()
  ) throws -> KeyMapping {
    var options = options
    let fileName = options.fileName
    options.hints = checkpoint.hints
    options.hints.fileName = fileName ?? checkpoint.fileName
    return try mapping(of: checkpoint.stateDict, options: options)
      .warning(.severalStateDicts(in: checkpoint)).warning(.oneShard(checkpoint))
  }

  /// Maps a state dict into this backbone, what was left out detected from it.
  ///
  /// - Throws: `BackboneError`, `KeyMappingError`.
  package func mapping(
    of state: StateDict, options: MappingOptions = MappingOptions()
  ) throws -> KeyMapping {
    var options = options
    let names = try SourceNames(of: state, options: options)
    let (detections, source) = concurrently { [options] in
      options.registry.detectAll(names.keyShapes, hints: options.hints)
    } _: {
      SourceKeys(names)
    }
    options.detections = detections
    let detection = options.chosen(from: detections)
    let target = try target(detection: detection, registry: options.registry)
    let mapping = try KeyMapping(of: source, to: target.graph, options: options)
      .withChoices(target.choices)
    guard detections.isEmpty, mapping.report.loaded.isEmpty else {
      return mapping
    }
    return try aligned(source, options: options, otherwise: mapping)
  }

  /// The mapping into the published network of this architecture whose order of shapes the state
  /// dict has, for files without usable names; `mapping` if there is none, and with a warning that
  /// names them if there are several.
  private func aligned(
    _ source: SourceKeys, options: MappingOptions, otherwise mapping: KeyMapping
  ) throws -> KeyMapping {
    let registry = options.registry
    let asked = try registry.resolve(name, arguments: arguments, flavor: flavor)
    guard asked.preset == nil else { return mapping }
    let shapes = Set(source.names.keyShapes.map(\.shape))
    var tried: Set<[KeyShape]> = []
    var found: [(preset: String, mapping: KeyMapping)] = []
    for preset in registry.presets where preset.backbone == asked.definition.name {
      // Requested arguments override the preset's; both together may contradict each other.
      guard
        let graph = try? registry.makeGraph(
          preset.name, arguments: arguments, flavor: asked.flavor),
        graph.state.allSatisfy({ $0.isBuffer || shapes.contains($0.shape) }),
        tried.insert(graph.keyShapes).inserted
      else { continue }
      let candidate = try KeyMapping(of: source, to: graph, options: options)
      // One network may fit in two orders; its mapping says so.
      if candidate.report.loaded.contains(where: { $0.how == .alignment })
        || candidate.report.warnings.contains(where: { $0.code == .alignmentAmbiguous })
      {
        let choice = asked.definition.identity(in: graph.arguments).map { name, value in
          TargetChoice(name, value, .file(seen: "the order of shapes"))
        }
        found.append((preset.name, candidate.withChoices([choice].compactMap(\.self))))
      }
    }
    return found.count > 1 ? mapping.refusing(found.map(\.preset)) : found.first?.mapping ?? mapping
  }
}

/// Fills a backbone from a checkpoint: what `load_state_dict` does, with a report of every key.
///
/// ```swift
/// let backbone = try PthConvKit.load("file.pth", into: .res2net(scales: 6), strict: false)
/// print(backbone.report.coverage.total.ofKeys)
/// let weight = backbone.weights["conv1.weight"]
/// ```
///
/// - Parameters:
///   - path: The checkpoint.
///   - request: The backbone that is wanted.
///   - key: Dotted path of the state dict in the file; nil for the likeliest.
///   - strict: Whether missing, unexpected or mismatched keys are an error.
///   - seed: The seed of values that the file does not have.
///   - options: How keys are matched.
/// - Throws: `CheckpointError`, `BackboneError`, `KeyMappingError`; ``IncompleteLoad`` if `strict`.
public func load(
  _ path: String, into request: BackboneRequest, key: String? = nil, strict: Bool = false,
  seed: Int = 0, options: MappingOptions = MappingOptions()
) throws -> LoadedBackbone {
  let checkpoint = try Checkpoint.open(path, key: key)
  let mapping = try request.mapping(of: checkpoint, options: options)
  let backbone = try LoadedBackbone(mapping, from: checkpoint.stateDict, seed: seed)
  if strict, !backbone.report.isComplete { throw IncompleteLoad(report: backbone.report) }
  return backbone
}

/// A strict load that did not find a counterpart for every key.
public struct IncompleteLoad: Error, CustomStringConvertible {
  /// The report of every key.
  public let report: LoadReport

  public var description: String {
    "\(report.missing.count) keys are missing, \(report.unexpected.count) unexpected, "
      + "\(report.mismatched.count) mismatched"
  }
}
