/// A backbone recognised in the names and shapes of a state dict.
public struct Detection: Sendable, Hashable {
  /// Name of the architecture in the registry.
  package let backbone: String
  /// The implementation whose key names these are. Where several share them, the architecture's
  /// preferred one.
  package let flavor: Flavor
  /// The arguments that names and shapes tell, canonical; without `num_classes`.
  package let arguments: BackboneArguments
  /// The same backbone in the arguments of other implementations, where those differ.
  package let translations: [Flavor: BackboneArguments]
  /// What stands before the backbone's own keys (`backbone.`); empty or ending in a dot.
  package let prefix: String
  /// Classes of a classifier under the same prefix; nil without one.
  package let headClasses: Int?
  /// The implementation whose arithmetic the weights were trained with; nil if it cannot be known,
  /// in which case an assumption has the code `arithmetic-unknown`.
  package let arithmetic: Flavor?
  /// Whether the file calls itself a network that has these keys and computes something that no
  /// flavor does.
  package let isUnknownVariant: Bool
  /// Where each argument can be seen.
  package let evidence: [Evidence]
  /// What names and shapes cannot tell.
  package let assumptions: [Assumption]
  /// Keys of the described backbone that are there in the right shape.
  package let matchedKeys: Int
  /// Keys that the described backbone has.
  package let expectedKeys: Int
  /// The same without counters of batches, which old files do not have.
  package let matchedWeights: Int
  package let expectedWeights: Int
  /// Keys in the stages and the stem that the described backbone does not have, as the file calls
  /// them.
  package let strangers: [String]
  /// The published network that is most like it; nil if none is like it.
  package let published: Published?

  /// What a detector found; where nothing is said, names and shapes leave no doubt.
  ///
  /// - Parameters:
  ///   - matchedWeights: nil if the counters of batches make no difference.
  ///   - expectedWeights: the same.
  public init(
    backbone: String, flavor: Flavor, arguments: BackboneArguments = [:],
    translations: [Flavor: BackboneArguments] = [:], prefix: String, headClasses: Int? = nil,
    arithmetic: Flavor? = nil, isUnknownVariant: Bool = false, evidence: [Evidence] = [],
    assumptions: [Assumption] = [],
    matchedKeys: Int, expectedKeys: Int, matchedWeights: Int? = nil, expectedWeights: Int? = nil,
    strangers: [String] = [], published: Published? = nil
  ) {
    self.backbone = backbone
    self.flavor = flavor
    self.arguments = arguments
    self.translations = translations
    self.prefix = prefix
    self.headClasses = headClasses
    self.arithmetic = arithmetic
    self.isUnknownVariant = isUnknownVariant
    self.evidence = evidence
    self.assumptions = assumptions
    self.matchedKeys = matchedKeys
    self.expectedKeys = expectedKeys
    self.matchedWeights = matchedWeights ?? matchedKeys
    self.expectedWeights = expectedWeights ?? expectedKeys
    self.strangers = strangers
    self.published = published
  }

  /// The arguments that describe this backbone in another implementation.
  package func arguments(for target: Flavor) -> BackboneArguments {
    translations[target] ?? arguments
  }

  /// Whether the file has the whole backbone and nothing else in its stages and stem.
  package var isWhole: Bool { matchedWeights == expectedWeights && strangers.isEmpty }

  /// A published network, and how much of it is in the file.
  public struct Published: Sendable, Hashable {
    package let name: String
    /// The share of its weights that the file has in the right shape, from 0 to 1.
    package let share: Double
    /// Whether names and shapes of the file are wholly those of the network.
    package let isWhole: Bool

    /// A published network by its name.
    public init(name: String, share: Double, isWhole: Bool) {
      self.name = name
      self.share = share
      self.isWhole = isWhole
    }
  }

  /// Where an argument's value can be seen.
  public struct Evidence: Sendable, Hashable {
    package let argument: String
    /// What a person calls it ("scale").
    package let label: String
    package let value: ArgumentValue
    /// The keys and shapes that show it ("convs.0 to convs.4").
    package let seen: String
    /// An argument that names published values of this one. Where none of them fits what is seen,
    /// every value of that argument contradicts the file.
    package let publishedAs: String?

    /// What shows an argument.
    public init(
      argument: String, label: String, value: ArgumentValue, seen: String,
      publishedAs: String? = nil
    ) {
      self.argument = argument
      self.label = label
      self.value = value
      self.seen = seen
      self.publishedAs = publishedAs
    }
  }

  /// Something that had to be assumed.
  public struct Assumption: Sendable, Hashable {
    /// The argument, or `arithmetic-unknown`.
    package let code: String
    /// What is assumed, or what is unknown and why.
    package let text: String
    /// Whether the network's outputs depend on it.
    package let affectsOutputs: Bool
    /// The value that is assumed for the argument; nil if it is none.
    package let value: ArgumentValue?
    /// Whether it is made because a part of the network is not in the file, under this prefix.
    package internal(set) var isOfAbsentPart = false

    /// An assumption.
    public init(
      code: String, text: String, affectsOutputs: Bool = true, value: ArgumentValue? = nil
    ) {
      self.code = code
      self.text = text
      self.affectsOutputs = affectsOutputs
      self.value = value
    }
  }

  /// Where the request contradicts what the file shows.
  ///
  /// - Parameters:
  ///   - asked: canonical arguments, as ``BackboneRegistry/resolve(_:arguments:flavor:)`` gives
  ///     them.
  ///   - target: the implementation that is asked for; nil for the detected one.
  package func contradicted(
    by asked: BackboneArguments, flavor target: Flavor? = nil
  ) -> [Evidence] {
    let translated = arguments(for: target ?? flavor)
    let found = evidence.filter { evidence in
      // The same width may have another number there.
      let isTranslated = translated[evidence.argument] != arguments[evidence.argument]
      let seen = isTranslated ? translated[evidence.argument] : evidence.value
      guard let value = asked[evidence.argument], value != .null, let seen else { return false }
      return !value.agrees(with: seen) && !evidence.isBeginning(value, of: seen)
    }
    // Of two arguments that say the same the published one is enough.
    return found.filter { item in !found.contains { $0.argument == item.publishedAs } }
  }

  /// For each argument that contradicts the file, a sentence with what the file is; the parameters
  /// are those of ``contradicted(by:flavor:)``.
  package func contradictions(
    with asked: BackboneArguments, flavor target: Flavor? = nil
  ) -> [String] {
    // Values that no published one has contradict every published one.
    let unpublished = evidence.filter { item in
      guard let name = item.publishedAs, let value = asked[name], value != .null else {
        return false
      }
      return !evidence.contains { $0.argument == name }
    }
    return contradicted(by: asked, flavor: target).filter { !unpublished.contains($0) }
      .map { $0.contradiction("\(asked[$0.argument] ?? .null)") }
      + unpublished.map { item in
        let name = item.publishedAs ?? item.argument
        return item.contradiction("\(name) \(asked[name] ?? .null)")
      }
  }

  /// Of the contradictions those about what no name and no shape tells, but the file does: its style,
  /// say.
  package func contradictionsOfNoShape(
    with asked: BackboneArguments, flavor target: Flavor? = nil
  ) -> [String] {
    let open = Set(assumptions.map(\.code))
    return contradicted(by: asked, flavor: target).filter { open.contains($0.argument) }
      .map { $0.contradiction("\(asked[$0.argument] ?? .null)") }
  }
}

extension Detection.Evidence {
  /// The sentence for something else that was asked for.
  fileprivate func contradiction(_ asked: String) -> String {
    "the checkpoint has \(label) \(value): \(seen); you asked for \(asked)"
  }
}

extension ArgumentValue {
  /// Whether an asked value fits what was seen: of two dictionaries only the common keys count, and
  /// in a state dict SyncBN is BN.
  package func agrees(with seen: ArgumentValue) -> Bool {
    guard case .dictionary(let items) = seen else { return self == seen }
    return items.allSatisfy { item in
      guard let value = self[item.key] else { return true }
      let names = [value, item.value].map(\.string)
      return value == item.value || (value == "SyncBN" && item.value == "BN")
        || names == ["FrozenBN", "BN"] || names == ["BN", "FrozenBN"]
    }
  }
}

extension Detection.Evidence {
  /// Whether the request wants the first stages of what is seen and no more, which is no contradiction:
  /// up to there the smaller network computes what the whole one does.
  fileprivate func isBeginning(_ asked: ArgumentValue, of seen: ArgumentValue) -> Bool {
    guard publishedAs != nil, let asked = asked.integers, let seen = seen.integers else {
      return false
    }
    return asked.count < seen.count && seen.starts(with: asked)
  }
}
