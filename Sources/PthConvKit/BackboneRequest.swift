import OrderedCollections
import PthBytes
import PthBackbones
import PthCheckpoints
import PthKeyMapping
import PthReports
import PthTensors

extension BackboneRequest {
  /// The graph of the target, with missing arguments taken from the checkpoint as ``target(detection:registry:)``
  /// describes.
  ///
  /// - Throws: `BackboneError` as ``target(detection:registry:)``.
  package func graph(
    detection: Detection?, registry: BackboneRegistry = .standard
  ) throws(BackboneError) -> ModelGraph {
    try target(detection: detection, registry: registry).graph
  }

  /// Maps a checkpoint's state dict to this backbone; what the request leaves open is detected in the checkpoint.
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

  /// Maps a state dict to this backbone; what the request leaves open is detected in the state dict.
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

  /// Maps a state dict without usable names by the order of its shapes.
  ///
  /// The target is the published network of this architecture whose shapes have that order. If there is none, the
  /// result is `mapping`; if there are several, `mapping` with a warning that names them.
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
      // One network may fit in two ways; its mapping then has the warning.
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

/// Fills a backbone from a checkpoint: like `load_state_dict`, with a report on every key.
///
/// ```swift
/// let backbone = try PthConvKit.load("file.pth", into: .res2net(scales: 6), strict: false)
/// print(backbone.report.coverage.total.ofKeys)
/// let weight = backbone.weights["conv1.weight"]
/// ```
///
/// - Parameters:
///   - path: The checkpoint file.
///   - request: The backbone to fill.
///   - key: Dotted path of the state dict in the file; nil chooses the most plausible one.
///   - strict: Whether missing, unexpected or mismatched keys are an error.
///   - seed: The seed for initial values of tensors that the file does not have.
///   - options: How keys are matched.
/// - Throws: `CheckpointError`, `BackboneError` or `KeyMappingError`; ``IncompleteLoad`` if `strict` and the mapping
///   is not complete.
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

/// The error of a strict load with missing, unexpected or mismatched keys.
public struct IncompleteLoad: Error, CustomStringConvertible {
  /// The report of every key.
  public let report: LoadReport

  public var description: String {
    "\(report.missing.count) keys are missing, \(report.unexpected.count) unexpected, "
      + "\(report.mismatched.count) mismatched"
  }
}
