import PthBackbones
import PthTensors

/// The assignment of a checkpoint's tensors to the parameters of an unknown module, of which only the `state_dict()`
/// is given: by equal names and shapes, behind prefixes that are searched.
package struct ModuleMapping: Sendable {
  package let report: ModuleReport
  /// For each entry of the target the file's key that it is loaded from.
  package let sources: [String?]

  /// - Throws: ``KeyMappingError/invalidRevision(_:reason:)``.
  /// - Complexity: O(keys of both sides).
  package init(
    of state: StateDict, onto target: [ModuleEntry], options: MappingOptions = MappingOptions()
  ) throws(KeyMappingError) {
    let folded = FoldedState(asItIs: state)
    let names = try SourceNames(of: folded, revisions: options.revisions, removesWrappers: false)
    var reading = Reading(names, target, options.prefix)
    if reading.missingCount > 0 {
      // The file may be written from a compiled or wrapped module.
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

  /// The file's keys with or without wrapper words, and the best place of the module among them.
  private struct Reading {
    let keys: [SourceKey]
    let places: ModulePlaces
    let decisions: ModuleDecisions

    /// - Parameter prefix: the prefix of the module's keys; nil to find it.
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

/// The decisions about the keys of both sides.
struct ModuleDecisions {
  let place: ModulePlace
  /// For each entry of the target the index of its source; nil if there is none that fits.
  private(set) var sources: [Int?]
  /// For each entry the index of a source with its name that does not fit; nil if there is none.
  private(set) var misfits: [Int?]
  /// For each source the entry with its name, also if the source does not fit.
  private(set) var entries: [Int?]
  /// Indices of sources that a later source of the same name replaced.
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
      guard let entry = index[name], target[entry].name.isSpelled(like: name) else { continue }
      entries[number] = entry
      // If two keys get the same name, PyTorch uses the last.
      if let earlier = sources[entry] ?? misfits[entry] { overruled.insert(earlier) }
      let fits =
        target[entry].accepts(key.shape) && key.hasData && target[entry].accepts(key.dtype)
      sources[entry] = fits ? number : nil
      misfits[entry] = fits ? nil : number
    }
    // A tied tensor is filled if the file has either of its names. A source under the other name that does not
    // fit stays a misfit, because load_state_dict refuses it.
    for (number, entry) in target.enumerated() {
      guard let twin = entry.twin, target.indices.contains(twin) else { continue }
      if misfits[number] == nil { sources[number] = sources[number] ?? sources[twin] }
      if misfits[twin] == nil { sources[twin] = sources[twin] ?? sources[number] }
    }
  }
}
