/// The part of a backbone that a parameter or a node belongs to.
public enum Stage: Sendable, Hashable, Comparable, CustomStringConvertible {
  /// Everything before the first stage.
  case stem
  /// `layer1`, `layer2`…, counted from 1.
  case layer(Int)
  /// Everything after the last stage: the classifier.
  case head

  /// The stage with this ``description``; nil for any other word.
  package init?(_ word: Substring) {
    switch word {
    case "stem": self = .stem
    case "head": self = .head
    default:
      guard word.hasPrefix("layer"), let number = Int(word.dropFirst("layer".count)) else {
        return nil
      }
      self = .layer(number)
    }
  }

  /// `stem`, `layer1`…, `head`.
  public var description: String {
    switch self {
    case .stem: "stem"
    case .layer(let number): "layer\(number)"
    case .head: "head"
    }
  }
}
