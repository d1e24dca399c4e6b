import PthCheckpoints
import PthKeyMapping

extension LoadWarning {
  /// The warning that a checkpoint holds more than one set of weights: which one is used, which there are, and
  /// which one other readers would take. Nil if there is no other.
  ///
  /// - Parameter canChoose: whether the reader can name another one by its key.
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

  /// Fewer tensors than these are no network.
  private static let minimumTensors = 8

  /// Whether a path leads to what an optimizer keeps for each parameter.
  private static func isTraining(_ key: String) -> Bool {
    let words = ["optim", "exp_avg", "momentum", "scheduler", "scaler", "grad", "rng"]
    let path = key.lowercased()
    return words.contains(where: path.contains)
  }

  /// The keys that widely used readers look for, in their order.
  private static let readers: [(name: String, keys: [String])] = [
    ("timm", ["state_dict_ema", "model_ema", "state_dict", "model"]),
    ("mmengine", ["state_dict"]),
  ]
}
