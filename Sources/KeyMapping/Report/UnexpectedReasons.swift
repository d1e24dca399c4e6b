import PthBackbones

/// Says why a source key is of no use to the target.
struct UnexpectedReasons {
  private let prefix: String
  private let decisions: Decisions
  private let keys: [SourceKey]
  private let copies: [PrefixSearch.Candidate]
  private let target: ModelGraph
  /// Names under which an exponential moving average would be kept, as mmcv's hook flattens them.
  private let averages: [String: String]
  /// Number of blocks in each stage of the target (`layer1`…).
  private let blocks: [Substring: Int]
  private let ownComponents: Set<Substring>

  init(
    keys: [SourceKey], decisions: Decisions, copies: [PrefixSearch.Candidate], index: TargetIndex
  ) {
    prefix = decisions.prefix
    self.decisions = decisions
    self.keys = keys
    self.copies = copies.filter {
      $0.prefix != decisions.prefix && $0.matches * 2 >= copies.first?.matches ?? 0
    }
    target = index.graph
    let hasAverages = keys.contains { $0.name.hasPrefix(Self.average) }
    averages =
      hasAverages
      ? Dictionary(
        keys.map { (Self.average + String($0.name.map { $0 == "." ? "_" : $0 }), $0.name) },
        uniquingKeysWith: { first, _ in first })
      : [:]
    ownComponents = index.ownComponents
    var blocks: [Substring: Int] = [:]
    for module in target.modules {
      let parts = module.path.split(separator: ".")
      if parts.count == 2, let number = Int(parts[1]), case .block = module.kind {
        blocks[parts[0]] = max(blocks[parts[0]] ?? 0, number + 1)
      }
    }
    self.blocks = blocks
  }

  /// Why a key under the prefix is not used.
  ///
  /// - Parameter entry: the target's entry that its name means, if any.
  func unused(_ key: SourceKey, meaning entry: Int?) -> String {
    if let average = average(key) { return average }
    let name = key.name.dropFirst(prefix.count)
    if let entry {
      let wanted = target.state[entry]
      if wanted.stage == .head {
        return "a classifier of shape \(key.shape) where the backbone has \(wanted.shape)"
      }
      let rival = decisions.sources[entry].map { keys[$0].original } ?? wanted.name
      return "\(wanted.name) is already filled by \(rival)"
    }
    let parts = name.split(separator: ".")
    if Self.classifiers.contains(where: name.hasPrefix) {
      return key.shape.count == 2
        ? "a classifier of \(key.shape[0]) classes; the backbone has none"
        : "a classifier; the backbone has none"
    }
    if parts.count > 2, parts[0].hasPrefix("layer"), let block = Int(parts[1]) {
      guard let count = blocks[parts[0]] else { return "the backbone has no \(parts[0])" }
      if block >= count { return "the backbone's \(parts[0]) has \(count) blocks" }
    }
    if name.hasSuffix("num_batches_tracked") { return "the backbone keeps no such counter" }
    if let stem = parts.first, Self.stems.contains(stem) {
      let own = target.state.first { $0.stage == .stem }.map { " (\($0.name)…)" } ?? ""
      return "a stem of another kind than the backbone's\(own)"
    }
    // Without a prefix, a key of a neck or a head stands beside the backbone's.
    let isElsewhere = prefix.isEmpty && parts.first.map(ownComponents.contains) == false
    return isElsewhere ? outside(key) : "the backbone has no such parameter"
  }

  /// Why a key that is not under the prefix is not used.
  func outside(_ key: SourceKey) -> String {
    if let average = average(key) { return average }
    let copy = copies.first { !$0.prefix.isEmpty && key.name.hasPrefix($0.prefix) }
    if let copy { return "another copy of the backbone, under \(copy.prefix)" }
    // What wraps the backbone and this key alike says nothing: of `module.neck.conv`, `neck` does.
    let parts = key.name.split(separator: ".")
    let wrappers = zip(parts.dropLast(), prefix.split(separator: ".")).prefix { $0 == $1 }.count
    return "not a part of the backbone: \(parts.dropFirst(wrappers).first ?? "")"
  }

  private func average(_ key: SourceKey) -> String? {
    averages[key.name].map { "a moving average of \($0)" }
  }

  /// How mmcv's hook begins the name of a moving average; the rest is the key with underscores.
  private static let average = "ema_"
  /// With what published implementations begin the names of a stem's modules.
  private static let stems: Set<Substring> = ["conv1", "bn1", "gn1", "stem"]
  /// What published implementations call the classifier.
  private static let classifiers = ["fc.", "head.", "linear.", "classifier."]
}
