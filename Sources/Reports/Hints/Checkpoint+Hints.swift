import PthBackbones
import PthCheckpoints

extension Checkpoint {
  /// The file's metadata that help to detect its network.
  package var hints: FileHints {
    let metadata = self.metadata
    var hints = FileHints(fileName: fileName)
    hints.author = metadata["__author__"]?.text
    hints.architecture = metadata["arch"]?.text ?? metadata["args"]?["model"]?.text
    if let meta = metadata["meta"] {
      hints.configuration = (meta["config"] ?? meta["cfg"])?.text
      // Only a training run writes an epoch; in a converted file the version does not name the library that trained.
      if meta["epoch"] != nil || meta["iter"] != nil {
        hints.library = ["mmdet", "mmpretrain"].first { meta["\($0)_version"] != nil }
      }
    }
    return hints
  }
}

extension MetadataValue {
  /// The member of a dict or an object with this key; nil if there is none.
  fileprivate subscript(key: String) -> MetadataValue? {
    switch self {
    case .dict(let members, _), .object(_, let members, _):
      members.first { $0.key == key }?.value
    default: nil
    }
  }

  fileprivate var text: String? { if case .string(let text) = self { text } else { nil } }
}
