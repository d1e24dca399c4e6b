import OrderedCollections
import PthBackbones
import PthInitializers
import PthTensors

/// Makes a report of the decisions about a mapping's keys.
struct ReportAssembly {
  let keys: [SourceKey]
  let decisions: Decisions
  /// Prefixes behind which the target's keys were found, best first.
  let copies: [PrefixSearch.Candidate]
  let index: TargetIndex
  /// How missing parameters are initialised; nil for the flavor's `init_weights`.
  let initialization: [InitializationRule]?
  let targetPrefix: String
  let source: SourceDescription
  /// Versions of the source's modules; nil if the file has none.
  let moduleVersions: [String: Int]?

  private var target: ModelGraph { index.graph }

  func report() -> LoadReport {
    var loaded: [LoadReport.Loaded] = []
    var mismatched: [LoadReport.Mismatched] = []
    var missing: [LoadReport.Missing] = []
    var filled: [LoadReport.Filled] = []
    var isLoaded = [Bool?](repeating: false, count: target.state.count)
    let contradictions = source.contradictions(with: target)
    // Lazy, since most mappings miss nothing.
    lazy var plan = InitializationPlan(for: target, rules: initialization)
    // Frozen norms have no counter, so the target's counters are not missing.
    lazy var hasFrozenNorms = source.hasNormsWithoutCounters
    for (number, entry) in target.state.enumerated() {
      let name = targetPrefix + entry.name
      // Lazy, since loaded entries need no text.
      lazy var initializer = plan.initializer(ofEntryAt: number).description
      let from = decisions.sources[number]
      if let from, case .loaded(_, let how, let rule) = decisions.decisions[from] {
        isLoaded[number] = true
        let dtype = keys[from].dtype
        loaded.append(
          .init(
            source: keys[from].original, otherParts: keys[from].otherParts, target: name, how: how,
            rule: rule,
            convertedFrom: dtype == entry.dtype ? nil : dtype.rawValue))
      } else if let from {
        mismatched.append(
          .init(
            source: keys[from].original, otherParts: keys[from].otherParts, target: name,
            sourceShape: keys[from].shape, targetShape: entry.shape, stage: entry.stage,
            hint: hint(for: keys[from], entry, contradictions), initializer: initializer))
      } else if entry.role == .numBatchesTracked, hasFrozenNorms || !isCounterRequired(number) {
        isLoaded[number] = nil
        filled.append(
          .init(
            target: name,
            why: hasFrozenNorms
              ? "starts at 0: frozen batch norms count no batches"
              : "starts at 0: the file does not give this norm version 2 or later"))
      } else {
        missing.append(
          .init(target: name, shape: entry.shape, stage: entry.stage, initializer: initializer))
      }
    }
    let weights = target.state.indices.filter {
      target.state[$0].role.isWeight && target.state[$0].stage != .head
    }
    let hasWeights =
      weights.isEmpty ? !loaded.isEmpty : weights.contains { isLoaded[$0] == true }
    return LoadReport(
      backbone: target.backbone, flavor: target.flavor, targetPrefix: targetPrefix,
      source: .init(
        prefix: decisions.prefix, complements: decisions.complements, keyCount: keys.count,
        detection: source.detection,
        contradictions: contradictions),
      loaded: loaded, filled: filled, mismatched: mismatched, missing: missing,
      unexpected: unexpected(), coverage: Coverage(of: target, isLoaded: isLoaded),
      assumptions: assumptions, warnings: [],
      folds: folds, hasWeights: hasWeights)
  }

  /// The assumptions about properties that the file does not show. Assumptions about absent parts are left out if
  /// parts were found under another prefix.
  private var assumptions: [Detection.Assumption] {
    (source.detection?.assumptions ?? []).filter {
      decisions.complements.isEmpty || !$0.isOfAbsentPart
    }.map(ofTarget) + decisions.assumptions
  }

  /// An assumption with the target's own value in place of the value that detection assumes.
  private func ofTarget(_ assumption: Detection.Assumption) -> Detection.Assumption {
    guard target.backbone == source.detection?.backbone, let seen = assumption.value,
      let own = target.arguments[assumption.code], own != seen
    else { return assumption }
    return Detection.Assumption(
      code: assumption.code,
      text: "\(assumption.code) \(own.commandLineText), as the target has it",
      affectsOutputs: assumption.affectsOutputs, value: own)
  }

  /// The number of loaded parameters that were folded, by method.
  private var folds: OrderedDictionary<String, Int> {
    decisions.sources.reduce(into: [:]) { counts, source in
      guard let source, let fold = keys[source].fold,
        case .loaded = decisions.decisions[source]
      else { return }
      counts[fold.description, default: 0] += 1
    }
  }

  /// Whether PyTorch's strict loading would require a batch norm's counter: from version 2 of the module on.
  private func isCounterRequired(_ counter: Int) -> Bool {
    guard let moduleVersions else { return false }
    let module = target.modules[target.state[counter].module]
    let sibling = module.state.compactMap { decisions.sources[$0] }.first
    let path =
      sibling.map { parent(of: keys[$0].original) }
      ?? Substring("\(decisions.prefix)\(module.path)")
    return moduleVersions[String(path), default: 1] >= 2
  }

  private func parent(of key: String) -> Substring {
    key.lastIndex(of: ".").map { key[..<$0] } ?? ""
  }

  private func hint(
    for key: SourceKey, _ entry: StateEntry, _ contradictions: [String]
  ) -> String {
    if !key.hasData { return "the file has this tensor's shape without its values" }
    if entry.accepts(key.shape) { return "\(key.dtype) cannot be converted to \(entry.dtype)" }
    if let sentence = dimensions(of: key, entry) { return sentence }
    // Prefer a sentence that mentions this part of the network.
    let parts = entry.name.split(separator: ".").dropLast()
    let about = contradictions.first { sentence in
      parts.contains { $0.contains(where: \.isLetter) && sentence.contains($0) }
    }
    if let sentence = about ?? contradictions.first { return sentence }
    if key.shape.sorted() == entry.shape.sorted() { return "the same lengths in another order" }
    if key.shape.reduce(1, { $0 &* $1 }) == entry.elementCount {
      return "the same number of elements in another shape"
    }
    return "the checkpoint's layer has a different size"
  }

  /// A reason that the two shapes of a convolution show; nil if they show none.
  private func dimensions(of key: SourceKey, _ entry: StateEntry) -> String? {
    let (own, wanted) = (key.shape, entry.shape)
    guard entry.role == .convWeight, wanted.count == 4 else { return nil }
    if own.count == 5 { return "a convolution over three dimensions, the backbone's is over two" }
    if own.count == 3 { return "a convolution over one dimension, the backbone's is over two" }
    let channels = target.inputChannels
    guard entry.stage == .stem, own.count == 4, wanted[1] == channels, own[1] != channels,
      own[0] == wanted[0], own[2...] == wanted[2...]
    else { return nil }
    return "the file's network takes images of \(own[1]) channel\(own[1] == 1 ? "" : "s"), "
      + "the backbone of \(channels)"
  }

  private func unexpected() -> [LoadReport.Unexpected] {
    lazy var reasons = UnexpectedReasons(
      keys: keys, decisions: decisions, copies: copies, index: index)
    return keys.indices.compactMap { index in
      let key = keys[index]
      let reason: UnexpectedReasons.Reason
      switch decisions.decisions[index] {
      case .loaded, .mismatched: return nil
      case .unused(let entry): reason = reasons.unused(key, meaning: entry)
      case .outside: reason = reasons.outside(key)
      case .superseded: reason = UnexpectedReasons.superseded
      }
      return .init(
        source: key.original, otherParts: key.otherParts, shape: key.shape, why: reason.why,
        nameInNetwork: reason.nameInNetwork,
        part: reason.part)
    }
  }
}

extension StateRole {
  /// Whether it is the weight of a convolution or linear layer.
  fileprivate var isWeight: Bool { self == .convWeight || self == .linearWeight }
}
