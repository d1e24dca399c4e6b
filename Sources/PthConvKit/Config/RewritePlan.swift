import OrderedCollections
import PthBackbones
import PthCheckpoints
import PthConfigs
import PthKeyMapping
import PthReports

/// The changes to a configuration that a new backbone requires.
struct RewritePlan {
  let request: ConfigRewrite.Request
  let config: Config
  let era: ConfigEra
  let oldBackbone: ConfigDictionary
  /// The path of the dictionary with the backbone.
  let owner: [String]
  var changes: [ConfigRewrite.Change] = []
  var notes: [String] = []
  private var graph: ModelGraph?

  init(_ request: ConfigRewrite.Request, _ config: Config) throws {
    self.request = request
    self.config = config
    (oldBackbone, owner, _) = try config.backbone(of: request.part)
    era = ConfigEra(config, owner: owner)
    let others = config.backbonePaths.filter { $0 != owner }
    if !others.isEmpty {
      notes.append(
        "\(owner.joined(separator: ".")) gets the backbone; "
          + others.map { $0.joined(separator: ".") }.joined(separator: ", ")
          + " keep\(others.count == 1 ? "s" : "") what \(others.count == 1 ? "it has" : "they have") "
          + "(another part can be chosen)")
    }
  }

  // MARK: The backbone

  mutating func changeBackbone() throws {
    let checkpoint = try Checkpoint.open(request.pretrained)
    let family = try request.registry.resolve(request.backbone).definition
    let original = era.isFirst ? family.configurationClass?.originalFlavor : nil
    let entry = BackboneEntry(
      oldBackbone, family.configurationClass, isOfficial: original != nil)
    let asksPretrain = config["default_scope"]?.string == "mmpretrain"
    let flavor: Flavor =
      original
      ?? (asksPretrain
        ? family.configurationClass?.pretrainFlavor ?? .mmpretrain
        : family.configurationClass?.flavor ?? .mmdet)
    let asked = BackboneRequest(
      request.backbone, flavor: flavor, arguments: entry.arguments(of: oldBackbone))
    let mapping = try asked.mapping(
      of: checkpoint, options: MappingOptions(registry: request.registry))
    let prefix = try loadablePrefix(mapping, checkpoint, flavor)
    graph = mapping.target
    var set: [(key: String, value: PythonLiteral)]
    let classes = mapping.report.source.detection?.headClasses
    switch entry.entries(for: mapping.target, classes: classes, request.registry) {
    case .success(let entries): set = entries
    case .failure(let problem): throw InputProblem("\(request.pretrained): \(problem)")
    }
    try check(set + kept(entry), describe: mapping.target, flavor)
    let file = PythonText.quoted(request.pretrained)
    if era.usesPretrained {
      changes.append(
        ConfigRewrite.Change(
          path: owner + ["pretrained"], literal: .text(file),
          expected: .string(request.pretrained)))
    } else {
      var weights: [(key: String, value: PythonLiteral)] = [
        ("type", .text("'Pretrained'")), ("checkpoint", .text(file)),
      ]
      if !prefix.isEmpty { weights.append(("prefix", .text(PythonText.quoted(prefix)))) }
      set.append(("init_cfg", .dictionary(weights)))
      // If `pretrained` stayed, its weights would be loaded as well.
      if config.value(at: owner + ["pretrained"]) != nil {
        changes.append(
          ConfigRewrite.Change(
            path: owner + ["pretrained"], literal: .text("None"),
            expected: ConfigValue.Content.none))
      }
    }
    let keys = Set(set.map(\.key) + entry.keptKeys)
    let gone = Set(oldBackbone.entries.keys).subtracting(keys)
    let kept = kept(entry)
    changes.append(
      ConfigRewrite.Change(
        path: owner + ["backbone"],
        literal: .dictionary(
          set.filter { $0.key != "init_cfg" } + kept + set.filter { $0.key == "init_cfg" }),
        expected: nil, entries: (gone, set)))
    let told = set.dropFirst().filter { $0.key != "init_cfg" }
      .map { "\($0.key)=\($0.value.oneLine)" }.joined(separator: ", ")
    notes.append(
      "backbone: \(family.name) with \(told), as the file shows; it fills "
        + "\(mapping.report.loaded.count) of the \(mapping.target.state.count) keys")
    let lost = Set(entry.keepableKeys).subtracting(entry.keptKeys).sorted()
    if !lost.isEmpty {
      notes.append("the official class does not take \(lost.joined(separator: ", ")): left out")
    }
    for warning in mapping.report.warnings { notes.append("warning: \(warning.text)") }
    if let loaded = config["load_from"]?.string {
      notes.append(
        "warning: load_from names \(loaded), which is loaded afterwards and may overwrite the backbone"
      )
    }
  }

  /// The entries of the old backbone that the new one keeps.
  private func kept(_ entry: BackboneEntry) -> [(key: String, value: PythonLiteral)] {
    entry.keptKeys.compactMap { key in
      oldBackbone[key].map { (key: key, value: PythonLiteral.text(PythonText.text(of: $0))) }
    }
  }

  /// Checks that the written arguments alone give the network in the file.
  private func check(
    _ entries: [(key: String, value: PythonLiteral)], describe graph: ModelGraph, _ flavor: Flavor
  ) throws {
    var arguments = BackboneArguments()
    for (key, value) in entries where key != "type" {
      // A value that stays an expression does not describe the network.
      guard let argument = try? ArgumentValue(parsing: value.oneLine) else { continue }
      arguments[key] = argument
    }
    let type = entries.first { $0.key == "type" }?.value.oneLine.filter { $0 != "'" }
    let made = try? request.registry.makeGraph(
      type ?? graph.backbone, arguments: arguments, flavor: flavor)
    guard made?.keyShapesWithoutHead == graph.keyShapesWithoutHead else {
      throw InputProblem(
        "\(request.pretrained): the network in it has arguments that the class does not take: "
          + graph.arguments.description)
    }
  }

  /// The prefix of the backbone's keys in the file, if the framework can load keys behind a prefix.
  private func loadablePrefix(
    _ mapping: KeyMapping, _ checkpoint: Checkpoint, _ flavor: Flavor
  ) throws -> String {
    let report = mapping.report
    let file = request.pretrained
    let question = "pthconv map \(file) --backbone \(request.backbone) --flavor \(flavor)"
    if let refusal = report.refusal { throw InputProblem("\(file): \(refusal)") }
    guard report.verdict == .complete else {
      throw InputProblem(
        "\(file): \(report.loaded.count) of the \(mapping.target.state.count) keys of "
          + "\(report.backbone) (\(flavor)) would be loaded"
          + (report.verdict == .foreign ? ", and the file's network is another one" : "")
          + "; '\(question)' tells why")
    }
    let conversion =
      "'pthconv convert \(file) NEW.pth --backbone \(request.backbone) --flavor \(flavor)' "
      + "writes a file that it loads"
    let formats: [CheckpointFormat] = [.torchZip, .torchLegacy, .torchTar]
    guard formats.contains(checkpoint.format) else {
      throw InputProblem("\(file): OpenMMLab's packages do not load such a file; \(conversion)")
    }
    guard ["", "state_dict"].contains(checkpoint.stateDictKey) else {
      throw InputProblem(
        "\(file): OpenMMLab's packages do not look for weights in '\(checkpoint.stateDictKey)'; "
          + conversion)
    }
    let isByName = report.loaded.allSatisfy { $0.how == .exact || $0.how == .prefix }
    let prefix = report.source.prefix
    let hasPrefix = !prefix.isEmpty && prefix != "module."
    let isDirect = report.loaded.allSatisfy { loaded in
      loaded.source == loaded.target || loaded.source == prefix + loaded.target
    }
    guard isByName, isDirect, !hasPrefix || !era.usesPretrained else {
      throw InputProblem(
        "\(file): its keys have other names than \(report.backbone) (\(flavor)) has, so the "
          + "weights would not be loaded; \(conversion)")
    }
    return hasPrefix ? prefix : ""
  }

  // MARK: Changes that follow from the backbone

  /// Channels of the old backbone's outputs; nil if they are not known.
  private var oldChannels: [Int]? {
    let part = owner.joined(separator: ".")
    let old = try? BackboneRequest(config: config, part: part, registry: request.registry)
    let graph = old.flatMap {
      try? request.registry.makeGraph($0.name, arguments: $0.arguments, flavor: $0.flavor)
    }
    return graph?.stageChannels
  }

  mutating func changeNeck() {
    guard let graph else { return }
    let channels = graph.stageChannels
    let text = "[\(channels.map(String.init).joined(separator: ", "))]"
    guard let value = config.value(at: owner + ["neck", "in_channels"]) else {
      // There may be several necks, or heads that take the stages directly.
      if channels != oldChannels {
        notes.append(
          "warning: the backbone returns \(text) channels, and no \(owner.joined(separator: ".")).neck.in_channels says so; "
            + "look at what takes them")
      }
      return
    }
    guard let old = value.elements?.map(\.int) else {
      if let old = value.int, channels.last != old {
        notes.append(
          "warning: \(owner.joined(separator: ".")).neck.in_channels is \(old), and the backbone returns "
            + "\(channels.map(String.init).joined(separator: ", ")) channels; look at the neck")
      }
      return
    }
    guard old.count == channels.count else {
      notes.append(
        "warning: the neck takes \(old.count) inputs and the backbone returns "
          + "\(channels.count); look at out_indices")
      return
    }
    guard old != channels.map(Optional.init) else { return }
    changes.append(
      ConfigRewrite.Change(
        path: owner + ["neck", "in_channels"], literal: .text(text),
        expected: .list(channels.map { ConfigValue(.int($0), at: value.location) })))
    notes.append("neck: in_channels \(text), the channels of the backbone's stages")
  }

  /// Sets the image preparation that the new weights need. Numbers that belong to no published weights are left alone.
  mutating func changePreparation() {
    let isAlone = config.backbonePaths.count < 2
    for (path, toRGB) in era.preparations {
      if isAlone || owner.count > 1 && path.starts(with: owner) {
        changePreparation(at: path, toRGB)
      } else {
        notes.append(
          "warning: \(path.joined(separator: ".")) prepares the images for several networks and is left "
            + "alone; look whether it fits the new weights")
      }
    }
  }

  private mutating func changePreparation(at path: [String], _ toRGB: String) {
    guard let graph,
      let mean = config.value(at: path + ["mean"])?.numbers,
      let std = config.value(at: path + ["std"])?.numbers,
      let isRGB = config.value(at: path + [toRGB])?.bool
    else { return }
    func isWritten(_ row: PublishedPreparation) -> Bool {
      row.mean == mean && row.deviation == std && row.isRGB == isRGB
    }
    let usual = PublishedPreparation()
    let registry = request.registry
    let rules = registry.definition(named: graph.backbone)?.usualPreparations(of: graph) ?? []
    let wanted = rules.first ?? usual
    guard !(rules.isEmpty ? [usual] : rules).contains(where: isWritten) else { return }
    let known = registry.definitions.flatMap(\.publishedWeights).filter(\.weights.isEmpty) + [usual]
    guard known.contains(where: isWritten) else {
      notes.append(
        "warning: \(path.joined(separator: ".")) is neither PyTorch's nor Caffe's; look whether it is "
          + "what the weights were trained with")
      return
    }
    func set(_ key: String, _ values: [Double]) {
      let text = "[\(values.map(PythonText.text).joined(separator: ", "))]"
      let location = config.value(at: path + [key])!.location
      changes.append(
        ConfigRewrite.Change(
          path: path + [key], literal: .text(text),
          expected: .list(values.map { ConfigValue(.float($0), at: location) })))
    }
    set("mean", wanted.mean)
    set("std", wanted.deviation)
    changes.append(
      ConfigRewrite.Change(
        path: path + [toRGB], literal: .text(wanted.isRGB ? "True" : "False"),
        expected: .bool(wanted.isRGB)))
    notes.append(
      "preparation: \(name(of: wanted)), which published weights of this style were trained with")
  }

  private func name(of preparation: PublishedPreparation) -> String {
    switch Preparation(preparation) {
    case Preparation(.imagenet)?: "PyTorch's (RGB, mean and std)"
    case Preparation(.caffe, isBGR: true)?: "Caffe's (BGR, mean alone)"
    case let other?: other.text
    case nil: "that of the family"
    }
  }

  mutating func changeLearningRate() throws {
    guard let run = request.run else { return }
    guard let path = era.learningRate, let old = config.value(at: path) else {
      throw InputProblem("\(request.config): there is no learning rate of an optimizer to scale")
    }
    let name = path.joined(separator: ".")
    guard let base = old.double else {
      throw InputProblem(
        "\(old.location.path):\(old.location.line): \(name) is not known without running the file")
    }
    let scaling = config["auto_scale_lr"]
    guard
      let rate = LearningRate(
        base: base, gpus: run.gpus, imagesPerGPU: run.imagesPerGPU,
        baseBatchSize: scaling?["base_batch_size"]?.int)
    else { throw InputProblem("\(request.config): \(name) is \(base), which cannot be scaled") }
    if let images = era.imagesPerGPU, config.value(at: images)?.int != run.imagesPerGPU {
      changes.append(
        ConfigRewrite.Change(
          path: images, literal: .text("\(run.imagesPerGPU)"), expected: .int(run.imagesPerGPU)))
    }
    if scaling?["enable"]?.bool == true {
      notes.append(
        "lr: left at \(PythonText.rounded(base)), since auto_scale_lr scales it when the run starts"
      )
      return
    }
    let text = PythonText.rounded(rate.value)
    if rate.value != base {
      changes.append(
        ConfigRewrite.Change(path: path, literal: .text(text), expected: .float(Double(text)!)))
    }
    notes.append("lr: \(rate.arithmetic) = \(text)")
    // Otherwise mmdetection's --auto-scale-lr would scale the rate a second time.
    if scaling?["base_batch_size"]?.int != nil, rate.batchSize != rate.standardBatchSize {
      changes.append(
        ConfigRewrite.Change(
          path: ["auto_scale_lr", "base_batch_size"], literal: .text("\(rate.batchSize)"),
          expected: .int(rate.batchSize)))
      notes.append(
        "auto_scale_lr: base_batch_size \(rate.batchSize), the images that lr is for now; "
          + "--auto-scale-lr would scale it again otherwise")
    }
  }
}

extension ConfigValue {
  /// The numbers of a list; nil if the list has other values.
  fileprivate var numbers: [Double]? {
    let numbers = elements?.compactMap(\.double)
    return numbers?.count == elements?.count ? numbers : nil
  }
}
