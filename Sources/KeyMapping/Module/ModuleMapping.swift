import PthBackbones
import PthTensors

/// Which tensor of a checkpoint becomes which parameter of a module of which nothing is known but
/// its `state_dict()`: the same names and shapes, in a place that is found.
package struct ModuleMapping: Sendable {
  package let report: ModuleReport
  /// For each entry of the target the source key that it is loaded from, as the file has it.
  package let sources: [String?]

  /// - Throws: ``KeyMappingError`` if a revision cannot be used.
  /// - Complexity: O(keys of both sides).
  package init(
    of state: StateDict, onto target: [ModuleEntry], options: MappingOptions = MappingOptions()
  ) throws(KeyMappingError) {
    let folded = FoldedState(asItIs: state)
    let names = try SourceNames(of: folded, revisions: options.revisions, removesWrappers: false)
    var reading = Reading(names, target, options.prefix)
    if reading.missingCount > 0 {
      // A file written from a compiled or wrapped module, for the bare one.
      let bare = try SourceNames(of: folded, revisions: options.revisions)
      if bare.names != names.names {
        let other = Reading(bare, target, options.prefix)
        if other.missingCount < reading.missingCount { reading = other }
      }
    }
    report = ModuleAssembly(
      keys: reading.keys, target: target, places: reading.places, decisions: reading.decisions,
      state: state
    ).report()
    sources = reading.decisions.sources.map { $0.map { reading.keys[$0].original } }
  }

  /// The file's keys under one form of their names, and where the module is among them.
  private struct Reading {
    let keys: [SourceKey]
    let places: ModulePlaces
    let decisions: ModuleDecisions

    /// - Parameter prefix: what stands before the module's keys; nil to find it.
    init(_ names: SourceNames, _ target: [ModuleEntry], _ prefix: String?) {
      keys = SourceKeys(names).keys
      places = ModulePlaces(keys, target)
      let place =
        prefix.map { ModulePlace(sourcePrefix: MappingOptions.dotted($0), targetPrefix: "") }
        ?? places.best(keys, target)
      decisions = ModuleDecisions(keys, target, place)
    }

    var missingCount: Int { decisions.sources.count { $0 == nil } }
  }
}

/// The decision about each key.
struct ModuleDecisions {
  let place: ModulePlace
  /// For each entry of the target the index of its source, if that fits.
  private(set) var sources: [Int?]
  /// For each entry the index of a source of its name that does not fit.
  private(set) var misfits: [Int?]
  /// For each source its entry, fitting or not.
  private(set) var entries: [Int?]
  /// Sources whose entry was taken by a later source of the same name.
  private(set) var overruled: Set<Int> = []

  init(_ keys: [SourceKey], _ target: [ModuleEntry], _ place: ModulePlace) {
    self.place = place
    sources = Array(repeating: nil, count: target.count)
    misfits = sources
    entries = Array(repeating: nil, count: keys.count)
    let index = Dictionary(
      target.enumerated().map { ($0.element.name, $0.offset) }, uniquingKeysWith: { $1 })
    for (number, key) in keys.enumerated() where key.name.hasPrefix(place.sourcePrefix) {
      let name = place.targetPrefix + key.name.dropFirst(place.sourcePrefix.count)
      guard let entry = index[name] else { continue }
      entries[number] = entry
      // If two keys get the same name, PyTorch takes the last.
      if let earlier = sources[entry] ?? misfits[entry] { overruled.insert(earlier) }
      let fits =
        target[entry].accepts(key.shape) && key.hasData && target[entry].accepts(key.dtype)
      sources[entry] = fits ? number : nil
      misfits[entry] = fits ? nil : number
    }
    // One tensor under two names is filled by either.
    for (number, entry) in target.enumerated() {
      guard let twin = entry.twin, target.indices.contains(twin) else { continue }
      sources[number] = sources[number] ?? sources[twin]
      sources[twin] = sources[twin] ?? sources[number]
    }
  }
}
