import PthCheckpoints
import PthKeyMapping

extension LoadWarning {
  /// A warning if a checkpoint holds several state dicts that may be the weights.
  ///
  /// The warning says which state dict is used, which others there are, and which one other readers would take.
  ///
  /// - Parameter canChoose: Whether the person who reads the warning can choose another state dict by its key.
  /// - Returns: Nil if no other state dict has at least half as many tensors.
  package static func severalStateDicts(
    in checkpoint: Checkpoint, canChoose: Bool = true
  ) -> LoadWarning? {
    let used = checkpoint.stateDictKey
    guard let chosen = checkpoint.candidates.first(where: { $0.key == used }) else { return nil }
    let others = checkpoint.candidates.filter { candidate in
      candidate.key != used && candidate.tensorCount * 2 >= chosen.tensorCount
        && candidate.tensorCount >= minimumTensors && !isTraining(candidate.key)
    }
    guard !others.isEmpty else { return nil }
    func name(_ candidate: StateDictCandidate) -> String {
      let key = candidate.key.isEmpty ? "the top level" : "'\(candidate.key)'"
      return "\(key) (\(candidate.tensorCount) tensors)"
    }
    let all = [chosen] + others
    let preferences = readers.compactMap { reader in
      reader.keys.first { key in all.contains { $0.key == key } }.map {
        "\(reader.name) takes '\($0)'"
      }
    }
    let swapped =
      all.contains { $0.key == "ema_state_dict" } && used == "state_dict"
      ? "; mmengine's EMAHook swaps both before it saves, so 'state_dict' holds the averages" : ""
    let preferred = preferences.isEmpty ? "" : "; " + preferences.joined(separator: ", ")
    return LoadWarning(
      .severalStateDicts,
      "the file holds \(all.count) state dicts: \(name(chosen)) is used, not "
        + others.map(name).joined(separator: ", ") + preferred + swapped
        + (canChoose ? "; choose with a key" : ""))
  }

  /// A dict with fewer tensors is not taken for a network.
  private static let minimumTensors = 8

  /// Whether a key names training state (optimizer, scheduler, gradients), which has a tensor for each parameter too.
  private static func isTraining(_ key: String) -> Bool {
    let words = ["optim", "exp_avg", "momentum", "scheduler", "scaler", "grad", "rng"]
    let path = key.lowercased()
    return words.contains(where: path.contains)
  }

  /// The keys that widely used readers try, in order.
  private static let readers: [(name: String, keys: [String])] = [
    ("timm", ["state_dict_ema", "model_ema", "state_dict", "model"]),
    ("mmengine", ["state_dict"]),
  ]
}
