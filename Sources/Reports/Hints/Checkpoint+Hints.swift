import PthBackbones
import PthCheckpoints

extension Checkpoint {
  /// The file's metadata that help to recognise its network.
  package var hints: FileHints {
    let metadata = self.metadata
    var hints = FileHints(fileName: fileName)
    hints.author = metadata["__author__"]?.text
    hints.architecture = metadata["arch"]?.text ?? metadata["args"]?["model"]?.text
    if let meta = metadata["meta"] {
      hints.configuration = (meta["config"] ?? meta["cfg"])?.text
      // A file that was only converted has no epoch; what was trained counts.
      if meta["epoch"] != nil || meta["iter"] != nil {
        hints.library = ["mmdet", "mmpretrain"].first { meta["\($0)_version"] != nil }
      }
    }
    return hints
  }
}

extension MetadataValue {
  /// A member of a dict or an object by its key; nil if there is none.
  fileprivate subscript(key: String) -> MetadataValue? {
    switch self {
    case .dict(let members, _), .object(_, let members, _):
      members.first { $0.key == key }?.value
    default: nil
    }
  }

  fileprivate var text: String? { if case .string(let text) = self { text } else { nil } }
}
