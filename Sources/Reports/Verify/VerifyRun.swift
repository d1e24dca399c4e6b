import PthBackbones
import PthCheckpoints
import PthEngines
import PthKeyMapping
import PthTensors

/// Runs the engines and makes the comparisons.
package struct VerifyRun {
  private let checkpoint: Checkpoint
  private let mapping: KeyMapping
  private let sourceOptions: MappingOptions
  private let seed: Int
  private let input: VerifyInput
  private let expected: StateDict?
  private let kinds: [EngineKind]
  private let threads: Int
  private let tolerance: Double
  private let listsLayers: Bool
  private let backbone: LoadedBackbone
  private let origin: (graph: ModelGraph?, reason: String)

  package init(
    checkpoint: Checkpoint, mapping: KeyMapping, source: MappingOptions, seed: Int,
    input: VerifyInput, expected: StateDict?, engines: [EngineKind], threads: Int?,
    tolerance: Double, listsLayers: Bool
  ) throws {
    self.checkpoint = checkpoint
    self.mapping = mapping
    sourceOptions = source
    self.seed = seed
    self.input = input
    self.expected = expected
    kinds = engines
    self.threads = threads ?? EngineKind.processorCount
    self.tolerance = tolerance
    self.listsLayers = listsLayers
    origin = try Self.origin(of: mapping, checkpoint.stateDict, source)
    backbone = try LoadedBackbone(mapping, from: checkpoint.stateDict, seed: seed)
  }

  /// Called with the number of nodes that were run since it was called last.
  package typealias NodeProgress = (Int) -> Void

  /// The nodes that a report runs.
  package var nodeCount: Int {
    mapping.target.nodes.count * (kinds.count + (origin.graph == nil ? 0 : 1))
  }

  /// - Parameter progress: If given, the reference engine is observed node by node.
  /// - Returns: The report, and the outputs of the most exact engine that was run.
  /// - Throws: `EngineError` for weights, a reference or an input that does not fit; what reading
  ///   tensors throws.
  package func report(progress: NodeProgress? = nil) throws -> (
    report: VerifyReport, outputs: StateDict
  ) {
    var report = VerifyReport(
      graph: mapping.target, load: mapping.report, input: input, tolerance: tolerance)
    var runs: [(engine: any InferenceEngine, outputs: StateDict)] = []
    for kind in kinds {
      let engine = try kind.make(
        graph: mapping.target, weights: backbone.weights, threads: threads)
      runs.append((engine, try run(engine, progress)))
    }
    let (fast, exact) = (runs[0], runs[runs.count - 1])
    report.outputs = try StageReport.all(exact.outputs, expected: nil, tolerance: tolerance)
    report.notFinite = try Divergence.firstNotFinite(
      backbone.weights, of: mapping.target, input: input.tensor)
    if report.notFinite == nil, kinds == [.onednn] {
      // Its fused ReLUs make 0 of NaN. Node by node it keeps them, and shows where they begin.
      let watched = try EngineKind.onednn.make(
        graph: mapping.target, weights: backbone.weights, threads: threads, fuses: false)
      report.notFinite = try Divergence.firstNotFinite(watched, on: input.tensor)
    }
    if report.notFinite == nil, report.outputs.contains(where: { !$0.passes }) {
      report.notFinite = try Divergence.firstNotFinite(exact.engine, on: input.tensor)
    }
    let load = mapping.report
    let unfilled = load.missing.map(\.target) + load.mismatched.map(\.target)
    let names = Set(unfilled.map { String($0.dropFirst(load.targetPrefix.count)) })
    report.randomStages = mapping.target.outputs(dependingOn: names)

    if let expected {
      let stages = try StageReport.all(exact.outputs, expected: expected, tolerance: tolerance)
      report.comparisons.append(
        comparison(.referenceOutput, exact.engine, stages, report.notFinite) { nil })
    } else {
      report.skipped.append(
        .init(kind: .referenceOutput, reason: "no outputs of the original; --reference gives them"))
    }
    if let source = origin.graph {
      report.comparisons.append(
        try compare(
          fast.engine, fast.outputs, withSource: source, report.notFinite, progress))
    } else {
      report.skipped.append(.init(kind: .sourceTarget, reason: origin.reason))
    }
    if runs.count > 1 {
      let stages = try StageReport.all(
        fast.outputs, expected: exact.outputs, tolerance: tolerance)
      report.comparisons.append(
        try comparison(.engines, fast.engine, stages, report.notFinite) {
          try notFinite(stages, fast.engine)
            ?? Divergence.firstDifferent(
              fast.engine, from: exact.engine, on: input.tensor,
              nodeCount: mapping.target.nodes.count, tolerance: tolerance)
        })
    } else {
      let reason =
        EngineKind.onednn.isAvailable
        ? "only \(kinds[0].rawValue) was run" : "this build has no oneDNN"
      report.skipped.append(.init(kind: .engines, reason: reason))
    }
    if listsLayers { report.layers = try layers(fast.engine, exact.engine) }
    return (report, exact.outputs)
  }

  private func run(_ engine: any InferenceEngine, _ progress: NodeProgress?) throws -> StateDict {
    // Observing makes oneDNN copy every value out, so nodes are counted one by one only for the
    // reference engine.
    guard let progress, engine.name == EngineKind.reference.rawValue else {
      defer { progress?(engine.graph.nodes.count) }
      return try engine.run(input.tensor, observe: nil)
    }
    return try engine.run(input.tensor) { _, _ in progress(1) }
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

  private func notFinite(
    _ stages: [StageReport], _ engine: any InferenceEngine
  ) throws -> Divergence? {
    guard stages.contains(where: { $0.notFiniteCount > 0 }) else { return nil }
    return try Divergence.firstNotFinite(engine, on: input.tensor)
  }

  // MARK: The source

  /// The graph that the checkpoint was trained with, if running it can tell anything; else why not.
  private static func origin(
    of mapping: KeyMapping, _ stateDict: StateDict, _ options: MappingOptions
  ) throws -> (graph: ModelGraph?, reason: String) {
    guard let origin = mapping.origin else {
      return (
        nil,
        "what the checkpoint computed is not known from its keys; --source-flavor can say it"
      )
    }
    if mapping.target.firstDifference(from: origin) == nil {
      return (nil, "the checkpoint's own network and the target compute the same, node for node")
    }
    let own = try KeyMapping(of: stateDict, to: origin, options: options).report
    let gaps = own.missing.count + own.mismatched.count
    guard gaps == 0 else {
      return (nil, "the checkpoint lacks \(gaps) keys of its own \(origin.backbone)")
    }
    return (origin, "")
  }

  private func compare(
    _ engine: any InferenceEngine, _ outputs: StateDict, withSource source: ModelGraph,
    _ notFinite: Divergence?, _ progress: NodeProgress?
  ) throws -> VerifyReport.Comparison {
    let weights = try LoadedBackbone(
      source, from: checkpoint.stateDict, options: sourceOptions, seed: seed
    ).weights
    let original = try kinds[0].make(graph: source, weights: weights, threads: threads)
    let expected = try run(original, progress)
    let stages = try StageReport.all(outputs, expected: expected, tolerance: tolerance)
    let warning = mapping.report.warnings.first { $0.code == .flavorsComputeDifferently }
    return try comparison(
      .sourceTarget, engine, stages, notFinite, explanation: warning?.text
    ) {
      let difference = mapping.target.firstDifference(from: source)
      return try self.notFinite(stages, engine)
        ?? Divergence.firstDifferent(
          engine, from: original, on: input.tensor, nodeCount: difference?.index ?? 0,
          tolerance: tolerance)
        ?? difference?.divergence(of: mapping.target, from: source)
    }
  }

  // MARK: Layers

  /// Every node of the run. If both engines were run, those that the fast one does not fuse into
  /// others are compared.
  private func layers(
    _ fast: any InferenceEngine, _ exact: any InferenceEngine
  ) throws -> [StageReport] {
    var compared: [String: StageReport] = [:]
    if kinds.count > 1 {
      try Lockstep.run(
        fast, exact, on: input.tensor, nodeCount: mapping.target.nodes.count
      ) { node, actual, expected in
        compared[node.name] = try StageReport(
          node.name, actual, expected: expected, tolerance: tolerance)
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
