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
  /// Whether it works between the stages of a network wherever its parameters are kept, so that the
  /// network computes something else without it.
  private let isBetweenStages: Bool
  /// How many dimensions the tensor must have; nil if that does not matter.
  private let dimensions: Int?

  private init(
    _ label: String, words: Set<String> = [], beginnings: [String] = [],
    lastWords: Set<String> = [], dimensions: Int? = nil, betweenStages isBetweenStages: Bool = false
  ) {
    self.isBetweenStages = isBetweenStages
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
    var first = all.count
    func consider(_ parts: [Int]) {
      for part in parts where part < first {
        if all[part].dimensions.map({ $0 == shape.count }) ?? true { first = part }
      }
    }
    for (position, component) in components.enumerated() {
      let word = component.lowercased()
      if position + 1 == components.count {
        consider(byLastWord[word] ?? [])
      } else {
        consider(byWord[word] ?? [])
        for (beginning, part) in byBeginning where word.hasPrefix(beginning) { consider([part]) }
      }
    }
    if first < all.count { return all[first].label }
    return isConvolutionBias ? "biases of convolutions" : nil
  }

  /// Whether a part works between the stages of a network, wherever its parameters are kept.
  static func isBetweenStages(_ label: String) -> Bool {
    all.contains { $0.label == label && $0.isBetweenStages }
  }

  /// The parts, by place in ``all``, that a word shows: names are many, and looked up once a word.
  private static let byWord = index(\.words)
  private static let byLastWord = index(\.lastWords)
  private static let byBeginning = all.enumerated().flatMap { index, part in
    part.beginnings.map { (beginning: $0, part: index) }
  }

  private static func index(_ words: (NetworkPart) -> Set<String>) -> [String: [Int]] {
    var index: [String: [Int]] = [:]
    for (number, part) in all.enumerated() {
      for word in words(part) { index[word, default: []].append(number) }
    }
    return index
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
      beginnings: ["nl_", "nonlocal", "non_local"], betweenStages: true),
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
    NetworkPart("normalisation of the image inside of the network", lastWords: ["mean", "std"]),
    NetworkPart("attention", words: ["mhsa"], beginnings: ["attn", "attention", "gen_attention"]),
  ]
}
