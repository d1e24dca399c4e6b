import OrderedCollections
import PthBackbones
import PthCheckpoints
import PthReports
import PthTensors

/// The file that `MODEL.WEIGHTS` names, resolved by detectron2's rules.
struct Detectron2Source: Sendable {
  let written: String
  /// The name without the query after `?`.
  let name: String
  /// Whether the query asks for matching keys by their endings.
  let asksForHeuristics: Bool
  let url: String?
  /// The path of the file, or of its download; nil if only detectron2 knows it.
  let path: String?
  /// The scheme if no handler of detectron2 knows it; else nil.
  let unknownScheme: String?

  var fileName: String { name.split(separator: "/").last.map(String.init) ?? name }

  /// - Parameter cache: The directory of downloads.
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

  /// The URL that `detectron2://` stands for.
  private static let zoo = "https://dl.fbaipublicfiles.com/detectron2/"

  /// The preparation of images for a published file of detectron2's zoo; nil for any other file.
  func published(_ registry: BackboneRegistry) -> PublishedPreparation? {
    registry.preparation { $0.contains("/") && name.hasSuffix("/" + $0) }
  }
}

/// A file as detectron2's checkpointer reads it.
struct Detectron2File: Sendable {
  let checkpoint: Checkpoint
  /// The state dict that the checkpointer uses; empty if the weights are elsewhere in the file.
  let state: StateDict
  /// Whether the checkpointer matches keys by their endings.
  let isMatchedByEnds: Bool
  /// Whether names are Caffe2's, which detectron2 renames.
  let isOfCaffe2: Bool
  /// The author that the file names in `__author__`.
  let author: String?

  /// - Throws: `CheckpointError` if the file cannot be read.
  init(_ path: String, _ source: Detectron2Source) throws(CheckpointError) {
    let found = try Checkpoint.open(path)
    let keys = found.candidates.map(\.key)
    let hints = found.hints
    author = hints.author
    let isPickle = path.hasSuffix(".pkl")
    // detectron2's own pickles name their author; all others are taken for Caffe2's.
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

  /// The state dict with the names that its tensors are loaded under, after renaming and matching by endings.
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
