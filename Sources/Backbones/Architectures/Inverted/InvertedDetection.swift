/// Recognises a network of inverted residual blocks by names and shapes. All blocks vote on each property.
struct InvertedDetection {
  private let architecture: InvertedArchitecture
  private let keys: KeyIndex
  private var evidence: [Detection.Evidence] = []
  private var arguments: BackboneArguments = [:]
  private var assumptions: [Detection.Assumption] = []
  private let flavor: Flavor

  /// Nil if kernels or expansions are not this architecture's, if there are fewer than three stages, or if a
  /// stage is missing between others.
  init?(_ architecture: InvertedArchitecture, _ keys: KeyIndex, _ hints: FileHints) {
    let tensors = keys.shared(InvertedTensors.init)
    var channels = [Votes<Int>](repeating: Votes(), count: tensors.layers.count)
    var kernels = [Votes<Int>](repeating: Votes(), count: tensors.layers.count)
    var expansions = [Votes<Int>](repeating: Votes(), count: tensors.layers.count)
    var stem = Votes<Int>()
    for (place, shape) in tensors.convolutions {
      let stage = place.stage - 1
      switch place.member {
      case "project": channels[stage].add(shape[0], "layer\(place.stage).\(place.index).project")
      case "depthwise": kernels[stage].add(shape[2])
      default: expansions[stage].add(shape[1] > 0 ? shape[0] / shape[1] : 0)
      }
      if place.stage == 1, place.index == 0, place.member == "depthwise" { stem.add(shape[0]) }
    }
    let seen = tensors.layers.count { $0 > 0 }
    // At least three stages are needed: the first two have the same kernels in every family.
    let count = tensors.layers.prefix { $0 > 0 }.count
    guard count == seen, count > 2, channels.prefix(count).allSatisfy({ $0.winner != nil }),
      zip(kernels, architecture.kernels).prefix(count)
        .allSatisfy({ $0.winner == nil || $0.winner == $1 }),
      expansions[0].winner == nil,
      expansions[1..<count].allSatisfy({
        $0.winner == nil || $0.winner == InvertedArchitecture.expansion
      })
    else { return nil }
    self.architecture = architecture
    self.keys = keys
    var names = (flavor: architecture.flavors[0], count: 0)
    for flavor in architecture.flavors {
      let count = keys.renamed[flavor.rawValue] ?? 0
      if count > names.count { names = (flavor, count) }
    }
    flavor = names.flavor
    readSizes(tensors, channels.prefix(count).compactMap(\.winner), stem)
    readPadding(hints)
  }

  private mutating func note(
    _ argument: String, _ value: ArgumentValue, label: String? = nil, seen: String
  ) {
    evidence.append(
      .init(argument: argument, label: label ?? argument, value: value, seen: seen))
    arguments[argument] = value
  }

  private mutating func readSizes(
    _ tensors: InvertedTensors, _ channels: [Int], _ stem: Votes<Int>
  ) {
    let count = channels.count
    note(
      "layers", ArgumentValue(Array(tensors.layers.prefix(count))), seen: "blocks of its stages")
    note("channels", ArgumentValue(channels), seen: "the last convolutions of its blocks")
    let stemShape = keys.shape(canonical: "stem.weight")
    if let width = stemShape?.first ?? stem.winner {
      note(
        "stem_channels", .integer(width), label: "stem channels",
        seen: keys.original(canonical: "stem.weight"))
    }
    if let stemShape, stemShape.count == 4 {
      note(
        "in_channels", .integer(stemShape[1]), label: "image channels",
        seen: keys.original(canonical: "stem.weight"))
    }
    if let shape = keys.shape(canonical: "layer8.conv.weight"), shape.count == 4,
      count == InvertedArchitecture.blockStages
    {
      note(
        "head_channels", .integer(shape[0]), label: "channels of the last convolution",
        seen: keys.original(canonical: "layer8.conv.weight"))
    } else {
      note(
        "num_stages", .integer(count), label: "number of stages",
        seen: "nothing behind stage \(count)")
    }
  }

  private mutating func readPadding(_ hints: FileHints) {
    let words = hints.words
    let isLite = architecture.padsAsTensorFlow
    if isLite, keys.renamed[Flavor.litePackage.rawValue] != nil {
      note("padding", "same", seen: "names of the package efficientnet_lite_pytorch")
    } else if isLite, words.contains(where: { $0.contains("tf") }) {
      note("padding", "same", seen: "the file's name")
    } else if keys.renamed[Flavor.torchvision.rawValue] != nil, !isLite {
      note("padding", "symmetric", seen: "names of torchvision")
    } else {
      arguments["padding"] = .string(isLite ? "same" : "symmetric")
      assumptions.append(
        .init(
          code: "padding",
          text: isLite
            ? "convolutions padded as in TensorFlow, norms with eps 0.001"
            : "convolutions padded as in PyTorch, norms with eps 1e-05",
          value: arguments["padding"]))
    }
    assumptions += [
      .init(code: "activation", text: "ReLU6 after the norms"),
      .init(code: "strides", text: "strides 1, 2, 2, 2, 1, 2, 1"),
    ]
  }

  /// The result, checked by building the network; nil if the file has too few of its keys or too many others.
  var detection: Detection? {
    guard let graph = try? architecture.graph(arguments, flavor: flavor) else { return nil }
    let names = graph.state.map {
      CanonicalName($0.name[...], names: .inverted) { graph.entry(named: $0) != nil }.name
    }
    let isMatched = zip(names, graph.state).map { keys.shape(canonical: $0) == $1.shape }
    let isWeight = graph.state.map { $0.role != .numBatchesTracked }
    let matched = isMatched.count { $0 }
    let matchedWeights = zip(isMatched, isWeight).count { $0 && $1 }
    let weights = isWeight.count { $0 }
    let own = Set(names)
    let strangers = zip(keys.keys, keys.canonical).filter { _, canonical in
      RenamingTables.inverted.stage(canonical.key.firstKeyComponent) != nil
        && !own.contains(canonical.key)
    }.map { keys.prefix + $0.0.key }
    guard matchedWeights * 4 >= weights, strangers.count * 10 <= matched else { return nil }
    let classes = keys.shape(canonical: "fc.weight").flatMap { $0.count == 2 ? $0[0] : nil }
    return Detection(
      backbone: architecture.name, flavor: flavor, arguments: arguments, prefix: keys.prefix,
      headClasses: classes, arithmetic: flavor, evidence: evidence, assumptions: assumptions,
      matchedKeys: matched, expectedKeys: graph.state.count, matchedWeights: matchedWeights,
      expectedWeights: weights, strangers: strangers,
      published: published(Double(matchedWeights) / Double(max(weights, 1))))
  }

  /// The published network with the recognised sizes and padding.
  private func published(_ share: Double) -> Detection.Published? {
    let sizes = ["layers", "channels", "stem_channels", "head_channels", "padding"]
    func described(_ arguments: BackboneArguments) -> [ArgumentValue?] {
      guard let all = try? InvertedConfiguration(architecture, arguments).arguments else {
        return []
      }
      return sizes.map { all[$0] }
    }
    let fitting = architecture.presets.filter { described($0.arguments) == described(arguments) }
    return (fitting.first { $0.flavor == flavor } ?? fitting.first).map {
      .init(name: $0.name, share: share, isWhole: share == 1 && arguments["num_stages"] == nil)
    }
  }
}
