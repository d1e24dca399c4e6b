import PthBackbones
import PthInitializers
import PthTensors

/// The assignment of a checkpoint's tensors to a backbone's parameters, by names and shapes, without reading
/// values.
///
/// In the order of trust: the caller's options; equal names; the prefix behind which most keys match; other
/// implementations' names; and if no name is known, the order of shapes.
package struct KeyMapping: Sendable {
  package private(set) var report: LoadReport
  package let target: ModelGraph
  private let initialization: [InitializationRule]?
  /// For each entry of the target's ``ModelGraph/state`` the file's key that it is loaded from; for a folded
  /// parameter the key of its first part.
  package let sources: [String?]
  /// For each entry the folded parameter, if the file has the entry in parts.
  private let folded: [Tensor?]
  private let source: SourceDescription

  /// How missing parameters are initialised.
  ///
  /// - Complexity: O(modules × rules).
  package var plan: InitializationPlan { InitializationPlan(for: target, rules: initialization) }

  /// The graph that the checkpoint was trained with, in its own implementation; nil if keys and
  /// options do not determine it. Arguments that no key shows are taken from the target.
  package var origin: ModelGraph? { source.origin(like: target) }

  /// Maps a checkpoint's keys to a backbone's.
  ///
  /// - Throws: ``KeyMappingError`` if a revision cannot be used, or if the checkpoint's architecture does not
  ///   have the source flavor.
  /// - Complexity: O(keys of both sides).
  package init(
    of state: StateDict, to target: ModelGraph, options: MappingOptions = MappingOptions()
  ) throws(KeyMappingError) {
    let names = try SourceNames(of: state, options: options)
    try self.init(of: SourceKeys(names), to: target, options: options)
  }

  /// Maps keys that were already read with the same options.
  package init(
    of source: SourceKeys, to target: ModelGraph, options: MappingOptions
  ) throws(KeyMappingError) {
    let folded = source.names.folded
    let keys = source.keys
    let index = TargetIndex(target)
    let copies = PrefixSearch(keys, in: index).candidates
    let prefix = options.prefix.map(MappingOptions.dotted) ?? copies.first?.prefix ?? ""
    // If the caller gives a prefix, only keys under it are mapped.
    let complements =
      options.prefix == nil
      ? PrefixComplement.all(beside: prefix, of: copies, in: index) : PrefixComplement.Found()
    var decisions = Decisions(keys, prefix: prefix, complements.used, to: index)
    var warnings: [LoadWarning] = []
    var alignedNames: [KeyShape]?
    if options.prefix == nil, NamelessAlignment.isCalledFor(by: decisions, target) {
      switch NamelessAlignment(keys, to: index, options.registry) {
      case .none: break
      case .only(let alignment):
        decisions = Decisions(alignment, keys: keys, to: index)
        alignedNames = alignment.names
      case .several(let candidates):
        warnings.append(Self.ambiguous(candidates))
      }
    }
    let source = try SourceDescription(
      keys, prefix: decisions.prefix, alignedNames: alignedNames, options: options)
    var report = ReportAssembly(
      keys: keys, decisions: decisions, copies: copies, index: index,
      initialization: options.initialization,
      targetPrefix: MappingOptions.dotted(options.targetPrefix), source: source,
      moduleVersions: folded.state.moduleVersions
    ).report()
    if report.verdict == .nothing {
      // A recognised backbone of other widths is the same architecture, so the reason is the shapes.
      let isKnown = report.source.detection != nil && !report.mismatched.isEmpty
      report.reasonForNothing =
        isKnown
        ? report.source.contradictions.first
          ?? (keys.contains(where: LikelyReason.isQuantized)
            ? LikelyReason.quantized : "its layers have other shapes than the backbone's")
        : LikelyReason.text(
          keys, asked: options.prefix, found: copies.first,
          isRecognised: report.source.detection != nil)
    }
    report.warnings =
      warnings
      + MappingWarnings(
        report: report, source: source, target: target, undecided: complements.undecided
      ).all(copies: copies)
    self.report = report
    self.target = target
    self.source = source
    initialization = options.initialization
    let loaded = decisions.sources.map { index -> SourceKey? in
      guard let index, case .loaded = decisions.decisions[index] else { return nil }
      return keys[index]
    }
    sources = loaded.map { $0?.original }
    self.folded = loaded.map { key in key?.fold.flatMap { folded.state[$0.name] } }
  }

  /// The tensor that an entry of the target is loaded from, folded if the file has it in parts; nil if the
  /// entry has no source.
  ///
  /// - Parameter state: the state dict that was mapped.
  package func tensor(ofEntryAt index: Int, in state: StateDict) -> Tensor? {
    folded[index] ?? sources[index].flatMap { state[$0] }
  }

  /// The statistics of an entry's values that an earlier survey computed; nil if there are none or the file has
  /// the entry in parts.
  func seen(entryAt index: Int, in survey: ValueSurvey) -> ValueSurvey.Finding? {
    folded[index] == nil ? sources[index].flatMap { survey[$0] } : nil
  }

  /// This mapping with a warning that the order of shapes fits several candidates.
  package func refusing(_ candidates: [String]) -> KeyMapping {
    warning(Self.ambiguous(candidates))
  }

  /// This mapping with a warning in front of the others; unchanged if the warning is nil.
  package func warning(_ warning: LoadWarning?) -> KeyMapping {
    var mapping = self
    if let warning { mapping.report.warnings.insert(warning, at: 0) }
    return mapping
  }

  /// This mapping with a warning if the dtypes of a module, whose entries otherwise equal the target's, cannot
  /// hold the loaded values.
  ///
  /// - Throws: errors of reading the tensors.
  package func warningOfRange(of module: [ModuleEntry], in state: StateDict) throws -> KeyMapping {
    warning(
      try .outOfRange(in: module) { index in
        target.stateIndex[module[index].name].flatMap { tensor(ofEntryAt: $0, in: state) }
      })
  }

  /// This mapping with a list of the target's arguments that the request left out.
  package func withChoices(_ choices: [TargetChoice]) -> KeyMapping {
    var mapping = self
    mapping.report.choices = choices
    return mapping
  }

  private static func ambiguous(_ candidates: [String]) -> LoadWarning {
    LoadWarning(
      .alignmentAmbiguous,
      "no key name is known, and the shapes fit in more than one order: "
        + candidates.joined(separator: "; "))
  }
}
