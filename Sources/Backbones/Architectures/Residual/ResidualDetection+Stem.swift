extension ResidualDetection {
  /// Reads the stem's input channels, width and depth, as far as the file has them.
  mutating func readStem() {
    let rest = tensors.rest
    let deep = ["conv1.0", "conv1.1", "conv1.3", "conv1.4", "conv1.6", "conv1.7"]
    let isDeep = deep.contains { name in rest.keys.contains { $0.hasPrefix(name + ".") } }
    let isPlain = rest.convolution("conv1") != nil || rest.norm("bn1") != nil
    if isDeep {
      flavor = deepFlavor
    } else if registersSplitsLast {
      flavor = .mmpretrain
    }
    let first = isDeep ? "conv1.0" : "conv1"
    if let conv = rest.convolution(Substring(first)) {
      note("in_channels", .integer(conv[1]), seen: "\(own(first)) \(conv)")
    } else {
      assume("in_channels", "3 channels of the image: the stem's first convolution is not there")
    }
    let channels = stemChannels(isDeep: isDeep)
    note("stem_channels", .integer(channels.winner ?? baseChannels), seen: channels.witness)
    guard isDeep || isPlain else {
      let usual =
        shortcutVotes.winner ?? false || channels.winner.map { $0 != baseChannels } ?? false
      arguments["deep_stem"] = .boolean(usual)
      return assume(
        "deep_stem",
        "\(usual ? "a deep stem" : "a stem of one convolution"): the file has no stem")
    }
    let seen = isDeep ? deep.first { rest.convolution(Substring($0)) != nil } : "conv1"
    let shape = seen.flatMap { rest.convolution(Substring($0)) }
    note("deep_stem", .boolean(isDeep), seen: "\(own(seen ?? "conv1")) \(shape ?? [])")
  }

  /// The stem's output channels, from the shapes of its last layers and of the first block's input.
  private func stemChannels(isDeep: Bool) -> Votes<Int> {
    let rest = tensors.rest
    var votes = Votes<Int>()
    let last = isDeep ? "conv1.6" : "conv1"
    if let conv = rest.convolution(Substring(last)) { votes.add(conv[0], "\(own(last)) \(conv)") }
    if let norm = rest.norm(isDeep ? "conv1.7" : "bn1") { votes.add(norm, "the stem's norm") }
    let first = tensors.stages[0][0] ?? [:]
    for name in ["conv1", "downsample.0", "downsample.1"] {
      if let conv = first.convolution(Substring(name)) {
        votes.add(conv[1], "layer1.0.\(name) \(conv)")
      }
    }
    if votes.winner == nil, isDeep, let conv = rest.convolution("conv1.0") {
      votes.add(conv[0] * 2, "\(own("conv1.0")) \(conv)")
    }
    return votes
  }

  private func own(_ module: String) -> String {
    String(keys.original(canonical: module + ".weight").dropLast(".weight".count)) + ".weight"
  }

  /// The flavor with the file's names for the deep stem.
  private var deepFlavor: Flavor {
    let tables: [(table: String, flavor: Flavor)] = [
      ("mmpretrain-stem", .mmpretrain), ("mmdet-stem", .mmdet),
    ]
    let used = tables.max {
      keys.renamed[$0.table, default: 0] < keys.renamed[$1.table, default: 0]
    }
    guard let used, keys.renamed[used.table] != nil else { return architecture.deepStemFlavor }
    return used.flavor
  }

  /// Whether the splits' keys come last in most blocks: the registration order of mmdet and mmpretrain. False if
  /// the file's keys are sorted.
  private var registersSplitsLast: Bool {
    guard block == .bottle2neck else { return false }
    let wanted = ["conv1", "bn1", "conv3", "convs.0"].map { "\($0).weight" }
    let isWanted = WordIndex(wanted.map { $0[...] })
    var orders: [[Int: [Int]]] = Array(repeating: [:], count: tensors.stages.count)
    for entry in keys.canonical {
      guard let place = ResidualPlace(entry.key), let name = isWanted[place.member] else {
        continue
      }
      orders[place.stage][place.block, default: []].append(name)
    }
    let whole = orders.flatMap(\.values).filter { $0.count == wanted.count }
    return whole.count { $0.elementsEqual(wanted.indices) } * 2 > whole.count
  }
}

extension ResidualArchitecture {
  /// The preferred flavor whose deep stem is called `conv1`.
  var deepStemFlavor: Flavor {
    flavorOrder.first {
      guard let traits = flavors[$0] else { return false }
      return traits.deepStem == .conv1ThenNorm && traits.fixed["deep_stem"] == nil
    } ?? flavorOrder[0]
  }
}
