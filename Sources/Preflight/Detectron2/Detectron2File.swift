import OrderedCollections
import PthBackbones
import PthCheckpoints
import PthReports
import PthTensors

/// Where detectron2 finds what `MODEL.WEIGHTS` names.
struct Detectron2Source: Sendable {
  let written: String
  /// Without what stands behind a `?`.
  let name: String
  /// Whether names are to be matched by their ends.
  let asksForHeuristics: Bool
  let url: String?
  /// The file's path; nil where only detectron2 itself knows it.
  let path: String?
  /// The scheme, if none of detectron2's own handlers knows it.
  let unknownScheme: String?

  var fileName: String { name.split(separator: "/").last.map(String.init) ?? name }

  /// - Parameter cache: The folder in which downloads are kept.
  init(_ written: String, cache: String) {
    self.written = written
    let parts = written.split(separator: "?", maxSplits: 1)
    let name = parts.first.map(String.init) ?? ""
    self.name = name
    asksForHeuristics = parts.count > 1 && parts[1].contains("matching_heuristics=True")
    func split(_ text: String) -> (scheme: String, rest: String)? {
      guard let mark = text.firstRange(of: "://") else { return nil }
      return (String(text[..<mark.lowerBound]), String(text[mark.upperBound...]))
    }
    switch split(name) {
    case nil: (url, path, unknownScheme) = (nil, name, nil)
    case ("detectron2", let rest)?:
      (url, path, unknownScheme) = (Self.zoo + rest, cache + "/detectron2/" + rest, nil)
    case ("http", let rest)?, ("https", let rest)?:
      let folder = rest.firstIndex(of: "/").map { rest[rest.index(after: $0)...] } ?? ""
      (url, path, unknownScheme) = (name, cache + "/" + folder, nil)
    case ("catalog", _)?: (url, path, unknownScheme) = (nil, nil, nil)
    case (let scheme, _)?: (url, path, unknownScheme) = (nil, nil, scheme)
    }
  }

  /// Where `detectron2://` leads to.
  private static let zoo = "https://dl.fbaipublicfiles.com/detectron2/"

  /// How images were prepared for the files of detectron2's zoo that its configurations begin with.
  func published(_ registry: BackboneRegistry) -> PublishedPreparation? {
    registry.preparation { $0.contains("/") && name.hasSuffix("/" + $0) }
  }
}

/// A file as detectron2's checkpointer sees it.
struct Detectron2File: Sendable {
  let checkpoint: Checkpoint
  /// The state dict under `model`, or that of the whole file.
  let state: StateDict
  /// Whether names are matched by their ends.
  let isMatchedByEnds: Bool
  /// Whether names are Caffe2's, which detectron2 renames.
  let isOfCaffe2: Bool
  /// The author of the weights, as the file names it.
  let author: String?

  /// - Throws: `CheckpointError` if the file cannot be read.
  init(_ path: String, _ source: Detectron2Source) throws(CheckpointError) {
    let found = try Checkpoint.open(path)
    let keys = found.candidates.map(\.key)
    let hints = found.hints
    author = hints.author
    let isPickle = path.hasSuffix(".pkl")
    // A pickle is detectron2's own if it names its author, else Caffe2's.
    let isOwn = keys.contains("model") && (!isPickle || author != nil)
    let wanted =
      path.hasSuffix(".pyth")
      ? "model_state" : isOwn ? "model" : isPickle && keys.contains("blobs") ? "blobs" : ""
    checkpoint =
      found.stateDictKey == wanted || !keys.contains(wanted)
      ? found : try Checkpoint.open(path, key: wanted)
    state = checkpoint.stateDictKey == wanted ? checkpoint.stateDict : StateDict()
    let says: Bool =
      if case .dict(let members, _) = found.metadata {
        members.contains { key, value in
          if key == "matching_heuristics", case .bool(true) = value { return true }
          return false
        }
      } else {
        false
      }
    let isBare = isPickle && !isOwn
    isOfCaffe2 = isBare || author == "Caffe2"
    isMatchedByEnds =
      isBare || says || path.hasSuffix(".pyth") || !isPickle && source.asksForHeuristics
  }

  /// The state dict under the names that it is loaded by.
  func loaded(
    into graph: ModelGraph, prefix: String, section: Detectron2Section?
  ) -> StateDict {
    guard isMatchedByEnds else { return state }
    var state = state
    if isOfCaffe2 {
      for (key, tensor) in self.state.tensors {
        if let name = section?.renamedFromCaffe2(key) { state[name] = tensor }
      }
    }
    var result = StateDict()
    for entry in graph.state {
      let name = prefix + entry.name
      var end = name[...]
      while true {
        if let tensor = state[String(end)] {
          result[name] = tensor
          break
        }
        guard let dot = end.firstIndex(of: ".") else { break }
        end = end[end.index(after: dot)...]
      }
    }
    return result
  }
}
