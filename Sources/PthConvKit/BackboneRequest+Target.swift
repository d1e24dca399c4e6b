import OrderedCollections
import PthBackbones

extension BackboneRequest {
  /// The resolved target of a request.
  package struct Target: Sendable {
    package let graph: ModelGraph
    /// The arguments that were not requested, with the source of their values.
    package let choices: [TargetChoice]
  }

  /// Resolves the request to a target network.
  ///
  /// A published network has the arguments that belong to its name. For an architecture or a family of networks,
  /// missing arguments are taken from the checkpoint. Without a flavor the target has the checkpoint's flavor, if the
  /// arguments allow it.
  ///
  /// - Parameter detection: The network detected in the checkpoint. It is used only if it has the requested
  ///   architecture.
  /// - Throws: `BackboneError` for an unknown name or arguments that contradict each other.
  package func target(
    detection: Detection?, registry: BackboneRegistry = .standard
  ) throws(BackboneError) -> Target {
    let asked = try registry.resolve(name, arguments: arguments, flavor: flavor)
    guard let detection, detection.backbone == asked.definition.name else {
      let graph = try asked.makeGraph()
      return Target(graph: graph, choices: asked.defaults(in: graph))
    }
    let own = try? Target(asked, detection, detection.flavor, registry)
    guard !asked.isFlavorGiven, let own, try own.isAsked(asked) else {
      return try Target(asked, detection, asked.isFlavorGiven ? asked.flavor : nil, registry)
    }
    return own
  }
}

extension BackboneRequest.Target {
  /// - Parameter flavor: nil for the default flavor of the arguments.
  fileprivate init(
    _ asked: BackboneRegistry.Request, _ detection: Detection, _ flavor: Flavor?,
    _ registry: BackboneRegistry
  ) throws(BackboneError) {
    var arguments = asked.arguments
    if asked.isPublishedNetwork {
      arguments = asked.definition.publishedArguments.merging(arguments)
    }
    // If a network is given by `layers` without a block type, the block is the file's; `depth` would imply it.
    for row in asked.definition.arguments {
      guard let twin = row.replaces, arguments[row.name] == nil, arguments[twin] != nil else {
        continue
      }
      for name in row.implies where arguments[name] == nil {
        arguments[name] = detection.evidence.first { $0.argument == name }?.value
      }
    }
    var taken: [TargetChoice] = []
    let followed = asked.followedArguments
    let usual = try? asked.completeArguments()
    for (name, value) in detection.arguments(for: flavor ?? asked.flavor).values
    where followed.contains(name) && arguments[name] == nil {
      arguments[name] = value
      let seen = detection.evidence.first { $0.argument == name }?.seen
      // Assumed values are listed among the detection's assumptions.
      if seen == nil, detection.assumptions.contains(where: { $0.code == name }) { continue }
      // The argument that names the network (depth or layers) is always reported.
      let row = asked.definition.arguments.first { $0.name == name }
      let isUsual = row?.replaces == nil && usual?[name].map { value.agrees(with: $0) } ?? false
      taken.append(
        TargetChoice(name, value, .file(seen: seen ?? "what the file is called"), isUsual: isUsual))
    }
    let request = try registry.resolve(
      asked.definition.name, arguments: arguments, flavor: flavor)
    graph = try request.makeGraph()
    if let flavor, !asked.isFlavorGiven {
      taken.append(
        TargetChoice(
          "flavor", .string(flavor.rawValue), .file(seen: "names of \(detection.flavor)"),
          isUsual: flavor == asked.flavor))
    }
    choices = taken + request.defaults(in: graph)
  }

  /// Whether the target is still the published network that was requested, if one was: a flavor may force arguments of
  /// another network.
  fileprivate func isAsked(_ asked: BackboneRegistry.Request) throws(BackboneError) -> Bool {
    guard asked.isPublishedNetwork, graph.flavor != asked.flavor else { return true }
    return try graph.parameterCount == asked.makeGraph().parameterCount
  }
}

extension BackboneRegistry.Request {
  /// Whether the name belongs to a single published network.
  fileprivate var isPublishedNetwork: Bool { preset.map { !$0.isFamily } ?? false }

  /// The arguments whose values may be taken from the file.
  fileprivate var followedArguments: Set<String> {
    if isPublishedNetwork { return definition.openArguments }
    let given = definition.arguments.filter { arguments[$0.name] != nil }
    return Set(definition.arguments.map(\.name))
      .subtracting(given.flatMap { $0.fixes + [$0.replaces].compactMap(\.self) })
  }

  /// The default of the argument that names the network (`depth`), if it was neither requested nor detected.
  fileprivate func defaults(in graph: ModelGraph) -> [TargetChoice] {
    for row in definition.arguments {
      guard let twin = row.replaces, let value = graph.arguments[row.name], value != .null else {
        continue
      }
      let isGiven = arguments[row.name] != nil || arguments[twin] != nil
      return isGiven ? [] : [TargetChoice(row.name, value, .standard)]
    }
    return []
  }
}
