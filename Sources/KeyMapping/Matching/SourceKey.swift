import PthBackbones
import PthTensors

/// A key of the checkpoint, or a folded parameter that the checkpoint has in parts.
struct SourceKey: Sendable {
  /// The file's key; for a folded parameter the key of its first part.
  let original: String
  /// The fold, if the file has the parameter in parts.
  let fold: ParameterFold?
  /// The key after the user's revisions.
  let revised: String
  /// The revised key with dots and without wrapper words.
  let name: String
  /// The words of the name between the dots.
  let components: [Substring]
  let shape: [Int]
  let dtype: DType
  /// Whether the tensor has values; a meta tensor has only a shape.
  let hasData: Bool
  /// Whether the revisions gave a later key the same name; as in mmengine, the last one is used.
  var isSuperseded = false

  /// ``name`` with the shape.
  var keyShape: KeyShape { KeyShape(name, shape) }

  /// The keys of a folded parameter's other parts.
  var otherParts: [String] { fold.map { Array($0.parts.dropFirst()) } ?? [] }

  /// Whether the user's revisions changed the name.
  var isRevised: Bool { revised != fold?.name ?? original }

  /// The changes of the name before it was compared, described for reports, and the weakest kind among them.
  var steps: (how: LoadReport.How, words: [String]) {
    var words = fold.map { [$0.description] } ?? []
    var how = LoadReport.How.exact
    if isRevised {
      how = .revised
      words.append("\(fold?.name ?? original) revised to \(revised)")
    }
    if self.name != revised {
      how = .prefix
      words.append(
        revised.utf8.contains(UInt8(ascii: ".")) ? "wrappers removed" : "words joined by dots")
    }
    return (how, words)
  }
}
