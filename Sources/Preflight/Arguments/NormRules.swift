import OrderedCollections
import PthBackbones
import PthConfigs

/// What mmcv makes of a `norm_cfg`: the class by its short name, with all other keys as arguments.
enum NormRules {
  /// Names of mmcv's registry that are no norms of feature maps.
  private static let others: Set<String> = ["BN1d", "BN3d", "LN"]

  static func judge(_ value: ConfigValue, isOptional: Bool, widths: [Int]) -> Judgement {
    if case .none = value.content, isOptional { return .runs }
    guard let settings = value.dictionary else {
      return .stops("it has to be a dictionary\(isOptional ? " or None" : "")")
    }
    guard let type = settings["type"] else { return .stops("it has no type") }
    guard let name = type.string else {
      return type.isOpaque ? .untold : .stops("its type is no name")
    }
    if others.contains(name) { return .stops("\(name) does not take feature maps") }
    guard let norm = Constructor.norms[name] else { return .untold }
    var isTold = true
    for (key, entry) in settings.entries where key != "type" {
      guard let argument = norm.argument(key) else {
        return .stops("\(norm.name) takes no '\(key)'")
      }
      switch argument.judge(entry.value) {
      case .runs: break
      case .stops: return .stops("\(norm.name) does not take \(key)=\(entry.value.shown)")
      case .untold: isTold = false
      }
    }
    if let missing = norm.arguments.first(where: { $0.isRequired && settings[$0.name] == nil }) {
      return .stops("\(norm.name) wants \(missing.name)")
    }
    if let groups = settings["num_groups"]?.int, groups > 0 {
      if let width = widths.first(where: { $0 % groups != 0 }) {
        return .stops("\(width) channels are not divisible into \(groups) groups")
      }
      if widths.isEmpty { isTold = false }
    }
    return isTold ? .runs : .untold
  }

  /// What of a norm's parameters and buffers the module does not have.
  static func absentRoles(_ value: ConfigValue?) -> Set<StateRole> {
    var roles: Set<StateRole> = []
    if value?["affine"]?.isFalse == true { roles.formUnion([.normWeight, .normBias]) }
    if value?["track_running_stats"]?.isFalse == true {
      roles.formUnion([.runningMean, .runningVar, .numBatchesTracked])
    }
    return roles
  }
}

/// Convolutions and activations, which mmcv makes of dictionaries as well.
enum ModuleRules {
  private static let convolutions: Set<String> = ["Conv2d", "Conv", "ConvWS"]
  private static let otherConvolutions: Set<String> = ["Conv1d", "Conv3d"]
  /// Arguments of `torch.nn.Conv2d`, of which mmdetection gives some itself.
  private static let convolutionArguments: Set<String> = [
    "in_channels", "out_channels", "kernel_size", "stride", "padding", "dilation", "groups", "bias",
    "padding_mode", "device", "dtype", "eps",
  ]
  /// Those without an argument of their own.
  private static let activations: Set<String> = ["ReLU", "LeakyReLU"]

  static func convolution(_ value: ConfigValue) -> Judgement {
    guard let name = type(of: value) else { return problem(value) }
    if otherConvolutions.contains(name) { return .stops("\(name) does not take images") }
    guard convolutions.contains(name) else { return .untold }
    let more = value.dictionary?.entries.keys.filter { $0 != "type" } ?? []
    if let wrong = more.first(where: { !convolutionArguments.contains($0) }) {
      return .stops("\(name) takes no '\(wrong)'")
    }
    return more.isEmpty ? .runs : .untold
  }

  /// Whether it is used is another argument's to say.
  static func deformable(_ value: ConfigValue) -> Judgement {
    if case .none = value.content { return .runs }
    let keys = value.dictionary?.entries.keys.map(\.self) ?? []
    let isKnown = Set(keys).isSubset(of: [
      "type", "deform_groups", "deformable_groups", "fallback_on_stride",
    ])
    return ["DCN", "DCNv2"].contains(type(of: value)) && isKnown ? .runs : .untold
  }

  static func upsampling(_ value: ConfigValue) -> Judgement {
    guard let settings = value.dictionary else { return .stops("it has to be a dictionary") }
    let keys = Set(settings.entries.keys)
    let isUsual =
      switch settings["mode"]?.string {
      case nil: keys.isEmpty
      case "nearest": keys == ["mode"]
      case "bilinear":
        keys.isSubset(of: ["mode", "align_corners"])
          && (settings["align_corners"].map { $0.bool != nil } ?? true)
      default: false
      }
    return isUsual ? .runs : .untold
  }

  static func activation(_ value: ConfigValue) -> Judgement {
    guard let name = type(of: value) else { return problem(value) }
    return activations.contains(name) && value.dictionary?.entries.count == 1 ? .runs : .untold
  }

  private static func type(of value: ConfigValue) -> String? { value["type"]?.string }

  /// None is as good as silence; anything else without a type is not.
  private static func problem(_ value: ConfigValue) -> Judgement {
    if case .none = value.content { return .runs }
    guard let settings = value.dictionary else {
      return .stops("it has to be a dictionary or None")
    }
    guard let type = settings["type"] else { return .stops("it has no type") }
    return type.isOpaque ? .untold : .stops("its type is no name")
  }
}
