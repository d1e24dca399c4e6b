import OrderedCollections
import PthConfigs
import PthReports

/// Where configurations of different mmdetection versions keep their settings.
struct ConfigEra {
  /// Whether the configuration is for mmdetection 1, in which some classes were those of the network's authors.
  let isFirst: Bool
  /// Whether weights are named by `model.pretrained` and not by the backbone's `init_cfg`.
  let usesPretrained: Bool
  /// The path of the number of images per GPU.
  let imagesPerGPU: [String]?
  /// The path of the learning rate.
  let learningRate: [String]?
  /// The paths of the dictionaries with mean, standard deviation and channel order, and the name of the latter.
  let preparations: [(path: [String], toRGB: String)]

  /// - Parameter owner: The path of the dictionary with the backbone.
  init(_ config: Config, owner: [String]) {
    func exists(_ path: [String]) -> Bool { config.value(at: path) != nil }
    isFirst = exists(["data", "imgs_per_gpu"])
    usesPretrained =
      config.value(at: owner + ["pretrained"]) != nil
      && config.value(at: owner + ["backbone", "init_cfg"]) == nil
    imagesPerGPU = [
      ["train_dataloader", "batch_size"], ["data", "samples_per_gpu"], ["data", "imgs_per_gpu"],
    ].first(where: exists)
    learningRate = [["optim_wrapper", "optimizer", "lr"], ["optimizer", "lr"]]
      .first(where: exists)
    // A model that contains models may have a preprocessor, and so may its inner one.
    let model = ["model", "data_preprocessor"]
    let modern = [owner + ["data_preprocessor"], model, model + ["data_preprocessor"]]
    let places =
      modern.filter { exists($0 + ["mean"]) }.map { (path: $0, toRGB: "bgr_to_rgb") }
      + (exists(["img_norm_cfg", "mean"]) ? [(path: ["img_norm_cfg"], toRGB: "to_rgb")] : [])
    preparations = places.enumerated().filter { index, place in
      places.firstIndex { $0.path == place.path } == index
    }.map(\.element)
  }
}

extension Config {
  /// The dictionary of the model's backbone, and the path of the dictionary that contains it.
  ///
  /// A model that contains models (a tracker, a student with its teacher) has the backbone further inside. Of several,
  /// the detector's is used unless another part is requested.
  ///
  /// - Parameter part: The path of the dictionary with the backbone, such as `model.reid`.
  /// - Throws: `InputProblem` if there is no backbone, if several are possible, or if only Python could evaluate it.
  func backbone(
    of part: String? = nil
  ) throws -> (dictionary: ConfigDictionary, owner: [String], place: String) {
    if origin == .detectron2 {
      throw InputProblem(
        "\(path): is a configuration of detectron2; 'pthconv preflight' reads it, and this takes one of "
          + "mmdetection and its relatives")
    }
    for path in [["model"], ["model", "backbone"]] {
      guard let value = value(at: path) else { break }
      if value.dictionary == nil {
        throw InputProblem(
          "\(value.location.path):\(value.location.line): \(path.joined(separator: ".")) cannot be told "
            + "without running the file")
      }
    }
    let found = backbonePaths
    let names = found.map { $0.joined(separator: ".") }
    let usual = [["model"], ["model", "detector"]]
    let owner: [String]?
    if let part {
      owner = found.first { $0.joined(separator: ".") == part }
    } else {
      owner = found.count == 1 ? found[0] : usual.first(where: found.contains)
    }
    guard let owner, let value = value(at: owner + ["backbone"]),
      let dictionary = value.dictionary
    else {
      guard !found.isEmpty else { throw InputProblem("\(path): there is no model.backbone in it") }
      let asked = part.map { "'\($0)' has no backbone" } ?? "there are several backbones"
      throw InputProblem("\(path): \(asked); choose a part: \(names.joined(separator: ", "))")
    }
    return (dictionary, owner, "\(value.location.path):\(value.location.line)")
  }

  /// The paths of all dictionaries in the model that have a backbone.
  var backbonePaths: [[String]] {
    var found: [[String]] = []
    func look(_ dictionary: ConfigDictionary, _ path: [String]) {
      guard path.count < 24 else { return }
      for (key, entry) in dictionary.entries {
        guard let inner = entry.value.dictionary else { continue }
        if key == "backbone" { found.append(path) }
        look(inner, path + [key])
      }
    }
    if let model = self["model"]?.dictionary { look(model, ["model"]) }
    return found
  }

  /// The value at a path of dictionary keys; nil if there is none.
  package func value(at path: some Sequence<String>) -> ConfigValue? {
    var keys = path.makeIterator()
    guard let first = keys.next(), var value = self[first] else { return nil }
    while let key = keys.next() {
      guard let next = value[key] else { return nil }
      value = next
    }
    return value
  }
}
