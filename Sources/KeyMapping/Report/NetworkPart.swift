/// What tensors that a network has beside its convolutions and norms are parts of: the additions
/// that published networks are known for, by the words in their names.
struct NetworkPart: Sendable {
  /// For a person.
  let label: String
  /// Words between the dots, in lower case, of which one shows the part.
  private let words: Set<String>
  /// With what such a word may begin.
  private let beginnings: [String]
  /// Last words that show it.
  private let lastWords: Set<String>
  /// How many dimensions the tensor must have; nil if that does not matter.
  private let dimensions: Int?

  private init(
    _ label: String, words: Set<String> = [], beginnings: [String] = [],
    lastWords: Set<String> = [], dimensions: Int? = nil
  ) {
    self.label = label
    self.words = words
    self.beginnings = beginnings
    self.lastWords = lastWords
    self.dimensions = dimensions
  }

  /// What the tensor is a part of; nil if its name does not tell.
  ///
  /// - Parameters:
  ///   - components: the words of its name.
  ///   - isConvolutionBias: whether it is the bias of a convolution.
  static func label(
    _ components: [Substring], shape: [Int], isConvolutionBias: Bool
  ) -> String? {
    let words = components.map { $0.lowercased() }
    let known = all.first { $0.contains(words, shape) }
    return known?.label ?? (isConvolutionBias ? "biases of convolutions" : nil)
  }

  private func contains(_ components: [String], _ shape: [Int]) -> Bool {
    guard dimensions.map({ $0 == shape.count }) ?? true else { return false }
    if let last = components.last, lastWords.contains(last) { return true }
    return components.dropLast().contains { word in
      words.contains(word) || beginnings.contains(where: word.hasPrefix)
    }
  }

  /// The first that fits counts.
  private static let all = [
    NetworkPart(
      "a weight kept in parts", words: ["parametrizations"],
      lastWords: [
        "weight_g", "weight_v", "weight_u", "weight_orig", "weight_mask", "bias_orig", "bias_mask",
      ]),
    NetworkPart(
      "switchable atrous convolution", words: ["switch", "pre_context", "post_context"],
      lastWords: ["weight_diff"]),
    NetworkPart("ConvAWS", lastWords: ["weight_gamma", "weight_beta"]),
    NetworkPart(
      "non-local block", words: ["nonlocal", "non_local", "nl", "theta", "phi"],
      beginnings: ["nl_", "nonlocal", "non_local"]),
    NetworkPart(
      "global context block",
      words: ["context_block", "gcb", "gc", "channel_add_conv", "channel_mul_conv", "conv_mask"]),
    NetworkPart("efficient channel attention", words: ["se", "eca", "attn"], dimensions: 3),
    NetworkPart("efficient channel attention", words: ["eca"]),
    NetworkPart(
      "squeeze-and-excitation", words: ["se", "selayer", "squeeze", "excitation"],
      beginnings: ["se_", "selayer"]),
    NetworkPart("instance and batch norm (IBN)", words: ["in", "ibn", "instancenorm"]),
    NetworkPart("convolutional block attention", words: ["cbam", "ca", "sa"]),
    NetworkPart(
      "deformable convolution", words: ["offset", "conv2_offset"], beginnings: ["conv_offset"]),
    NetworkPart("selective kernels", words: ["paths", "sknet"]),
    NetworkPart("split attention", words: ["radix", "rsoftmax", "fc1", "fc2"]),
    NetworkPart(
      "anti-aliasing filter", words: ["blur", "blurpool", "aa", "antialias"], lastWords: ["filt"]),
    NetworkPart("low-rank adapter", beginnings: ["lora_"]),
    NetworkPart(
      "quantisation", words: ["activation_post_process", "weight_fake_quant"],
      beginnings: ["quant"], lastWords: ["scale", "zero_point"]),
    NetworkPart("attention", words: ["mhsa"], beginnings: ["attn", "attention", "gen_attention"]),
  ]
}
