import OrderedCollections
import PthBackbones

/// What happened to every key of the checkpoint (the source) and of the backbone (the target).
///
/// Every target key is in exactly one of ``loaded``, ``mismatched`` and ``missing``, unless it is a
/// counter of batches that the file's version does not have. Every source key is in exactly one of
/// ``loaded`` (as a source or another part), ``mismatched`` and ``unexpected``.
public struct LoadReport: Sendable, Hashable {
  /// Class name of the target.
  package let backbone: String
  /// The implementation whose names and arithmetic the target has.
  package let flavor: Flavor
  /// The prefix of the target's keys in this report; empty or ending in a dot.
  package let targetPrefix: String
  package let source: Source
  /// In the target's order, as are ``mismatched`` and ``missing``.
  public let loaded: [Loaded]
  /// Counters of batch norms that the file's version does not have. They start at 0 as in PyTorch,
  /// and count neither as loaded nor as missing.
  package let filled: [Filled]
  /// Keys whose source has another shape or type.
  public let mismatched: [Mismatched]
  /// Keys without a source.
  public let missing: [Missing]
  /// In the order of the file.
  public let unexpected: [Unexpected]
  /// The share of the target that was loaded.
  public let coverage: Coverage
  /// Assumptions about what the file does not show.
  package let assumptions: [Detection.Assumption]
  package internal(set) var warnings: [LoadWarning]
  /// Arguments of the target that the request left out: taken from the file, or defaults because
  /// nothing was recognised.
  package internal(set) var choices: [TargetChoice] = []
  /// How many parameters were put together from parts, by method.
  package let folds: OrderedDictionary<String, Int>
  /// If nothing fits, the likeliest reason.
  package internal(set) var reasonForNothing: String?
  /// Whether any weight of the target, its classifier and its norms aside, is loaded.
  let hasWeights: Bool

  /// The source tensors that lie in the network that was mapped and have no place in the target.
  package var unusedInNetwork: [Unexpected] { unexpected.filter(\.isInNetwork) }

  /// Whether each missing tensor has an unused one of its shape in the file's network: the names
  /// alone may differ.
  package var namesMayDiffer: Bool {
    RenamedPerhaps.holds(
      missing: missing.filter { $0.stage != .head }.map(\.shape),
      unused: unusedInNetwork.map(\.shape))
  }

  /// Whether tensors found their places by the order of their shapes, since no name is known.
  package var isAligned: Bool { loaded.contains { $0.how == .alignment } }

  /// What the target was asked to compute where the file's names fit the usual and the other alike.
  package var askedAssumptions: [Detection.Assumption] {
    let usual = source.detection?.assumptions ?? []
    return assumptions.filter { own in
      own.affectsOutputs
        && usual.contains { $0.code == own.code && Self.differ($0.value, own.value) }
    }
  }

  /// Whether two values make networks that differ; of lists with an entry a stage those that both have
  /// count.
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
    /// Parts of the backbone that lie under other prefixes.
    package let complements: [PrefixComplement]
    /// Number of tensors.
    package let keyCount: Int
    /// The backbone recognised under that prefix; nil if none was recognised.
    package let detection: Detection?
    /// Where the requested target contradicts the checkpoint, a sentence each.
    package let contradictions: [String]
  }

  /// How a source key was matched with a target key: the weakest step that was needed.
  public enum How: String, Sendable, Hashable, CaseIterable {
    /// The same name.
    case exact
    /// The same name after the user's revisions.
    case revised
    /// The same name behind a prefix, or inside of wrappers.
    case prefix
    /// Another implementation's name for the same parameter.
    case rule
    /// The same place in the order of shapes; the names were of no use.
    case alignment
  }

  /// A target key that has its values.
  public struct Loaded: Sendable, Hashable {
    /// The key as the file has it; of a parameter in parts the first.
    public let source: String
    /// The other parts of a parameter that the file has in parts.
    package let otherParts: [String]
    /// The key as the target has it.
    public let target: String
    /// How the source was found.
    public let how: How
    /// How the name was changed, or which order of shapes fits; nil if the name was not changed.
    package let rule: String?
    /// The file's element type, if it is converted to the target's.
    package let convertedFrom: String?
  }

  /// A counter that starts at 0.
  package struct Filled: Sendable, Hashable {
    /// The key as the target has it.
    package let target: String
    /// Why the file need not have it.
    package let why: String
  }

  /// A target key without source.
  public struct Missing: Sendable, Hashable {
    /// The key as the target has it.
    public let target: String
    /// Shape of the tensor.
    package let shape: [Int]
    /// The part of the backbone it belongs to.
    package let stage: Stage
    /// What it is initialised with: `kaiming normal, fan_out, relu`.
    public let initializer: String
  }

  /// A source key that the target has no use for.
  public struct Unexpected: Sendable, Hashable {
    /// The key as the file has it.
    public let source: String
    /// The other parts of a parameter that the file has in parts.
    package let otherParts: [String]
    /// Shape of the tensor.
    package let shape: [Int]
    /// Why, in a few words.
    public let why: String
    /// Its canonical name in the network that was mapped, without prefix; nil if it does not lie in
    /// that network.
    let nameInNetwork: String?
    /// The addition to the network that it belongs to, if its name or shape shows it:
    /// `squeeze-and-excitation`.
    package let part: String?

    /// Whether it lies in the network that was mapped, so that the network computes something else
    /// without it: in a stage or the stem, not in a classifier, a counter, a neck or a head.
    package var isInNetwork: Bool { nameInNetwork != nil }
  }

  /// A target key whose source has another shape, or a type that cannot be converted. It is
  /// initialised like a missing one.
  public struct Mismatched: Sendable, Hashable {
    /// The key as the file has it.
    public let source: String
    /// The other parts of a parameter that the file has in parts.
    package let otherParts: [String]
    /// The key as the target has it.
    public let target: String
    /// The shape that the file has.
    public let sourceShape: [Int]
    /// The shape that the target wants.
    public let targetShape: [Int]
    /// The part of the backbone it belongs to.
    package let stage: Stage
    /// A likely reason.
    package let hint: String
    /// What it is initialised with.
    package let initializer: String
  }
}
