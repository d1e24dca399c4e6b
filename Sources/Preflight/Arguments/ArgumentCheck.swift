import OrderedCollections
import PthBackbones
import PthConfigs

/// Whether a class takes the arguments that a dictionary gives it.
///
/// An error stands only where the class is known to stop. What is known neither to run nor to stop is a note.
struct ArgumentCheck {
  let place: Place
  let constructor: Constructor
  let context: ArgumentContext
  /// The widths of the norms that `norm_cfg` makes; empty if they are not known.
  var normWidths: [Int] = []
  /// Whether what is loaded into it is looked at.
  var isBackbone = true

  var findings: [PreflightFinding] {
    missing + place.dictionary.entries.keys.compactMap(finding) + demands
      + InitialiserCheck(place, context, looksAtFiles: isBackbone).findings
  }

  private var missing: [PreflightFinding] {
    constructor.arguments.filter { $0.isRequired && place[$0.name] == nil }.map { argument in
      context.stop(
        at: place.location, "\(constructor.name) is built without \(argument.name)",
        because: "\(place.path) does not give it, and it has no default")
    }
  }

  /// The finding about one argument; nil if the class runs with it.
  private func finding(_ key: String) -> PreflightFinding? {
    guard !Self.registryKeys.contains(key), let value = place[key] else { return nil }
    let location = place.location(of: key)
    guard let argument = constructor.argument(key) else {
      if constructor.former.contains(key), context.isFormer {
        return context.untold(at: location, "what \(place.name(key)) does", because: Self.isFormer)
      }
      return context.stop(
        at: location, "\(constructor.name) takes no argument '\(key)'",
        because: closest(to: key).map { "the nearest that it takes is \($0)" } ?? "")
    }
    guard constructor.hasValues else { return nil }
    switch judge(value, as: argument) {
    case .runs: return argument.takesAnything ? textForTruth(key, value) : nil
    case .untold:
      // Modules that are added have a note of their own.
      if key == "plugins" { return nil }
      return context.untold(
        at: location, "whether \(constructor.name) runs with \(key)=\(value.shown)",
        because: value.isOpaque
          ? "it cannot be evaluated without Python" : "it is not among the values that are known")
    case .stops(let why):
      return context.stop(
        at: location, "\(constructor.name) does not take \(key)=\(value.shown)", because: why)
    }
  }

  /// A text where only truth matters: all but the empty one are true.
  private func textForTruth(_ key: String, _ value: ConfigValue) -> PreflightFinding? {
    guard let text = value.string, !text.isEmpty, constructor.argument(key)?.isTruth == true else {
      return nil
    }
    return PreflightFinding(
      .argument, .warning, at: place.location(of: key),
      "\(constructor.name) takes \(key)='\(text)' for True",
      because: "it is a text, and every text but the empty one counts as true",
      instead: ["False", "True"].contains(text) ? "\(key)=\(text)" : nil)
  }

  private func judge(_ value: ConfigValue, as argument: Constructor.Argument) -> Judgement {
    if value.isOpaque { return argument.takesAnything ? .runs : .untold }
    switch argument.role {
    case .initialiser: return .runs
    case .norm(let isOptional):
      return NormRules.judge(value, isOptional: isOptional, widths: normWidths)
    case .convolution: return ModuleRules.convolution(value)
    case .deformable: return ModuleRules.deformable(value)
    case .upsampling: return ModuleRules.upsampling(value)
    case .activation: return ModuleRules.activation(value)
    case .value: return argument.judge(value)
    }
  }

  /// Relations between arguments, as far as each of them is of a form that is known.
  private var demands: [PreflightFinding] {
    constructor.demands.compactMap { demand in
      switch demand {
      case .length(let list, let count): return length(list, count) { $0 == $1 ? nil : "\($1)" }
      case .leastLength(let list, let count):
        return length(list, count) { $0 >= $1 ? nil : "at least \($1)" }
      case .lengthWhere(let given, let list, let count):
        return place.value(given) == nil
          ? nil : length(list, count) { $0 <= $1 ? nil : "\($1), since \(given) is given" }
      case .below(let list, let limit):
        guard let numbers = usual(list)?.integers, let limit = usual(limit)?.integer,
          let largest = numbers.max(), largest >= limit, (1...4).contains(limit)
        else { return nil }
        return context.stop(
          at: place.location(of: list), "\(list) has \(largest), and the last stage is \(limit - 1)"
        )
      case .oneOf(let name, let choices, let other, let numbers):
        guard let value = place[name], !value.isOpaque, !choices.contains(value.string ?? ""),
          let number = place[other]?.int, !numbers.contains(number)
        else { return nil }
        return context.stop(
          at: place.location(of: name), "\(constructor.name) does not take \(name)=\(value.shown)",
          because: "it has to be " + choices.map { "'\($0)'" }.joined(separator: " or "))
      case .none(let name, let other, let numbers):
        guard let value = place.value(name), let number = place[other]?.int,
          numbers.contains(number), !value.isOpaque
        else { return nil }
        return context.stop(
          at: place.location(of: name),
          "\(constructor.name) does not take \(name) with \(other)=\(number)")
      case .exclusive(let one, let other):
        // What is loaded twice has a finding of its own where it is a text.
        guard let first = place[one], let second = place[other], !first.isFalse, !second.isFalse,
          second.string == nil || first.dictionary == nil
        else { return nil }
        return context.stop(
          at: place.location(of: other), "\(one) and \(other) cannot both be given")
      }
    }
  }

  private func length(
    _ list: String, _ number: String, _ wanted: (Int, Int) -> String?
  ) -> PreflightFinding? {
    guard case .list(let values)? = usual(list), let count = usual(number)?.integer,
      let wanted = wanted(values.count, count)
    else { return nil }
    return context.stop(
      at: place[list] == nil ? place.location(of: number) : place.location(of: list),
      "\(list) has \(values.count) entries and \(number) is \(count)",
      because: "\(constructor.name) wants \(wanted)"
        + (place[list] == nil ? "; where \(list) is not given, it has \(values.count)" : ""))
  }

  /// The value that the class has; nil if it is none that is known to run by itself.
  private func usual(_ name: String) -> ArgumentValue? {
    guard let argument = constructor.argument(name) else { return nil }
    guard let value = place[name] else { return argument.usual }
    return argument.judge(value).runs ? value.argument : nil
  }

  private func closest(to key: String) -> String? {
    constructor.arguments.map(\.name).first { $0.lowercased() == key.lowercased() }
      ?? constructor.arguments.map(\.name).first { $0.hasPrefix(key) || key.hasPrefix($0) }
  }

  /// Keys that the registry takes away before it calls the class.
  static let registryKeys: Set<String> = ["type", "_scope_"]
  static let isFormer = "versions of mmdetection before 3.0 had it, and those are not known here"
}

extension Constructor.Argument {
  /// Whether it makes no difference what it is given.
  var takesAnything: Bool {
    takes.contains {
      if case .anything = $0 { return true }
      return false
    }
  }

  /// Whether it has to have an element.
  private var refusesNothingInIt: Bool {
    refuses.contains {
      if case .emptySequence = $0 { return true }
      return false
    }
  }

  func judge(_ value: ConfigValue) -> Judgement {
    let isEmptyAndRefused = value.has(.emptySequence) && refusesNothingInIt
    if !isEmptyAndRefused, takes.contains(where: value.has) { return .runs }
    return refuses.contains(where: value.has)
      ? .stops("with such a value it stops while it is built or at the first image") : .untold
  }
}

/// What is known of the whole configuration when a class is looked at.
struct ArgumentContext {
  /// Whether the configuration is of a version before mmdetection 3.
  let isFormer: Bool
  /// Whether it imports code, which may put other classes in the place of mmdetection's.
  let hasOwnCode: Bool

  init(_ config: Config) {
    let top = Place(config)
    let model = top.place("model")
    isFormer =
      Self.formerKeys.contains { top[$0] != nil } || model?["pretrained"] != nil
      || top.place("data")?["samples_per_gpu"] != nil
      || top.place("data")?["imgs_per_gpu"] != nil
    hasOwnCode = top.value("custom_imports") != nil
  }

  private static let formerKeys = ["img_norm_cfg", "optimizer", "optimizer_config", "lr_config"]

  /// The class stops.
  func stop(at location: ConfigLocation?, _ what: String, because why: String = "")
    -> PreflightFinding
  {
    PreflightFinding(
      .argument, hasOwnCode ? .warning : .error, at: location,
      hasOwnCode
        ? "\(what): the run stops, unless code that is imported replaces the class"
        : "the run stops: \(what)", because: why)
  }

  func untold(at location: ConfigLocation?, _ what: String, because why: String)
    -> PreflightFinding
  {
    PreflightFinding(.argument, .note, at: location, "\(what) cannot be told", because: why)
  }
}
