import OrderedCollections
import PthBytes

/// Backbones by name: the equivalent of `@BACKBONES.register_module`.
///
/// A registry is a value: a trainer copies ``standard``, registers its own backbones in the copy and
/// passes it on. There is no global state to race for.
///
/// ```swift
/// var registry = BackboneRegistry.standard
/// try registry.register(
///   BackboneDefinition("TinyNet", arguments: [.init("width", .integer(1...512), "channels")]) {
///     arguments, _ throws(BackboneError) in
///     let width = arguments["width"]?.integer ?? 16
///     return try ModelGraph.build("TinyNet", inputChannels: 3) { net, input in
///       let conv1 = net.conv2d("conv1", in: 3, out: width, kernel: 3, stride: 2, padding: 1)
///       let bn1 = net.batchNorm2d("bn1", channels: width)
///       net.output("layer1", net.relu(bn1(conv1(input))))
///     }
///   })
/// let graph = try registry.makeGraph("TinyNet", arguments: ["width": 32])
/// ```
public struct BackboneRegistry: Sendable {
  private var definitionsByName: OrderedDictionary<String, BackboneDefinition> = [:]
  private var presetsByName: OrderedDictionary<String, BackbonePreset> = [:]

  /// A registry without backbones.
  package init() {}

  /// All families of this library, with their published presets.
  public static let standard: BackboneRegistry = {
    var registry = BackboneRegistry()
    for architecture in ResidualArchitecture.all {
      registry.definitionsByName[architecture.name] = architecture.definition
      for preset in architecture.presets { registry.presetsByName[preset.name] = preset }
    }
    for architecture in InvertedArchitecture.all {
      registry.definitionsByName[architecture.name] = architecture.definition
      for preset in architecture.presets { registry.presetsByName[preset.name] = preset }
    }
    return registry
  }()

  /// The tables of arguments of ``standard``'s architectures, without the rest of their definitions, which takes
  /// longer to make than many a command.
  package static var standardArguments: [ArgumentSpecification] {
    ResidualArchitecture.all.flatMap(\.table) + InvertedArchitecture.all.flatMap(\.table)
  }

  /// The architectures, in the order of registration.
  public var definitions: [BackboneDefinition] { Array(definitionsByName.values) }

  /// The published names, in the order of registration.
  public var presets: [BackbonePreset] { Array(presetsByName.values) }

  /// The architecture with exactly this name; presets and other spellings are not looked up.
  package func definition(named name: String) -> BackboneDefinition? { definitionsByName[name] }

  /// The arguments from which a graph can be built again, without those that follow from others.
  package func arguments(making graph: ModelGraph) -> BackboneArguments {
    graph.arguments.withoutTwins(table: definition(named: graph.backbone)?.arguments ?? [])
  }

  /// Adds an architecture.
  ///
  /// - Throws: ``BackboneError/alreadyRegistered(_:)`` if the name is taken.
  public mutating func register(_ definition: BackboneDefinition) throws(BackboneError) {
    try checkFree(definition.name)
    definitionsByName[definition.name] = definition
  }

  /// Adds a published name.
  ///
  /// - Throws: ``BackboneError/alreadyRegistered(_:)`` if the name is taken;
  ///   ``BackboneError/unknownBackbone(_:known:)`` if its architecture is not registered.
  public mutating func register(_ preset: BackbonePreset) throws(BackboneError) {
    try checkFree(preset.name)
    guard definitionsByName[preset.backbone] != nil else { throw unknown(preset.backbone) }
    presetsByName[preset.name] = preset
  }

  private func checkFree(_ name: String) throws(BackboneError) {
    guard definitionsByName[name] == nil, presetsByName[name] == nil else {
      throw .alreadyRegistered(name)
    }
  }

  /// A resolved name: the architecture, its canonical arguments and the flavor, before defaults are
  /// filled in.
  package struct Request: Sendable {
    package let definition: BackboneDefinition
    package let arguments: BackboneArguments
    package let flavor: Flavor
    /// The published name that was used; nil if the name was the architecture's own.
    package let preset: BackbonePreset?
    /// Whether the request or the published name determines the flavor.
    package let isFlavorGiven: Bool

    /// The arguments of the graph: all of them, with defaults filled in.
    ///
    /// - Throws: ``BackboneError`` if the arguments contradict each other.
    package func completeArguments() throws(BackboneError) -> BackboneArguments {
      if let completing = definition.completing { return try completing(arguments, flavor) }
      return try makeGraph().arguments
    }

    /// Makes the graph.
    ///
    /// - Throws: ``BackboneError`` if the arguments contradict each other.
    package func makeGraph() throws(BackboneError) -> ModelGraph {
      var graph = try definition.build(arguments, flavor)
      if graph.flavor == "custom" { graph.flavor = flavor }
      if graph.arguments.isEmpty { graph.arguments = arguments }
      graph.names = definition.names
      graph.initialization = definition.initialization(graph.arguments)
      return graph
    }
  }

  /// Finds an architecture or a preset by name, and overrides the preset's arguments by the given ones.
  ///
  /// If no name is equal, a tag of timm (`.in1k`) and upper and lower case are ignored.
  ///
  /// - Throws: ``BackboneError`` for an unknown name, flavor or argument, or an argument of the wrong
  ///   kind.
  package func resolve(
    _ name: String, arguments: BackboneArguments = [:], flavor: Flavor? = nil
  ) throws(BackboneError) -> Request {
    let preset = find(name, in: presetsByName)
    guard let definition = find(preset?.backbone ?? name, in: definitionsByName) else {
      throw unknown(name)
    }
    let table = definition.arguments
    let given = try arguments.normalized(by: table, backbone: definition.name)
    let merged = try (preset?.arguments ?? [:])
      .normalized(by: table, backbone: definition.name)
      .overridden(by: given, table: table)
    // Only timm names weights with a tag, so a name with a tag means timm's flavor.
    let implied = preset.flatMap { $0.name != name && name.contains(".") ? Flavor.timm : $0.flavor }
    let chosen = flavor ?? implied ?? definition.defaultFlavor(merged)
    guard definition.flavors.contains(chosen) else {
      throw .unknownFlavor(chosen, backbone: definition.name, known: definition.flavors)
    }
    return Request(
      definition: definition, arguments: merged, flavor: chosen, preset: preset,
      isFlavorGiven: flavor ?? implied != nil)
  }

  /// The graph of a backbone by its own name or by a preset's. The given arguments override the
  /// preset's.
  ///
  /// - Throws: ``BackboneError`` for an unknown name, flavor or argument, a value of the wrong kind, or
  ///   arguments that contradict each other.
  public func makeGraph(
    _ name: String, arguments: BackboneArguments = [:], flavor: Flavor? = nil
  ) throws(BackboneError) -> ModelGraph {
    try resolve(name, arguments: arguments, flavor: flavor).makeGraph()
  }

  /// Resolves the text of a backbone in a configuration file: `dict(type='Res2Net', depth=50, scales=4)`.
  ///
  /// - Throws: ``BackboneError`` if the text is not such a dict, and as ``resolve(_:arguments:flavor:)``.
  package func resolve(configuration text: String, flavor: Flavor? = nil) throws(BackboneError)
    -> Request
  {
    let value = try ArgumentValue(parsing: text)
    guard case .dictionary(let items) = value, let type = value["type"]?.string else {
      throw .unreadableLiteral(text, reason: "a backbone is written dict(type='…', …)")
    }
    var arguments = BackboneArguments()
    for item in items where item.key != "type" {
      guard arguments[item.key] == nil else { throw .repeatedArgument(item.key) }
      arguments[item.key] = item.value
    }
    return try resolve(type, arguments: arguments, flavor: flavor)
  }

  private func find<Entry>(
    _ name: String, in entries: OrderedDictionary<String, Entry>
  ) -> Entry? {
    if let entry = entries[name] { return entry }
    let bare = name.prefix { $0 != "." }.lowercased()
    return entries.first { $0.key.lowercased() == bare }?.value
  }

  /// The error for an unknown name: it lists the architectures, and the presets with a similar spelling or,
  /// if there are none, the longest common beginning.
  private func unknown(_ name: String) -> BackboneError {
    let closest = Spelling.closest(to: name, in: presetsByName.keys)
    guard closest.isEmpty else {
      return .unknownBackbone(name, known: Array(definitionsByName.keys) + closest)
    }
    let wanted = name.lowercased()
    let shared = presetsByName.keys.map { key in
      (key, zip(key.lowercased(), wanted).prefix { $0 == $1 }.count)
    }
    let best = shared.map(\.1).max() ?? 0
    let similar = best < 4 ? [] : shared.filter { $0.1 == best }.prefix(5).map(\.0)
    return .unknownBackbone(name, known: Array(definitionsByName.keys) + similar)
  }
}
