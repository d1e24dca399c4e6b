import PthBackbones
import PthTensors

/// Makes a report of the decisions about a module's keys.
struct ModuleAssembly {
  let keys: [SourceKey]
  let target: [ModuleEntry]
  let places: ModulePlaces
  let decisions: ModuleDecisions
  let state: StateDict

  private var place: ModulePlace { decisions.place }

  func report() -> ModuleReport {
    var loaded: [LoadReport.Loaded] = []
    var filled: [LoadReport.Filled] = []
    var mismatched: [ModuleReport.Mismatched] = []
    var missing: [ModuleReport.Missing] = []
    var coverage = Coverage.Share()
    let parents = sourceParents()
    for (number, entry) in target.enumerated() {
      if let source = decisions.sources[number] {
        loaded.append(self.loaded(keys[source], entry, isTwin: decisions.entries[source] != number))
        coverage.add(entry, isLoaded: true)
      } else if let source = decisions.misfits[number] {
        mismatched.append(self.mismatched(keys[source], entry))
        coverage.add(entry, isLoaded: false)
      } else if entry.isCounter, !isRequired(entry, parents) {
        filled.append(
          .init(
            target: entry.name,
            why: "keeps the module's count: the file does not give this norm version 2 or later")
        )
      } else {
        missing.append(.init(target: entry.name, shape: entry.shape))
        coverage.add(entry, isLoaded: false)
      }
    }
    let unexpected = self.unexpected()
    let verdict: MappingVerdict =
      if !hasWeights {
        .nothing
      } else if !missing.isEmpty || !mismatched.isEmpty {
        .partial
      } else if unexpected.contains(where: \.isInNetwork) {
        .foreign
      } else {
        .complete
      }
    return ModuleReport(
      verdict: verdict, sourcePrefix: place.sourcePrefix, targetPrefix: place.targetPrefix,
      loaded: loaded, filled: filled, mismatched: mismatched, missing: missing,
      unexpected: unexpected, coverage: coverage,
      warnings: warnings(coverage, missing, mismatched, unexpected))
  }

  private var hasWeights: Bool {
    let weights = target.indices.filter { target[$0].isWeight }
    let decisive = weights.isEmpty ? Array(target.indices) : weights
    return decisive.contains { decisions.sources[$0] != nil }
  }

  private func loaded(_ key: SourceKey, _ entry: ModuleEntry, isTwin: Bool) -> LoadReport.Loaded {
    var steps: [String] = []
    if key.isRevised { steps.append("\(key.original) revised to \(key.name)") }
    if key.name != key.revised { steps.append("wrappers removed") }
    if !place.sourcePrefix.isEmpty { steps.append("prefix \(place.sourcePrefix) removed") }
    if !place.targetPrefix.isEmpty { steps.append("prefix \(place.targetPrefix) added") }
    if isTwin { steps.append("the same tensor under another name") }
    let how: LoadReport.How =
      isTwin
      ? .rule
      : place != .top || key.name != key.revised ? .prefix : key.isRevised ? .revised : .exact
    return .init(
      source: key.original, otherParts: [], target: entry.name, how: how,
      rule: steps.isEmpty ? nil : steps.joined(separator: "; "),
      convertedFrom: key.dtype == entry.dtype ? nil : key.dtype.rawValue)
  }

  private func mismatched(_ key: SourceKey, _ entry: ModuleEntry) -> ModuleReport.Mismatched {
    let hint =
      !key.hasData
      ? "the file has this tensor's shape without its values"
      : entry.accepts(key.shape)
        ? "\(key.dtype.rawValue) is not taken for \(entry.dtype.rawValue), which "
          + "load_state_dict would copy it into"
        : key.shape.sorted() == entry.shape.sorted()
          ? "the same lengths in another order" : "the checkpoint's layer has a different size"
    return .init(
      source: key.original, target: entry.name, sourceShape: key.shape, targetShape: entry.shape,
      hint: hint)
  }

  /// For the path of each target module the path of the file's module that its tensors come from.
  private func sourceParents() -> [Substring: Substring] {
    var parents: [Substring: Substring] = [:]
    for (number, source) in decisions.sources.enumerated() {
      if let source { parents[target[number].name.keyParent] = keys[source].original.keyParent }
    }
    return parents
  }

  /// Whether PyTorch's strict loading would require a batch norm's counter: from version 2 of the module on.
  private func isRequired(_ counter: ModuleEntry, _ parents: [Substring: Substring]) -> Bool {
    guard let versions = state.moduleVersions, let parent = parents[counter.name.keyParent]
    else { return false }
    return versions[String(parent), default: 1] >= 2
  }

  private func unexpected() -> [ModuleReport.Unexpected] {
    let own = modulePaths()
    return keys.enumerated().compactMap { number, key in
      if decisions.overruled.contains(number) {
        return .init(
          source: key.original, shape: key.shape, why: "a later key has the same name",
          isInNetwork: false)
      }
      guard decisions.entries[number] == nil else { return nil }
      guard key.name.hasPrefix(place.sourcePrefix) else {
        return .init(
          source: key.original, shape: key.shape, why: "not under \(place.sourcePrefix)",
          isInNetwork: false)
      }
      let name = String(key.name.dropFirst(place.sourcePrefix.count))
      let words = name.keyComponents
      // The index of the first component whose path the module does not have.
      let foreign =
        words.indices.first { !own.contains(words[...$0].joined(separator: ".")) }
        ?? words.count - 1
      // A module whose classifier was removed may still have the norm before it: `head.norm` without `head.fc`.
      let isBehind = [0, foreign].allSatisfy {
        NetworkExtent.isBehindTheStages(words[$0].lowercased())
      }
      let isCounter = name.lastKeyComponent == "num_batches_tracked"
      return .init(
        source: key.original, shape: key.shape,
        why: foreign == words.count - 1
          ? "the module has no tensor of this name"
          : "the module has nothing called \(words[...foreign].joined(separator: "."))",
        isInNetwork: !isBehind && !isCounter)
    }
  }

  /// The target's keys and the paths of the modules around them, without the prefix: `head.norm.weight`,
  /// `head.norm` and `head`.
  private func modulePaths() -> Set<String> {
    var paths: Set<String> = []
    for entry in target where entry.name.hasPrefix(place.targetPrefix) {
      var path = entry.name.dropFirst(place.targetPrefix.count)
      while !path.isEmpty, paths.insert(String(path)).inserted {
        path = path[..<(path.lastIndex(of: ".") ?? path.startIndex)]
      }
    }
    return paths
  }

  private func warnings(
    _ coverage: Coverage.Share, _ missing: [ModuleReport.Missing],
    _ mismatched: [ModuleReport.Mismatched], _ unexpected: [ModuleReport.Unexpected]
  ) -> [LoadWarning] {
    var warnings: [LoadWarning] = []
    if !missing.isEmpty || !mismatched.isEmpty {
      warnings.append(
        LoadWarning(
          .lowCoverage,
          "not all of the module comes from the file: \(coverage.loadedKeys) of \(coverage.keys) "
            + "keys are loaded", keys: missing.map(\.target) + mismatched.map(\.target)))
    }
    let foreign = unexpected.filter(\.isInNetwork)
    if let first = foreign.first, hasWeights {
      let others = foreign.count == 1 ? "" : " and \(foreign.count - 1) more"
      warnings.append(
        LoadWarning(
          .unusedInNetwork,
          "the file's network holds tensors that the module has no place for, so it may compute "
            + "something else: \(first.source)\(others)"
            + (RenamedPerhaps.holds(
              missing: missing.map(\.shape), unused: unexpected.map(\.shape))
              ? "; each missing tensor has one of its shape among those unused: perhaps the names alone "
                + "differ, and renaming the keys mends it" : "")))
    }
    let used = places.candidates.first { $0.place == place }?.matches ?? 0
    let others = places.candidates.filter {
      $0.place != place && $0.place.targetPrefix == place.targetPrefix && used > 0
        && $0.matches * 10 >= used * 9
    }
    if !others.isEmpty {
      func name(_ place: ModulePlace) -> String {
        place.sourcePrefix.isEmpty ? "no prefix" : place.sourcePrefix
      }
      warnings.append(
        LoadWarning(
          .severalCopies,
          "the module is in the file \(others.count + 1) times: the one under \(name(place)) is "
            + "used, not \(others.map { name($0.place) }.joined(separator: ", ")); choose with a "
            + "prefix"))
    }
    return warnings
  }
}

extension Coverage.Share {
  fileprivate mutating func add(_ entry: ModuleEntry, isLoaded: Bool) {
    keys += 1
    elements &+= entry.elementCount
    if isLoaded {
      loadedKeys += 1
      loadedElements &+= entry.elementCount
    }
  }
}
