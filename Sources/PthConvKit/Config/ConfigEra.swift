import PthConfigs
import PthReports

/// How configurations of a time say things.
struct ConfigEra {
  /// Of the time before mmdetection 2, which had no Res2Net of its own.
  let isFirst: Bool
  /// Whether weights are named by `model.pretrained`, not by the backbone's `init_cfg`.
  let usesPretrained: Bool
  /// Where the images of a GPU are said.
  let imagesPerGPU: [String]?
  /// Where the learning rate is said.
  let learningRate: [String]?
  /// Where mean, standard deviation and the order of colours are said, and the name of the last.
  let preparation: (path: [String], toRGB: String)?

  init(_ config: Config) {
    func exists(_ path: [String]) -> Bool { config.value(at: path) != nil }
    isFirst = exists(["data", "imgs_per_gpu"])
    usesPretrained =
      config.value(at: ["model", "pretrained"]) != nil
      && config.value(at: ["model", "backbone", "init_cfg"]) == nil
    imagesPerGPU = [
      ["train_dataloader", "batch_size"], ["data", "samples_per_gpu"], ["data", "imgs_per_gpu"],
    ].first(where: exists)
    learningRate = [["optim_wrapper", "optimizer", "lr"], ["optimizer", "lr"]]
      .first(where: exists)
    preparation =
      if exists(["model", "data_preprocessor", "mean"]) {
        (["model", "data_preprocessor"], "bgr_to_rgb")
      } else if exists(["img_norm_cfg", "mean"]) {
        (["img_norm_cfg"], "to_rgb")
      } else {
        nil
      }
  }
}

extension Config {
  /// The dictionary of the model's backbone.
  ///
  /// - Throws: `InputProblem` if there is none, or if only Python could tell.
  func backbone() throws -> (dictionary: ConfigDictionary, place: String) {
    for path in [["model"], ["model", "backbone"]] {
      guard let value = value(at: path) else { break }
      let place = "\(value.location.path):\(value.location.line)"
      guard let dictionary = value.dictionary else {
        throw InputProblem(
          "\(place): \(path.joined(separator: ".")) cannot be told without running the file")
      }
      if path.count == 2 { return (dictionary, place) }
    }
    throw InputProblem("\(path): there is no model.backbone in it")
  }

  /// The value behind keys of dictionaries in each other.
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
