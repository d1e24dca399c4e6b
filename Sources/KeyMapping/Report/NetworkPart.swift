/// An addition of published networks (squeeze-and-excitation, attention…), recognised by the words in its tensors'
/// names.
struct NetworkPart: Sendable {
  /// The name of the addition in messages.
  let label: String
  /// Components in lower case, each of which shows the addition anywhere but at the end of a name.
  private let words: Set<String>
  /// Beginnings of such components.
  private let beginnings: [String]
  /// Last components of names that show the addition.
  private let lastWords: Set<String>
  /// Whether the addition works between the stages even if its parameters are outside of the backbone, so that the
  /// network computes something else without it.
  private let isBetweenStages: Bool
  /// The number of dimensions that the tensor must have; nil for any.
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

  /// The addition that the tensor belongs to; nil if its name does not show one.
  ///
  /// - Parameters:
  ///   - components: the components of the tensor's name.
  ///   - isConvolutionBias: whether the tensor is the bias of a convolution.
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

  /// Whether the addition with this label works between the stages even if its parameters are outside of the
  /// backbone.
  static func isBetweenStages(_ label: String) -> Bool {
    all.contains { $0.label == label && $0.isBetweenStages }
  }

  /// For each word the indices of additions in ``all``, since many names are looked up.
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

  /// All additions; of several that fit, the first is used.
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
