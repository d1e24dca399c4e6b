extension ResidualDetection {
  /// Reads arguments that only the file's metadata or names show: strides, dilations and style.
  mutating func readHints() {
    for argument in ["strides", "dilations"] {
      guard let value = hints.configuredBackbone?[argument], value.integers != nil,
        (try? architecture.graph(arguments.merging([argument: value]), flavor: flavor)) != nil
      else { continue }
      note(argument, value, seen: Self.configuration)
    }
    guard block != .basic, let (style, seen) = hintedStyle,
      architecture.flavors.values.contains(where: { $0.missing(in: ["style": style]) == nil }),
      architecture.flavors[flavor]?.forced["style"] == nil,
      architecture.flavors[flavor]?.missing(in: ["style": style]) == nil
        || arguments["deep_stem"] == false
    else { return }
    note("style", style, seen: seen)
  }

  private static let configuration = "the configuration in meta"

  private var hintedStyle: (style: ArgumentValue, seen: String)? {
    let isGrouped = arguments["groups"]?.integer.map { $0 > 1 } ?? false
    // detectron's ResNeXts have their stride in the 3×3 convolution, its ResNets in the first 1×1.
    let ofCaffe2: ArgumentValue = isGrouped ? "pytorch" : "caffe"
    let authors: [String: ArgumentValue] = [
      "torchvision": "pytorch", "moco": "pytorch", "openselfsup": "pytorch", "caffe2": ofCaffe2,
      "msra": ofCaffe2,
    ]
    if let author = hints.author, let style = authors[author.lowercased()] {
      return (style, "__author__ is \(author)")
    }
    if let style = hints.configuredBackbone?["style"], style.string != nil {
      return (style, Self.configuration)
    }
    if keys.renamed["caffe2", default: 0] > 0 { return (ofCaffe2, "names of Caffe2's blobs") }
    if let name = hints.fileName, ["caffe", "msra"].contains(where: hints.names) {
      return (ofCaffe2, "the file's name, \(name)")
    }
    return nil
  }

  /// The implementation whose arithmetic the weights were trained with; nil if nothing shows it.
  var arithmetic: Flavor? {
    if unknownVariant != nil { return nil }
    guard architecture.hasStagePooling, flavor == .mmdet else { return flavor }
    // Files with mmdet's names may have been trained with either arithmetic.
    let fileName = hints.fileName?.lowercased() ?? ""
    return Self.knownFiles.first { fileName.contains($0.name) }?.arithmetic
      ?? (hints.library == "mmdet" ? .mmdet : nil)
  }

  /// The file's name or `arch`, if it names a network with the same keys whose arithmetic this library does not
  /// know.
  var unknownVariant: String? {
    [hints.architecture, hints.fileName].compactMap { $0?.lowercased() }.first { name in
      Self.unknownVariants.contains(where: name.hasPrefix)
    }
  }

  /// Says why the arithmetic is unknown; nil if it is known.
  var arithmeticAssumption: Detection.Assumption? {
    guard arithmetic == nil else { return nil }
    if let name = unknownVariant {
      return .init(
        code: "arithmetic-unknown",
        text: """
          the file calls itself \(name): that network filters its features before it strides, which \
          no key shows and this backbone does not do
          """)
    }
    return .init(
      code: "arithmetic-unknown",
      text: """
        the names are mmdet's, but the weights may have been trained with the official \
        arithmetic: it average-pools the last split in the first block of every stage, mmdet \
        only where the stride is not 1; say which as source flavor: official or mmdet
        """)
  }

  /// timm's anti-aliased ResNets, which no key distinguishes from ResNets: their filters have no parameters.
  private static let unknownVariants = ["resnetblur", "resnetaa"]

  /// Parts of published file names and model-zoo names. The `res2net…` files are the authors' v1b weights with the
  /// stem renamed; the `r2_101` files are detectors that mmdet trained from them with its own arithmetic.
  private static let knownFiles: [(name: String, arithmetic: Flavor)] = [
    ("res2net50_v1b_26w_4s", .official),
    ("res2net101_v1b_26w_4s", .official),
    ("res2net50_v1d_26w_4s", .official),
    ("res2net101_v1d_26w_4s", .official),
    ("r2_101_fpn", .mmdet),
    ("r2-101_fpn", .mmdet),
  ]
}

extension FileHints {
  /// Whether a file or network name has the word behind a depth (`resnet50_caffe`). A word before "to" or "2" is
  /// ignored: `caffe_to_torch` means converted from Caffe.
  func names(_ word: String) -> Bool {
    words.contains { words in
      guard let depth = words.firstIndex(where: Self.depths.contains),
        let place = words[depth...].firstIndex(of: word)
      else { return false }
      let next = place + 1 < words.count ? words[place + 1] : ""
      return !["to", "2"].contains(next)
    }
  }

  private static let depths: Set<String> = ["18", "26", "34", "50", "101", "152", "200"]
}
