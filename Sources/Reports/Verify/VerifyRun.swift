import PthBackbones
import PthCheckpoints
import PthEngines
import PthInitializers
import PthKeyMapping
import PthTensors

/// Runs the engines on the input and makes the comparisons of `verify`.
package struct VerifyRun {
  /// The options of a run.
  package struct Options {
    /// The original's outputs by the names of the graph's outputs; nil if none were given.
    package var expected: StateDict?
    /// Images whose statistics are compared with the batch norms' recorded statistics; nil if none were given.
    package var images: WitnessImages?
    /// Engines to run, the fast one first.
    package var engines: [EngineKind] = [.reference]
    package var threads = EngineKind.processorCount
    /// The largest relative L2 error of a stage; nil for 1e-4, or more if half precision moves the outputs further.
    package var tolerance: Double?
    /// Whether the report lists every node.
    package var listsLayers = false
    /// The seed of the parameters that the file lacks.
    package var seed = 0

    /// The range of tolerances: a larger error means another arithmetic.
    package static let tolerances = 0...0.01

    package init() {}
  }

  let stateDict: StateDict
  let mapping: KeyMapping
  let sourceOptions: MappingOptions
  private let input: VerifyInput
  let options: Options
  private let backbone: LoadedBackbone
  let source: SourceNetwork
  private let rounding: Rounding?
  private let tolerance: Double

  /// - Parameter source: The options that `mapping` was made with.
  /// - Throws: `KeyMappingError`; the error of reading tensors.
  package init(
    checkpoint: Checkpoint, mapping: KeyMapping, source: MappingOptions, input: VerifyInput,
    options: Options
  ) throws {
    stateDict = checkpoint.stateDict
    self.mapping = mapping
    sourceOptions = source
    self.input = input
    self.options = options
    rounding = options.tolerance == nil ? Rounding(of: mapping.report) : nil
    tolerance = options.tolerance ?? Self.defaultTolerance
    self.source = try SourceNetwork(of: mapping, checkpoint.stateDict, source)
    backbone = try LoadedBackbone(mapping, from: checkpoint.stateDict, seed: options.seed)
  }

  /// Called with the number of nodes that were run since the last call.
  package typealias NodeProgress = (Int) -> Void

  /// The number of nodes that ``report(progress:)`` reports as progress.
  package var nodeCount: Int {
    mapping.target.nodes.count
      * (options.engines.count + (source.graph == nil ? 0 : 1) + (options.images.map(passes) ?? 0))
  }

  /// Runs the network and makes all comparisons.
  ///
  /// - Parameter progress: Called for each node of the reference engine; other runs are reported as a whole.
  /// - Returns: The report, and the outputs of the last engine in ``Options/engines``, the most exact one.
  /// - Throws: `EngineError` if weights, reference or input do not fit the graph; the error of reading tensors.
  package func report(
    progress: NodeProgress? = nil
  ) throws -> (report: VerifyReport, outputs: StateDict) {
    var report = VerifyReport(
      graph: mapping.target, load: mapping.report, input: input, tolerance: tolerance)
    var runs: [(engine: any InferenceEngine, outputs: StateDict)] = []
    for kind in options.engines {
      let engine = try kind.make(
        graph: mapping.target, weights: backbone.weights, threads: options.threads)
      runs.append((engine, try run(engine, progress)))
    }
    let (fast, exact) = (runs[0], runs[runs.count - 1])
    if runs.count > 1 { report.engines = try agreement(of: fast, with: exact) }
    if options.expected != nil, let rounding {
      report.rounding = try roundingError(rounding, of: fast.outputs)
    }
    report.outputs = try StageReport.all(exact.outputs, expected: nil, tolerance: tolerance)
    report.notFinite =
      try notFinite(exact.engine, report.outputs) ?? overflow(fast.outputs, fast.engine, report)
    report.randomStages = randomStages
    try compareWithReference(exact.engine, exact.outputs, &report)
    if let images = options.images {
      report.statistics = try witness(images).report(backbone.weights) {
        progress?($0 * mapping.target.nodes.count)
      }
    }
    let source = try settledSource(report.statistics) ?? source
    try compareWithSource(source, fast.engine, fast.outputs, &report, progress)
    if let images = options.images, let statistics = report.statistics {
      report.labels = try labels(
        of: images, statistics.preparation.preparation, report, source, fast.engine)
    }
    if runs.count == 1 {
      let reason =
        EngineKind.onednn.fault ?? "only \(options.engines[0].rawValue) was run"
      report.skipped.append(.init(kind: .engines, reason: reason))
    }
    if options.listsLayers { report.layers = try layers(fast.engine, exact.engine) }
    return (report, exact.outputs)
  }

  private func run(_ engine: any InferenceEngine, _ progress: NodeProgress?) throws -> StateDict {
    // Observing makes oneDNN copy every value out, so only the reference engine is observed.
    guard let progress, engine.name == EngineKind.reference.rawValue else {
      defer { progress?(engine.graph.nodes.count) }
      return try engine.run(input.tensor, observe: nil)
    }
    return try engine.run(input.tensor) { _, _ in progress(1) }
  }

  private typealias Run = (engine: any InferenceEngine, outputs: StateDict)

  /// The comparison of the two engines with each other.
  private func agreement(of fast: Run, with exact: Run) throws -> VerifyReport.Comparison {
    let stages = try StageReport.all(
      fast.outputs, expected: exact.outputs, tolerance: Self.defaultTolerance)
    return try comparison(.engines, fast.engine, stages, nil) {
      try Divergence.firstDifferent(
        fast.engine, from: exact.engine, on: input.tensor,
        nodeCount: mapping.target.nodes.count, tolerance: Self.defaultTolerance)
    }
  }

  /// Outputs that depend on randomly initialised parameters. Constant initial values are known, so they do not count.
  private var randomStages: [String] {
    let load = mapping.report
    let unfilled = load.missing.map(\.target) + load.mismatched.map(\.target)
    let names = unfilled.map { String($0.dropFirst(load.targetPrefix.count)) }
    lazy var plan = mapping.plan
    let random = names.filter { name in
      guard let index = mapping.target.stateIndex[name] else { return true }
      if case .constant = plan.initializer(ofEntryAt: index) { return false }
      return true
    }
    return mapping.target.outputs(dependingOn: Set(random))
  }

  /// The weights on which the outputs depend, found by observing every node.
  ///
  /// - Parameter outputs: names of the outputs that are compared.
  private func participation(_ outputs: Set<String>) throws -> Participation {
    let watched = try options.engines[0].make(
      graph: mapping.target, weights: backbone.weights, threads: options.threads, fuses: false)
    var participation = try Participation(mapping.target, input: input.tensor, outputs: outputs)
    _ = try watched.run(input.tensor) { node, output in try participation.add(node, output) }
    return participation
  }

  private func comparison(
    _ kind: VerifyReport.Kind, _ engine: any InferenceEngine, _ stages: [StageReport],
    _ notFinite: Divergence?, explanation: String? = nil, divergence: () throws -> Divergence?
  ) rethrows -> VerifyReport.Comparison {
    let failed = stages.first { !$0.passes }
    let first =
      try notFinite
      ?? failed.map { stage in
        try divergence()
          ?? Divergence(name: stage.name, what: "the first stage whose output differs")
      }
    return VerifyReport.Comparison(
      kind: kind, engine: engine.name, stages: stages, firstDivergence: first,
      explanation: failed == nil ? nil : explanation)
  }

  // MARK: NaN and infinities

  private func notFinite(
    _ engine: any InferenceEngine, _ outputs: [StageReport]
  ) throws -> Divergence? {
    if let found = try Divergence.firstNotFinite(
      backbone.weights, of: mapping.target, input: input.tensor)
    {
      return found
    }
    if options.engines == [.onednn] {
      // oneDNN's fused ReLUs turn NaN into 0. Without fusing, NaN is kept and the first node with NaN is found.
      let watched = try EngineKind.onednn.make(
        graph: mapping.target, weights: backbone.weights, threads: options.threads, fuses: false)
      return try Divergence.firstNotFinite(watched, on: input.tensor)
    }
    return try notFinite(outputs, engine)
  }

  private func notFinite(
    _ stages: [StageReport], _ engine: any InferenceEngine
  ) throws -> Divergence? {
    guard stages.contains(where: { $0.notFiniteCount > 0 }) else { return nil }
    return try Divergence.firstNotFinite(engine, on: input.tensor)
  }

  /// The first output with values beyond the range of float32, in which PyTorch and the fast engine compute. Nil if no
  /// output shows an overflow.
  private func overflow(
    _ outputs: StateDict, _ engine: any InferenceEngine, _ report: VerifyReport
  ) throws -> Divergence? {
    let limit = Double(Float.greatestFiniteMagnitude)
    if let stage = report.outputs.first(where: {
      max(abs($0.min ?? 0), abs($0.max ?? 0)) > limit
    }) {
      return Divergence(name: stage.name, what: "values are beyond the range of float32")
    }
    let stages = try StageReport.all(outputs, expected: nil, tolerance: tolerance)
    guard let stage = stages.first(where: { $0.notFiniteCount > 0 }) else { return nil }
    return Divergence(
      name: stage.name, what: "values on the way to it are beyond the range of float32")
  }

  // MARK: The original's outputs

  private func compareWithReference(
    _ engine: any InferenceEngine, _ outputs: StateDict, _ report: inout VerifyReport
  ) throws {
    guard let expected = options.expected else {
      report.skipped.append(
        .init(kind: .referenceOutput, reason: "no outputs of the original were given as reference"))
      return
    }
    func alternatives() throws -> [VerifyReport.Alternative] {
      try ReferenceAlternatives(
        stateDict: stateDict, target: mapping.target, options: sourceOptions, input: input.tensor,
        expected: expected, engine: options.engines[0], threads: options.threads,
        tolerance: tolerances(report)
      ).tried()
    }
    let shapes = try ReferenceShapes(mapping.target, input.tensor)
    if let misfit = shapes.firstMisfit(expected) {
      report.alternatives = try alternatives()
      // If no network that the checkpoint may hold has these shapes, the reference is of another input or network.
      guard !report.alternatives.isEmpty else { throw misfit.error }
      report.comparisons.append(
        .init(
          kind: .referenceOutput, engine: engine.name, stages: [],
          firstDivergence: misfit.divergence, explanation: nil))
      return
    }
    let known = Set(mapping.target.outputs.map(\.name))
    let strangers = expected.keys.filter { !known.contains($0) }
    if !strangers.isEmpty {
      report.skipped.append(
        .init(
          kind: .referenceOutput,
          reason: "\(strangers.joined(separator: ", ")) of the reference "
            + "\(strangers.count == 1 ? "is no output" : "are no outputs") of this backbone"))
    }
    let stages = try StageReport.all(
      outputs, expected: expected, tolerance: tolerances(report))
    let compared = comparison(.referenceOutput, engine, stages, report.notFinite) { nil }
    report.comparisons.append(compared)
    report.referenceLimits = try ReferenceLimits(
      stages: stages, graph: mapping.target, input: input.tensor, randomStages: report.randomStages,
      expected: expected, rounding: report.rounding,
      silentNorms: SilentNorms.names(in: mapping.target, backbone.weights)
    ).sentences()
    guard report.notFinite == nil else { return }
    if compared.passes, report.referenceLimits.isEmpty {
      let participation = try participation(known.intersection(expected.keys))
      report.quiet = participation.quiet
      report.referenceLimits = try participation.limits(input.tensor)
    }
    if !compared.passes {
      report.alternatives = try alternatives()
    } else if let other = try stages.contains(where: {
      tolerances(report)($0.name) > Self.defaultTolerance
    })
      ? alternatives().first(where: { $0.agrees && $0.differs(from: compared.worstError) }) : nil
    {
      // Within a tolerance widened for half precision, a network with another arithmetic may agree too.
      report.referenceLimits.append(
        "with \(other.change) the outputs agree as well, and both compute different things")
    }
  }

  /// The largest relative L2 error that another order of float32 operations causes.
  private static let defaultTolerance = 1e-4

  /// The relative L2 error of each output after rounding the weights once more.
  private func roundingError(
    _ rounding: Rounding, of outputs: StateDict
  ) throws -> VerifyReport.Rounding {
    let engine = try options.engines[0].make(
      graph: mapping.target, weights: rounding.perturbed(backbone.weights),
      threads: options.threads)
    let stages = try StageReport.all(
      engine.run(input.tensor, observe: nil), expected: outputs, tolerance: tolerance)
    return VerifyReport.Rounding(
      dtype: rounding.dtype,
      errors: Dictionary(
        uniqueKeysWithValues: stages.map { ($0.name, $0.comparison?.relativeL2 ?? .infinity) }))
  }

  /// The largest relative L2 error of an output, by its name: larger if weights or reference are in half precision.
  private func tolerances(_ report: VerifyReport) -> (String) -> Double {
    { [tolerance, expected = options.expected, isGiven = options.tolerance != nil] name in
      guard !isGiven else { return tolerance }
      let weights = report.rounding?.errors[name] ?? 0
      let saved = (expected?[name]?.dtype).map(Rounding.unit) ?? 0
      return max(tolerance, weights * Rounding.margin, saved)
    }
  }

  // MARK: The source

  private func compareWithSource(
    _ source: SourceNetwork, _ engine: any InferenceEngine, _ outputs: StateDict,
    _ report: inout VerifyReport,
    _ progress: NodeProgress?
  ) throws {
    report.doubts = source.doubts
    report.settlesArithmetic = mapping.origin == nil && source.name != nil
    report.recognised = source.name
    if report.verdict == .proven {
      report.skipped.append(.init(kind: .sourceTarget, reason: "the original's outputs decide"))
      return
    }
    guard let graph = source.graph else {
      let reason =
        source.name.map {
          "the target does what \($0) does, so running both would show nothing"
        } ?? source.doubts.last ?? ""
      report.skipped.append(.init(kind: .sourceTarget, reason: reason))
      return
    }
    let weights = try LoadedBackbone(
      graph, from: stateDict, options: sourceOptions, seed: options.seed
    ).weights
    let original = try options.engines[0].make(
      graph: graph, weights: weights, threads: options.threads)
    let expected = try run(original, progress)
    if let misfit = try ReferenceShapes(mapping.target, input.tensor).firstMisfit(expected) {
      let doubt =
        "the target is another network than \(source.name ?? "the file's"): its \(misfit.name) has the shape "
        + "\(Format.shape(misfit.shape)), the file's network's \(Format.shape(misfit.reference))"
      report.doubts.append(doubt)
      report.skipped.append(.init(kind: .sourceTarget, reason: doubt))
      return
    }
    // Both networks have the same weights, so only the arithmetic can differ: half precision needs no tolerance.
    let tolerance = Self.defaultTolerance
    let stages = try StageReport.all(outputs, expected: expected, tolerance: tolerance)
    let warning = mapping.report.warnings.first { $0.code == .flavorsComputeDifferently }
    if stages.allSatisfy(\.passes) {
      let place = mapping.target.firstDifference(from: graph)?.divergence(
        of: mapping.target, from: graph)
      report.doubts.append(
        "the target does something else than \(source.name ?? "the file's network")"
          + (place.map { " at \($0.name)" } ?? "") + ", although this input does not show it")
    }
    report.comparisons.append(
      try comparison(
        .sourceTarget, engine, stages, report.notFinite, explanation: warning?.text
      ) {
        let difference = mapping.target.firstDifference(from: graph)
        return try notFinite(stages, engine)
          ?? Divergence.firstDifferent(
            engine, from: original, on: input.tensor, nodeCount: difference?.index ?? 0,
            tolerance: tolerance)
          ?? difference?.divergence(of: mapping.target, from: graph)
      })
  }

  // MARK: Layers

  /// The figures of every node. If both engines were run, nodes that the fast engine does not fuse are compared.
  private func layers(
    _ fast: any InferenceEngine, _ exact: any InferenceEngine
  ) throws -> [StageReport] {
    var compared: [String: StageReport] = [:]
    if options.engines.count > 1 {
      try Lockstep.run(
        fast, exact, on: input.tensor, nodeCount: mapping.target.nodes.count
      ) { node, actual, expected in
        compared[node.name] = try StageReport(
          node.name, actual, expected: expected, tolerance: Self.defaultTolerance)
        return true
      }
    }
    var layers: [StageReport] = []
    _ = try exact.run(input.tensor) { node, tensor in
      layers.append(
        try compared[node.name]
          ?? StageReport(node.name, tensor, expected: nil, tolerance: tolerance))
    }
    return layers
  }
}
