import PthBackbones
import PthCheckpoints
import PthKeyMapping
import PthReports
import PthTensors

/// A checkpoint with the state dict that mmengine's loader uses: the value of `state_dict`, or the top level if there
/// is none.
struct LoaderView: Sendable {
  let checkpoint: Checkpoint
  /// The state dict that the loader sees.
  let state: StateDict
  /// The path of the weights in the file if the loader does not look there, so that ``state`` is empty; else nil.
  let elsewhere: String?
  private let registry: BackboneRegistry

  /// - Throws: `CheckpointError` if the file cannot be read.
  init(_ path: String, _ registry: BackboneRegistry) throws(CheckpointError) {
    self.registry = registry
    let found = try Checkpoint.open(path)
    let keys = found.candidates.map(\.key)
    let wanted = keys.contains("state_dict") ? "state_dict" : ""
    if found.stateDictKey == wanted {
      checkpoint = found
      state = found.stateDict
      elsewhere = nil
    } else if keys.contains(wanted), let other = try? Checkpoint.open(path, key: wanted) {
      checkpoint = other
      state = other.stateDict
      elsewhere = nil
    } else {
      checkpoint = found
      state = StateDict()
      elsewhere = found.stateDictKey
    }
  }

  /// The formats that `torch.load` can read.
  static let formats: Set<CheckpointFormat> = [.torchZip, .torchLegacy, .torchTar]

  /// The mapping of the file to a graph, which finds prefixes and other implementations' names; nil if it fails.
  func mapping(to graph: ModelGraph, prefix: String? = nil) -> KeyMapping? {
    var options = MappingOptions(prefix: prefix, registry: registry)
    options.hints = checkpoint.hints
    return try? KeyMapping(of: checkpoint.stateDict, to: graph, options: options)
  }

  /// Modules outside of a prefix that only detectors have.
  func detectorParts(beside prefix: String) -> [String] {
    let outer = prefix.hasPrefix("module.") ? "module." : ""
    var parts: [String] = []
    for key in checkpoint.stateDict.keys where !key.hasPrefix(prefix) && key.hasPrefix(outer) {
      let part = String(key.dropFirst(outer.count).prefix { $0 != "." })
      if Self.isDetectorPart(part), !parts.contains(part) { parts.append(part) }
    }
    return parts
  }

  private static func isDetectorPart(_ name: String) -> Bool {
    name == "neck" || name.hasSuffix("_head") || name.hasSuffix("_neck") || name == "encoder"
      || name == "decoder" || name == "bbox_embed"
  }
}

extension CheckpointError {
  /// Whether the file may be intact although pthconv could not read it.
  var isBeyondUs: Bool {
    switch reason {
    case .unsupported, .tensor, .noStateDict, .file: true
    default: false
    }
  }
}

extension LoadReport {
  /// `complete: 318 of 318 keys loaded`
  var summary: String {
    let total = coverage.total
    return "\(verdict.rawValue): \(Format.grouped(total.loadedKeys)) of "
      + "\(Format.grouped(total.keys)) keys loaded"
      + (source.prefix.isEmpty ? "" : " behind '\(source.prefix)'")
  }
}
