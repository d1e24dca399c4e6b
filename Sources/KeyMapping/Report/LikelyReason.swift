import PthTensors

/// The likeliest reason why nothing of a file fits.
enum LikelyReason {
  /// - Parameters:
  ///   - keys: all keys of the file.
  ///   - asked: the prefix that the caller gave.
  ///   - found: the prefix behind which most of the backbone's keys were found.
  ///   - isRecognised: whether detection recognised a backbone in the file.
  static func text(
    _ keys: [SourceKey], asked: String?, found: PrefixSearch.Candidate?, isRecognised: Bool
  ) -> String {
    guard !keys.isEmpty else { return "the file has no tensors" }
    if let asked, let found, found.prefix != MappingOptions.dotted(asked), found.matches > 1 {
      let place = found.prefix.isEmpty ? "without a prefix" : "under '\(found.prefix)'"
      return "nothing lies under the prefix '\(asked)'; \(found.matches) keys match \(place)"
    }
    if keys.allSatisfy(isOptimizerState) {
      return "the state of an optimizer, without a network"
    }
    if keys.allSatisfy({ $0.components.contains { $0.hasPrefix("lora_") } }) {
      return "low-rank adapters (LoRA) without the weights that they are added to"
    }
    let ranks = keys.filter { $0.shape.count > 2 }
    if ranks.count(where: { $0.shape.count == 5 }) * 2 > ranks.count {
      return "its convolutions are three-dimensional: a network for volumes or videos"
    }
    // Vectors are often stored with two leading dimensions of length 1.
    let series = ranks.count { $0.shape.count == 3 && $0.shape[0] > 1 && $0.shape[1] > 1 }
    if series * 2 > ranks.count, ranks.count > 4 {
      return "its convolutions are one-dimensional: a network for sound or series"
    }
    if share(of: transformerWords, in: keys) > 0.1, ranks.count * 10 < keys.count {
      return "a transformer"
    }
    if keys.contains(where: isQuantized) {
      return quantized
    }
    if keys.allSatisfy({ NetworkExtent.isBehindTheStages($0) }) {
      return "a head, classifier or neck without its backbone"
    }
    if keys.count(where: { $0.components.count == 1 && $0.name.contains("_") }) * 10
      >= keys.count * 9
    {
      return "its names are no module paths, or have underscores in place of dots"
    }
    return isRecognised
      ? "its convolutions have unknown names or an unknown parametrization"
      : "no known implementation has its names, and the order of its shapes does not match the backbone"
  }

  private static let transformerWords: Set<Substring> = [
    "attention", "self_attn", "qkv", "in_proj_weight", "in_proj_bias", "attentions", "q_proj",
    "k_proj", "v_proj", "query", "key", "value",
  ]

  /// The share of keys with one of these words in their names.
  private static func share(of words: Set<Substring>, in keys: [SourceKey]) -> Double {
    let count = keys.count { $0.components.contains(where: words.contains) }
    return Double(count) / Double(keys.count)
  }

  private static func isOptimizerState(_ key: SourceKey) -> Bool {
    key.name.hasPrefix("state.") || key.name.hasPrefix("optimizer")
      || optimizerWords.contains(key.components.last ?? "")
  }

  /// The names of a parameter's state in PyTorch's optimizers.
  private static let optimizerWords: Set<Substring> = [
    "exp_avg", "exp_avg_sq", "max_exp_avg_sq", "step", "momentum_buffer", "square_avg", "grad_avg",
    "acc_delta", "exp_inf", "prev",
  ]

  static let quantized = "a quantised network: its weights are integers with scales"

  static func isQuantized(_ key: SourceKey) -> Bool {
    let last = key.components.last ?? ""
    let isInteger = !key.dtype.isFloatingPoint && key.shape.count > 1
    return isInteger && last.contains("weight") || last == "zero_point" || last == "_packed_params"
  }
}
