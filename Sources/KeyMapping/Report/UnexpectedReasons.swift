import PthBackbones

/// Finds the reasons why source keys are not used.
struct UnexpectedReasons {
  struct Reason {
    /// The reason, for reports.
    let why: String
    /// The key's canonical name in the mapped network; nil if the key is not part of it.
    let nameInNetwork: String?
    /// The addition to the network that it belongs to, if that is known.
    let part: String?

    fileprivate init(_ why: String, nameInNetwork: String? = nil, part: String? = nil) {
      self.why = why
      self.nameInNetwork = nameInNetwork
      self.part = part
    }
  }

  private let prefix: String
  private let decisions: Decisions
  private let keys: [SourceKey]
  /// Prefixes of other copies of the backbone.
  private let copies: Set<Substring>
  private let copyLengths: Set<Int>
  private let target: ModelGraph
  /// The names of the second set of weights that mmcv's EMAHook keeps. The hook swaps both sets before it saves, so
  /// the plain names hold the averages.
  private let averages: Set<String>
  /// Number of blocks in each stage of the target (`layer1`…).
  private let blocks: [Substring: Int]
  private let extent: NetworkExtent

  init(
    keys: [SourceKey], decisions: Decisions, copies: [PrefixSearch.Candidate], index: TargetIndex
  ) {
    prefix = decisions.prefix
    self.decisions = decisions
    self.keys = keys
    let most = copies.first?.matches ?? 0
    self.copies = Set(
      copies.filter {
        $0.prefix != decisions.prefix && $0.matches * 2 >= most && $0.matches >= Self.minimumMatches
      }.map { $0.prefix[...] })
    copyLengths = Set(self.copies.map(\.utf8.count))
    target = index.graph
    let hasAverages = keys.contains { $0.name.hasPrefix(Self.average) }
    averages =
      hasAverages
      ? Set(keys.map { Self.average + String($0.name.map { $0 == "." ? "_" : $0 }) }) : []
    extent = NetworkExtent(keys, prefix: decisions.prefix, in: index)
    var blocks: [Substring: Int] = [:]
    for module in target.modules {
      guard case .block = module.kind else { continue }
      let parts = module.path.keyComponents
      if parts.count == 2, let number = Int(parts[1]) {
        blocks[parts[0]] = max(blocks[parts[0]] ?? 0, number + 1)
      }
    }
    self.blocks = blocks
  }

  /// Why a key under the prefix is not used.
  ///
  /// - Parameter entry: the target's entry with this name, if there is one.
  func unused(_ key: SourceKey, meaning entry: Int?) -> Reason {
    if let average = average(key) { return Reason(average) }
    let name = key.name.withoutPrefix(prefix)
    if let entry {
      let wanted = target.state[entry]
      if wanted.stage == .head {
        return Reason(
          key.shape.count == wanted.shape.count && key.shape.dropFirst() == wanted.shape.dropFirst()
            ? "a classifier of \(key.shape[0]) classes where the backbone has \(wanted.shape[0])"
            : "a classifier of shape \(key.shape) where the backbone has \(wanted.shape)")
      }
      let rival = decisions.sources[entry].map { keys[$0].original } ?? wanted.name
      return Reason(
        "\(wanted.name) is already filled by \(rival)",
        nameInNetwork: wanted.role == .numBatchesTracked ? nil : wanted.name)
    }
    return inside(key, nameInComplement(key) ?? name)
  }

  /// The name, without prefix, of a key in a part of the network under another prefix.
  private func nameInComplement(_ key: SourceKey) -> Substring? {
    decisions.complements.lazy.compactMap { $0.name(of: key.name, names: target.names) }.first
  }

  /// Why a key is not used that is part of the network, unless its name shows that it is not.
  private func inside(_ key: SourceKey, _ name: Substring) -> Reason {
    guard let nameInNetwork = extent.nameInNetwork(name) else {
      return Reason(whyBeside(key, name))
    }
    let part = extent.part(name, shape: key.shape)
    return Reason(
      part.map { "the backbone has no such parameter: \($0)" } ?? place(of: name)
        ?? "the backbone has no such parameter",
      nameInNetwork: nameInNetwork, part: part)
  }

  /// The reason for all but the last of several keys with the same revised name.
  static let superseded = Reason(
    "the revisions give a later key the same name; the last one is used")

  /// Why a key in the network is not used, if its block or stem does not exist in the backbone; else nil.
  private func place(of name: Substring) -> String? {
    let parts = name.split(separator: ".")
    if parts.count > 2, let block = Int(parts[1]), let count = blocks[parts[0]], block >= count {
      return "the backbone's \(parts[0]) has \(count) blocks"
    }
    if let first = parts.first, target.names.stage(first) == .stem {
      let own = target.state.first { $0.stage == .stem }.map { " (\($0.name)…)" } ?? ""
      return "the stem differs from the backbone's\(own)"
    }
    return nil
  }

  /// Why a key under the prefix is not used that is no part of the network.
  private func whyBeside(_ key: SourceKey, _ name: Substring) -> String {
    if Self.classifiers.contains(where: name.hasPrefix) {
      return key.shape.count == 2
        ? "a classifier of \(key.shape[0]) classes; the backbone has none"
        : "a classifier; the backbone has none"
    }
    if name.hasSuffix("num_batches_tracked") {
      return place(of: name) ?? "the backbone keeps no such counter"
    }
    let first = name.prefix { $0 != "." }
    if case .layer = target.names.stage(first) { return "the backbone has no \(first)" }
    return whyOutside(key)
  }

  /// Why a key that is not under the prefix is not used.
  func outside(_ key: SourceKey) -> Reason {
    if let average = average(key) { return Reason(average) }
    return nameInComplement(key).map { inside(key, $0) } ?? betweenStages(key)
      ?? Reason(whyOutside(key))
  }

  /// The reason for additions such as non-local blocks that work inside of the backbone with parameters outside of
  /// it; nil for all other keys, and for parts of a neck or a head.
  private func betweenStages(_ key: SourceKey) -> Reason? {
    let wrappers = zip(key.components, prefix.split(separator: ".")).prefix { $0 == $1 }.count
    let own = key.components.dropFirst(wrappers)
    guard let first = own.first, own.count > 1, own.count < 5, copy(of: key) == nil,
      !own.contains(where: { NetworkExtent.isBehindTheStages($0.lowercased()) }),
      let part = NetworkPart.label(Array(own), shape: key.shape, isConvolutionBias: false),
      NetworkPart.isBetweenStages(part)
    else { return nil }
    return Reason(
      "beside the backbone, which has no such parameter: \(part)",
      nameInNetwork: String(key.name[first.startIndex...]), part: part)
  }

  private func whyOutside(_ key: SourceKey) -> String {
    if let copy = copy(of: key) { return "another backbone, under \(copy)" }
    // Components that the key shares with the backbone's prefix are skipped: for `module.neck.conv` the word is
    // `neck`.
    let parts = key.name.split(separator: ".")
    let wrappers = zip(parts.dropLast(), prefix.split(separator: ".")).prefix { $0 == $1 }.count
    return "not a part of the backbone: \(parts.dropFirst(wrappers).first ?? "")"
  }

  /// The prefix of the copy of the backbone that a key is in.
  private func copy(of key: SourceKey) -> Substring? {
    guard !copies.isEmpty else { return nil }
    let name = key.name
    for (offset, byte) in name.utf8.enumerated()
    where byte == UInt8(ascii: ".") && copyLengths.contains(offset + 1) {
      let prefix = Substring(name.utf8.prefix(offset + 1))
      if copies.contains(prefix) { return prefix }
    }
    return nil
  }

  private func average(_ key: SourceKey) -> String? {
    averages.contains(key.name)
      ? "mmcv's EMAHook keeps the weights before averaging as ema_*; the averages are used" : nil
  }

  /// The minimum number of matches under another prefix for it to be a copy of the backbone.
  static let minimumMatches = 5
  /// The beginning of EMAHook's names; the rest is the key with underscores in place of dots.
  private static let average = "ema_"
  /// The names of the classifier in published implementations.
  private static let classifiers = ["fc.", "head.", "linear.", "classifier."]
}
