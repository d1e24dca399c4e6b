import PthBackbones
import PthEngines
import PthKeyMapping
import PthTensors

/// The network that a checkpoint was trained as, detected from its keys, and whether a target computes the same.
struct SourceNetwork {
  /// The graph of the checkpoint's own implementation, to be run beside the target. Nil if the target has the same
  /// nodes, so that running proves nothing more, or if the implementation is not known.
  private(set) var graph: ModelGraph?
  /// The network's name, such as `official's Res2Net`; nil if it was not fully recognised.
  private(set) var name: String?
  /// Reasons why the comparison with the source network proves less; empty if there are none.
  private(set) var doubts: [String] = []

  /// - Throws: `KeyMappingError` if the state dict cannot be mapped onto its own network.
  init(of mapping: KeyMapping, _ stateDict: StateDict, _ options: MappingOptions) throws {
    let load = mapping.report
    let unfilled = load.missing.count + load.mismatched.count
    if unfilled > 0 {
      doubts.append(
        "\(unfilled) of the target's \(mapping.target.state.count) keys have random or initial values: "
          + "the file does not have them in this shape")
    }
    guard let origin = mapping.origin else {
      doubts.append(
        load.source.detection == nil
          ? "the checkpoint's network is none that pthconv knows, so what it computed is not known"
          : load.assumptions.first { $0.code == LoadWarning.Code.arithmeticUnknown.rawValue }?.text
            ?? "the names do not show what the checkpoint computed")
      return
    }
    // The file's metadata may contradict arguments that no shape shows, such as `style`.
    let target = mapping.target
    if let detection = load.source.detection, detection.backbone == target.backbone {
      let said = detection.contradictionsOfNoShape(with: target.arguments, flavor: target.flavor)
      doubts += said
      guard said.isEmpty else { return }
    }
    let own = try KeyMapping(of: stateDict, to: origin, options: options).report
    let name = "\(origin.flavor)'s \(origin.backbone)"
    let gaps = own.missing.count + own.mismatched.count
    guard gaps == 0 else {
      doubts.append("the checkpoint lacks \(gaps) of the keys that its own network, \(name), has")
      return
    }
    let unused = own.unusedInNetwork
    guard unused.isEmpty else {
      doubts.append(
        "the checkpoint's network holds \(Format.tensors(unused.count)) that \(name) does not have, "
          + "such as \(unused[0].source), so it computed something else")
      return
    }
    self.name = name
    if !mapping.target.isBeginning(of: origin) { graph = origin }
  }
}

extension ModelGraph {
  /// Whether the graph's nodes are the first nodes of `other` and its outputs are among the outputs of `other`:
  /// a network without its last stages computes the same.
  fileprivate func isBeginning(of other: ModelGraph) -> Bool {
    guard let difference = firstDifference(from: other) else { return true }
    return difference.index == nodes.count && outputs.allSatisfy(other.outputs.contains)
  }
}
