import PthBackbones

/// Decides which of a checkpoint's tensors are part of the mapped network: those that take part in computing
/// the stages' outputs, not those behind these outputs.
struct NetworkExtent {
  /// The renaming tables of the target's architecture.
  private let names: RenamingTables
  private let lastStage: Int
  /// The first words of modules that are one linear layer on the last stage's features: classifiers of any name.
  private let linearLayers: Set<Substring>
  /// The first words of modules whose first weight takes the image's channels, or that are convolutions called a
  /// pooling. They are in the network even if their names are usual for modules behind it.
  private let inFront: Set<Substring>
  /// The names of convolution weights; a bias beside one is the convolution's.
  private let convolutions: Set<Substring>

  /// - Parameters:
  ///   - keys: all keys of the checkpoint.
  ///   - prefix: the prefix of the network's keys.
  init(_ keys: [SourceKey], prefix: String, in target: TargetIndex) {
    names = target.graph.names
    lastStage = target.graph.lastStage
    let features = target.graph.stageChannels.last
    var matrices: [Substring: [[Int]]] = [:]
    var others: Set<Substring> = []
    var biases: [Substring: Substring] = [:]
    var convolutions: Set<Substring> = []
    var seen: Set<Substring> = []
    var inFront: Set<Substring> = []
    var lastMatrix: (module: Substring, shape: [Int])?
    for key in keys where key.name.hasPrefix(prefix) {
      let name = key.name.withoutPrefix(prefix)
      let module = name.firstKeyComponent
      switch key.shape.count {
      case 2: matrices[module, default: []].append(key.shape)
      case 1:
        // In a file that is a list of tensors, a bias has the key after its weight's, not the same module.
        if let lastMatrix, module == name, key.shape[0] == lastMatrix.shape[0] {
          biases[module] = lastMatrix.module
        }
      default: others.insert(module)
      }
      lastMatrix = key.shape.count == 2 && module == name ? (module, key.shape) : nil
      if key.shape.count >= 2, seen.insert(module).inserted {
        let isImageWide = key.shape[1] == target.graph.inputChannels && key.shape.count > 2
        let isPooling = module.lowercased().contains("pool") && key.shape.count > 3
        if isImageWide || isPooling { inFront.insert(module) }
      }
      if key.shape.count >= 4 { convolutions.insert(name) }
    }
    self.convolutions = convolutions
    self.inFront = inFront
    let linear = Set(
      matrices.filter { module, shapes in
        !others.contains(module) && shapes.count == 1 && shapes[0][1] == features
          && shapes[0][0] != features
      }.keys)
    linearLayers = linear.union(biases.filter { linear.contains($0.value) }.keys)
  }

  /// The canonical name of a tensor that the target does not use; nil if the tensor is not part of the network. A
  /// tensor with an unknown name is treated as part of it, since it may not be harmless.
  ///
  /// - Parameter name: the key without the prefix.
  func nameInNetwork(_ name: Substring) -> String? {
    let canonical = CanonicalName(name, names: names).name
    let first = canonical.firstKeyComponent
    let isBehind =
      if case .layer(let number) = names.stage(first) {
        number > lastStage
      } else {
        Self.isBehindTheStages(first.lowercased()) && !inFront.contains(first)
          || linearLayers.contains(first)
      }
    return isBehind || canonical.hasSuffix("num_batches_tracked") ? nil : canonical
  }

  /// The addition to the network that a tensor belongs to; nil if its name and shape show none.
  func part(_ name: Substring, shape: [Int]) -> String? {
    let suffix = "bias"
    let isConvolutionBias =
      name.hasSuffix("." + suffix) && convolutions.contains(name.dropLast(suffix.count) + "weight")
    return NetworkPart.label(
      name.keyComponents, shape: shape, isConvolutionBias: isConvolutionBias)
  }

  /// Whether a key's first word, apart from `module` and `model`, is one of a module behind the stages.
  static func isBehindTheStages(_ key: SourceKey) -> Bool {
    let first = key.components.first { $0 != "module" && $0 != "model" } ?? ""
    return isBehindTheStages(first.lowercased())
  }

  /// Whether published code uses a word (in lower case) for a module behind the stages: a classifier, a pooling, a
  /// neck, a detector's head, a loss.
  static func isBehindTheStages(_ word: String) -> Bool {
    if behind.contains(word) { return true }
    let isFullyConnected =
      word.hasPrefix("fc") && word.dropFirst(2).allSatisfy { $0.isNumber || $0 == "_" }
    guard
      isFullyConnected || beginnings.contains(where: word.hasPrefix)
        || endings.contains(where: word.hasSuffix)
    else { return false }
    // `fc_se1` may be a module between two stages.
    return !word.split(whereSeparator: { !$0.isLetter }).contains { additions.contains($0) }
  }

  private static let behind: Set<String> = [
    "linear", "last_linear", "output", "logits", "queue", "queue_ptr", "prototypes", "pixel_mean",
    "pixel_std", "pool", "avgpool", "gap", "gem", "global_pool", "attnpool", "data_preprocessor",
    "fc_cls", "fc_reg", "fc_out", "lateral", "toplayer", "aspp", "ppm", "psp", "score",
    "bottleneck",
    "embedding", "netvlad",
  ]
  private static let beginnings = [
    "head", "neck", "fpn", "rpn", "roi_", "cls", "classif", "loss", "criterion", "proj",
    "predict", "decode", "aux", "sem_seg", "proposal_generator", "bbox", "mask_head", "deconv",
    "final_", "latlayer", "lateral_", "smooth", "score_", "input_proj", "regress", "upsample",
  ]
  private static let endings = [
    "head", "heads", "neck", "fpn", "classifier", "loss", "projector", "decoder",
  ]
  /// Words of modules between stages; a name with one of them is never behind the stages.
  private static let additions: Set<Substring> = [
    "se", "eca", "cbam", "att", "attn", "attention", "nl", "nonlocal", "gc", "gate", "excitation",
  ]
}
