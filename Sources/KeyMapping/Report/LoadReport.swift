import OrderedCollections
import PthBackbones

/// What happened to every key of the checkpoint (the source) and of the backbone (the target).
///
/// Every target key is in exactly one of ``loaded``, `filled`, ``mismatched`` and ``missing``. Every source key is
/// in exactly one of ``loaded`` (as a source or another part), ``mismatched`` and ``unexpected``.
public struct LoadReport: Sendable, Hashable {
  /// Class name of the target.
  package let backbone: String
  /// The implementation whose names and arithmetic the target has.
  package let flavor: Flavor
  /// The prefix of the target's keys in this report; empty or ending in a dot.
  package let targetPrefix: String
  package let source: Source
  /// Keys with a source, in the target's order, as are ``mismatched`` and ``missing``.
  public let loaded: [Loaded]
  /// Counters of batch norms (`num_batches_tracked`) that the file need not have. They start at 0 as in PyTorch,
  /// and are neither loaded nor missing.
  package let filled: [Filled]
  /// Keys whose source has another shape or a type that cannot be converted.
  public let mismatched: [Mismatched]
  /// Keys without a source.
  public let missing: [Missing]
  /// Source keys that were not used, in the order of the file.
  public let unexpected: [Unexpected]
  /// The share of the target that was loaded.
  public let coverage: Coverage
  /// Assumptions about properties of the network that the file does not show.
  package let assumptions: [Detection.Assumption]
  package internal(set) var warnings: [LoadWarning]
  /// Arguments of the target that the request left out, with values from the file or defaults.
  package internal(set) var choices: [TargetChoice] = []
  /// Number of parameters that were folded from parts, by method.
  package let folds: OrderedDictionary<String, Int>
  /// The likeliest reason if nothing fits; nil otherwise.
  package internal(set) var reasonForNothing: String?
  /// Whether any weight of a convolution or linear layer is loaded, the classifier's excepted.
  let hasWeights: Bool

  /// The source tensors that are part of the file's network but have no place in the target.
  package var unusedInNetwork: [Unexpected] { unexpected.filter(\.isInNetwork) }

  /// Whether each missing tensor has an unused one of its shape in the file's network, so that perhaps only the
  /// names differ.
  package var namesMayDiffer: Bool {
    RenamedPerhaps.holds(
      missing: missing.filter { $0.stage != .head }.map(\.shape),
      unused: unusedInNetwork.map(\.shape))
  }

  /// Whether tensors were matched by the order of shapes, since no name is known.
  package var isAligned: Bool { loaded.contains { $0.how == .alignment } }

  /// Assumptions that affect outputs and in which the target was requested to differ from what detection assumes.
  package var askedAssumptions: [Detection.Assumption] {
    let usual = source.detection?.assumptions ?? []
    return assumptions.filter { own in
      own.affectsOutputs
        && usual.contains { $0.code == own.code && Self.differ($0.value, own.value) }
    }
  }

  /// Whether two values give different networks; of lists with an element per stage, only common stages are
  /// compared.
  private static func differ(_ one: ArgumentValue?, _ other: ArgumentValue?) -> Bool {
    if case .list(let some)? = one, case .list(let others)? = other {
      return zip(some, others).contains { $0 != $1 }
    }
    return one != other
  }

  /// Whether every key of both sides found its counterpart.
  public var isComplete: Bool { missing.isEmpty && unexpected.isEmpty && mismatched.isEmpty }

  /// The network that was found in the checkpoint.
  package struct Source: Sendable, Hashable {
    /// The prefix of the backbone's keys; empty or ending in a dot.
    package let prefix: String
    /// Parts of the backbone under other prefixes.
    package let complements: [PrefixComplement]
    /// Number of tensors.
    package let keyCount: Int
    /// The backbone recognised under that prefix; nil if none was recognised.
    package let detection: Detection?
    /// Contradictions between the requested target and the checkpoint, a sentence each.
    package let contradictions: [String]
  }

  /// How a source key was matched with a target key: the weakest step that was needed.
  ///
  /// The cases are in the order of trust, most trusted first.
  public enum How: String, Sendable, Hashable, CaseIterable {
    /// The same name.
    case exact
    /// The same name after the user's revisions.
    case revised
    /// The same name after a prefix or wrapper words were removed.
    case prefix
    /// Another implementation's name for the same parameter.
    case rule
    /// The same position in the order of shapes; the names are not known.
    case alignment
  }

  /// A target key with a source.
  public struct Loaded: Sendable, Hashable {
    /// The key in the file; for a folded parameter the key of its first part.
    public let source: String
    /// The keys of a folded parameter's other parts.
    package let otherParts: [String]
    /// The key in the target.
    public let target: String
    /// How the source was found.
    public let how: How
    /// The changes of the name, or the order of shapes that fits; nil if the name was not changed.
    package let rule: String?
    /// The file's element type, if it is converted to the target's.
    package let convertedFrom: String?
  }

  /// A counter that starts at 0.
  package struct Filled: Sendable, Hashable {
    /// The key in the target.
    package let target: String
    /// Why the file need not have it, for reports.
    package let why: String
  }

  /// A target key without source.
  public struct Missing: Sendable, Hashable {
    /// The key in the target.
    public let target: String
    /// Shape of the tensor.
    package let shape: [Int]
    /// The part of the backbone that it belongs to.
    package let stage: Stage
    /// The initialiser that fills it: `kaiming normal, fan_out, relu`.
    public let initializer: String
  }

  /// A source key that has no place in the target.
  public struct Unexpected: Sendable, Hashable {
    /// The key in the file; for a folded parameter the key of its first part.
    public let source: String
    /// The keys of a folded parameter's other parts.
    package let otherParts: [String]
    /// Shape of the tensor.
    package let shape: [Int]
    /// The reason, in a few words.
    public let why: String
    /// Its canonical name in the file's network, without prefix; nil if it is not part of that network.
    let nameInNetwork: String?
    /// The addition to the network that it belongs to, if its name or shape shows that:
    /// `squeeze-and-excitation`.
    package let part: String?

    /// Whether the tensor is part of the file's network, which computes something else without it: not a
    /// classifier, counter, neck or head.
    package var isInNetwork: Bool { nameInNetwork != nil }
  }

  /// A target key whose source has another shape, or a type that cannot be converted. It is
  /// initialised like a missing one.
  public struct Mismatched: Sendable, Hashable {
    /// The key in the file; for a folded parameter the key of its first part.
    public let source: String
    /// The keys of a folded parameter's other parts.
    package let otherParts: [String]
    /// The key in the target.
    public let target: String
    /// The shape in the file.
    public let sourceShape: [Int]
    /// The shape in the target.
    public let targetShape: [Int]
    /// The part of the backbone that it belongs to.
    package let stage: Stage
    /// A likely reason.
    package let hint: String
    /// The initialiser that fills it.
    package let initializer: String
  }
}
