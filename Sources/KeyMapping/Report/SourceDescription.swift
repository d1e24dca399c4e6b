import OrderedCollections
import PthBackbones

/// The checkpoint's own network, as far as keys and metadata show it.
struct SourceDescription {
  let keyCount: Int
  let prefix: String
  /// The backbone under the prefix; nil if none was recognised.
  let detection: Detection?
  /// The backbones under other prefixes.
  let others: [Detection]
  private let options: MappingOptions

  /// - Parameter alignedNames: the names of the keys, if an alignment by order found them.
  /// - Throws: ``KeyMappingError/impossibleSource(_:)`` if the recognised architecture does not have the source
  ///   flavor.
  init(
    _ keys: [SourceKey], prefix: String, alignedNames: [KeyShape]? = nil, options: MappingOptions
  ) throws(KeyMappingError) {
    keyCount = keys.count
    self.prefix = prefix
    self.options = options
    let found =
      options.detections
      ?? options.registry.detectAll(keys.map(\.keyShape), hints: options.hints)
    if let alignedNames {
      detection = options.registry.detect(alignedNames, hints: options.hints)
    } else {
      detection = found.first { $0.prefix == prefix }
    }
    others = found.filter { $0.prefix != prefix }
    if let flavor = options.sourceFlavor, let detection {
      do {
        _ = try options.registry.resolve(detection.backbone, flavor: flavor)
      } catch {
        throw .impossibleSource("\(error)")
      }
    }
  }

  /// Whether the recognised network has batch norms without `num_batches_tracked` (frozen batch norms).
  var hasNormsWithoutCounters: Bool {
    guard let detection,
      let state = try? options.registry.makeGraph(
        detection.backbone, arguments: detection.arguments(for: detection.flavor),
        flavor: detection.flavor
      ).state
    else { return false }
    return state.contains { $0.role == .runningMean }
      && !state.contains { $0.role == .numBatchesTracked }
  }

  /// The argument for a recognised network's depth: `depth` or `layers`.
  func identity(of detection: Detection) -> (name: String, value: ArgumentValue)? {
    options.registry.definition(named: detection.backbone)?.identity(in: detection.arguments)
  }

  /// Contradictions between the requested target and the checkpoint, a sentence each.
  func contradictions(with target: ModelGraph) -> [String] {
    guard let detection else { return [] }
    guard detection.backbone == target.backbone else {
      return ["the checkpoint is a \(detection.backbone); you asked for \(target.backbone)"]
    }
    return detection.contradictions(with: target.arguments, flavor: target.flavor)
  }

  /// The graph that the checkpoint was trained with; nil if it is not known.
  ///
  /// If several implementations have the file's key names, one that computes the same as `target` is preferred.
  /// Arguments that no key shows (style, strides…) are taken from the target.
  func origin(like target: ModelGraph) -> ModelGraph? {
    guard let detection, !detection.isUnknownVariant,
      flavorIsGiven || detection.arithmetic != nil,
      let origin = graph(detection, options.sourceFlavor ?? detection.flavor, like: target)
    else { return nil }
    if flavorIsGiven || target.firstDifference(from: origin) == nil { return origin }
    let definition = options.registry.definition(named: detection.backbone)
    let names = Set(origin.state.map(\.name))
    for flavor in definition?.flavors ?? [] where flavor != detection.flavor {
      if let other = graph(detection, flavor, like: target), Set(other.state.map(\.name)) == names,
        target.firstDifference(from: other) == nil
      {
        return other
      }
    }
    return origin
  }

  /// The graph that the checkpoint was trained with, and the first difference of `target` from it.
  ///
  /// Nil if the target computes the same as some implementation with these key names, or if the checkpoint's graph
  /// is not known.
  func difference(from target: ModelGraph) -> (origin: ModelGraph, first: GraphDifference)? {
    guard let origin = origin(like: target), let first = target.firstDifference(from: origin)
    else { return nil }
    return (origin, first)
  }

  /// The detected backbone in a flavor; nil if the flavor does not support the detected arguments.
  private func graph(
    _ detection: Detection, _ flavor: Flavor, like target: ModelGraph
  ) -> ModelGraph? {
    let definition = options.registry.definition(named: detection.backbone)
    var arguments = detection.arguments(for: flavor)
    // A given flavor determines the arithmetic, so these arguments get the flavor's defaults.
    if flavorIsGiven { for name in definition?.openArguments ?? [] { arguments[name] = nil } }
    func make(_ arguments: BackboneArguments) -> ModelGraph? {
      try? options.registry.makeGraph(detection.backbone, arguments: arguments, flavor: flavor)
    }
    var open = BackboneArguments()
    let own = (definition?.arguments ?? []).filter { row in
      switch row.bearing {
      case .network: false
      case .use: true
      // A target with fewer stages is compared with the first stages of the file's network.
      case .extent:
        target.arguments[row.name]?.integer ?? .max
          < detection.arguments[row.name]?.integer ?? .max
      }
    }
    for name in detection.assumptions.map(\.code) + own.map(\.name) {
      if let value = target.arguments[name], value != .null { open[name] = value }
    }
    if let graph = make(arguments.merging(open)) { return graph }
    // The flavor may not support every argument of the target.
    for (name, value) in open.values where make(arguments.merging([name: value])) != nil {
      arguments[name] = value
    }
    return make(arguments)
  }

  /// The target with another value of one argument; nil if that is impossible.
  func rebuilt(_ target: ModelGraph, with name: String, _ value: ArgumentValue) -> ModelGraph? {
    var arguments = options.registry.arguments(making: target)
    arguments[name] = value
    return try? options.registry.makeGraph(
      target.backbone, arguments: arguments, flavor: target.flavor)
  }

  /// Whether the caller gave the flavor of the source's arithmetic.
  var flavorIsGiven: Bool { options.sourceFlavor != nil }
}
