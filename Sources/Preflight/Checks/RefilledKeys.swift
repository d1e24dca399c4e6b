import PthBackbones
import PthConfigs

/// Parameters that an `override` of `init_cfg` initialises again after a file was loaded.
struct RefilledKeys {
  private(set) var names: Set<String> = []
  /// Whether the effect of all overrides is known.
  var isTold: Bool { isKnown && unknown.isEmpty }
  private var isKnown = true
  /// Overrides whose name is not a module with parameters.
  private var unknown: [Place] = []
  private var parts: [(name: String, item: Place, hasVectors: Bool)] = []

  /// Initialisers that fill weights and biases of a whole module.
  private static let fillers: Set<String> = [
    "Constant", "Normal", "Uniform", "TruncNormal", "Xavier", "Kaiming", "Caffe2Xavier",
  ]

  init(_ backbone: BackboneEntry, _ graph: ModelGraph) {
    for item in backbone.owner.places("init_cfg") where item["override"]?.isFalse == false {
      unknown += item.places("override")
    }
    for item in backbone.place.places("init_cfg") {
      guard item["override"]?.isFalse == false else { continue }
      let overrides = item.places("override")
      let isOne = item.type == "Pretrained" && !overrides.isEmpty
      // Overrides of other initialisers run before `Pretrained`, so a file replaces their values.
      unknown += overrides.filter { override in
        override["name"]?.string.map { name in
          !graph.state.contains { Self.is($0, in: name) }
        } ?? false
      }
      guard isOne else {
        if overrides.contains(where: { !Self.fillers.contains($0.type ?? "") }) { isKnown = false }
        continue
      }
      for override in overrides {
        guard let name = override["name"]?.string, let type = override.type,
          Self.fillers.contains(type), graph.state.contains(where: { Self.is($0, in: name) })
        else {
          isKnown = false
          continue
        }
        let entries = graph.state.filter { Self.is($0, in: name) && !$0.isBuffer }
        let hasVectors = entries.contains {
          $0.shape.count < 2 && !backbone.absentRoles.contains($0.role) && $0.stage != .head
        }
        parts.append((name, override, hasVectors))
        names.formUnion(entries.map(\.name))
      }
    }
  }

  private static func `is`(_ entry: StateEntry, in part: String) -> Bool {
    entry.name.hasPrefix(part + ".")
  }

  /// - Parameter known: Keys that arrive from files.
  func findings(known: Set<String>, _ context: ArgumentContext) -> [PreflightFinding] {
    unknown.map {
      context.untold(
        at: $0.location, "what an override of '\($0["name"]?.string ?? "")' fills",
        because:
          "no part of the backbone with parameters is called so; if nothing is, the run stops")
    }
      + parts.compactMap { part in
        if part.hasVectors, InitialiserRules.fans.contains(part.item.type ?? "") {
          return context.stop(
            at: part.item.location, "\(part.item.type ?? "") cannot fill \(part.name)",
            because: "it divides by the width of a layer, and norms have none")
        }
        let lost = known.filter { $0.hasPrefix(part.name + ".") && names.contains($0) }
        guard !lost.isEmpty else { return nil }
        return PreflightFinding(
          .loadedTwice, .warning, at: part.item.location,
          "\(lost.count) key\(lost.count == 1 ? "" : "s") of \(part.name) "
            + "\(lost.count == 1 ? "does" : "do") not keep what the file gives",
          because: "mmengine carries the override out after it has loaded the file")
      }
  }
}
