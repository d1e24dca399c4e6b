import Backbones

/// What the checkpoint itself is, as far as its keys tell.
struct SourceDescription {
  let keyCount: Int
  let prefix: String
  /// The backbone under the prefix; nil if it is none that is known.
  let detection: Detection?
  /// Whether it was only recognised after its keys were renamed: names of an implementation whose
  /// arithmetic is not described here.
  let isRenamed: Bool
  private let options: MappingOptions

  /// - Throws: ``KeyMappingError/impossibleSource(_:)`` if the source flavor is none of the
  ///   recognised architecture.
  init(
    _ keys: [SourceKey], prefix: String, options: MappingOptions
  ) throws(KeyMappingError) {
    keyCount = keys.count
    self.prefix = prefix
    self.options = options
    let found = options.registry.detectAll(keys.map(\.keyShape), fileName: options.fileName)
    if let detection = found.first(where: { $0.prefix == prefix }) {
      self.detection = detection
      isRenamed = false
    } else {
      detection = options.registry.detect(Self.renamed(keys, prefix), fileName: options.fileName)
      isRenamed = detection != nil
    }
    if let flavor = options.sourceFlavor, let detection {
      do {
        _ = try options.registry.resolve(detection.backbone, flavor: flavor)
      } catch {
        throw .impossibleSource("\(error)")
      }
    }
  }

  /// The keys under the prefix as timm would call them.
  private static func renamed(_ keys: [SourceKey], _ prefix: String) -> [KeyShape] {
    keys.filter { $0.name.hasPrefix(prefix) }.map { key in
      let name = CanonicalName(key.name.dropFirst(prefix.count).split(separator: ".")).name
      let deepNorm = "conv1.7."
      return KeyShape(
        name.hasPrefix(deepNorm) ? "bn1." + name.dropFirst(deepNorm.count) : name, key.shape)
    }
  }

  /// What the target was asked to be and the checkpoint is not.
  func contradictions(with target: ModelGraph) -> [String] {
    guard let detection else { return [] }
    guard detection.backbone == target.backbone else {
      return ["the checkpoint is a \(detection.backbone); you asked for \(target.backbone)"]
    }
    return detection.contradictions(with: target.arguments)
  }

  /// The graphs that the checkpoint may have been trained with: its flavor, and others whose names
  /// are the same. Empty if that is unknown.
  ///
  /// What keys cannot tell (style, strides…) is taken to be as in the target.
  func graphs(like target: ModelGraph) -> [ModelGraph] {
    guard let detection, options.sourceFlavor != nil || (detection.arithmetic != nil && !isRenamed)
    else { return [] }
    var arguments = detection.arguments
    if options.sourceFlavor != nil { arguments["stage_pooling"] = nil }
    let open = detection.assumptions.map(\.code) + ["out_indices", "frozen_stages", "num_classes"]
    let flavors =
      options.registry.definitions.first { $0.name == detection.backbone }?.flavors ?? []
    let graphs = (options.sourceFlavor.map { [$0] } ?? [detection.flavor] + flavors).compactMap {
      flavor -> ModelGraph? in
      var full = arguments
      for name in open {
        guard let value = target.arguments[name], value != .null else { continue }
        var extended = full
        extended[name] = value
        // An implementation need not have every argument.
        if (try? options.registry.makeGraph(detection.backbone, arguments: extended, flavor: flavor))
          != nil
        {
          full = extended
        }
      }
      return try? options.registry.makeGraph(detection.backbone, arguments: full, flavor: flavor)
    }
    guard let own = graphs.first else { return [] }
    let names = Set(own.stateIndex.keys)
    return options.sourceFlavor != nil
      ? graphs : graphs.filter { Set($0.stateIndex.keys) == names }
  }

  /// The registry and the target, for trying other arguments.
  func rebuilt(_ target: ModelGraph, with name: String, _ value: ArgumentValue) -> ModelGraph? {
    var arguments = target.portableArguments
    arguments[name] = value
    return try? options.registry.makeGraph(
      target.backbone, arguments: arguments, flavor: target.flavor)
  }

  /// Whether the person has said what the source's arithmetic is.
  var flavorIsGiven: Bool { options.sourceFlavor != nil }
}
