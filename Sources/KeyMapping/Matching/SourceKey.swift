import PthBackbones
import PthTensors

/// A key of the checkpoint, or a parameter that the checkpoint has in parts.
struct SourceKey: Sendable {
  /// As the file has it; of a parameter in parts the key of the first.
  let original: String
  /// How the parameter is put together, if the file has it in parts.
  let fold: ParameterFold?
  /// After the user's revisions.
  let revised: String
  /// Without what wrappers put into the name.
  let name: String
  /// The words of the name between the dots.
  let components: [Substring]
  let shape: [Int]
  let dtype: DType
  /// Whether there is anything to load: a meta tensor has a shape alone.
  let hasData: Bool
  /// Whether the revisions gave a later key the same name: of two the last counts, as in mmengine.
  var isSuperseded = false

  /// The key and its shape under its name.
  var keyShape: KeyShape { KeyShape(name, shape) }

  /// The keys of the other parts of a parameter in parts.
  var otherParts: [String] { fold.map { Array($0.parts.dropFirst()) } ?? [] }

  /// Whether the user's revisions changed the name.
  var isRevised: Bool { revised != fold?.name ?? original }

  /// The steps by which the name was changed before it was compared, in words, and the weakest of
  /// them.
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
