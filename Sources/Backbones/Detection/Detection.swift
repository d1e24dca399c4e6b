/// A backbone recognised in the names and shapes of a state dict.
public struct Detection: Sendable, Hashable {
  /// Name of the architecture in the registry.
  package let backbone: String
  /// The implementation that has these key names; of several the one that the architecture prefers.
  package let flavor: Flavor
  /// The canonical arguments that names and shapes show; without the number of a classifier's classes.
  package let arguments: BackboneArguments
  /// The arguments of the same backbone in other implementations, where they differ.
  package let translations: [Flavor: BackboneArguments]
  /// The prefix of the backbone's keys (`backbone.`); empty or ending in a dot.
  package let prefix: String
  /// Classes of a classifier under the same prefix; nil without one.
  package let headClasses: Int?
  /// The implementation whose arithmetic the weights were trained with; nil if it cannot be known,
  /// in which case an assumption has the code `arithmetic-unknown`.
  package let arithmetic: Flavor?
  /// Whether the file's name is that of a network with the same keys that computes something else
  /// than every flavor.
  package let isUnknownVariant: Bool
  /// Where each argument can be seen.
  package let evidence: [Evidence]
  /// What had to be assumed, since names and shapes do not show it.
  package let assumptions: [Assumption]
  /// Keys of the described backbone that are there in the right shape.
  package let matchedKeys: Int
  /// Keys that the described backbone has.
  package let expectedKeys: Int
  /// ``matchedKeys`` without counters of batches, which old files do not have.
  package let matchedWeights: Int
  package let expectedWeights: Int
  /// Keys in the stages and the stem that the described backbone does not have, as the file calls
  /// them.
  package let strangers: [String]
  /// The most similar published network; nil if none is similar.
  package let published: Published?

  /// A detector's result. Parameters that are left out mean that names and shapes leave no doubt.
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

  /// A published network, and the share of it that the file has.
  public struct Published: Sendable, Hashable {
    package let name: String
    /// The share of its weights that the file has in the right shape, from 0 to 1.
    package let share: Double
    /// Whether the file has all names and shapes of the network.
    package let isWhole: Bool

    /// A published network by its name.
    public init(name: String, share: Double, isWhole: Bool) {
      self.name = name
      self.share = share
      self.isWhole = isWhole
    }
  }

  /// What shows an argument's value.
  public struct Evidence: Sendable, Hashable {
    package let argument: String
    /// The argument's name in sentences ("scale").
    package let label: String
    package let value: ArgumentValue
    /// The keys and shapes that show it ("convs.0 to convs.4").
    package let seen: String
    /// The argument whose values stand for published values of this one (`depth` for `layers`). If
    /// none of those is what the file shows, every value of that argument contradicts the file.
    package let publishedAs: String?

    /// The evidence for an argument.
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
    /// Whether it was made because a part of the network is not in the file under this prefix.
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

  /// The evidence that contradicts the request.
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
      // The target's implementation may have another number for the same width.
      let isTranslated = translated[evidence.argument] != arguments[evidence.argument]
      let seen = isTranslated ? translated[evidence.argument] : evidence.value
      guard let value = asked[evidence.argument], value != .null, let seen else { return false }
      return !value.agrees(with: seen) && !evidence.isBeginning(value, of: seen)
    }
    // Of two arguments for the same property only the published one is reported.
    return found.filter { item in !found.contains { $0.argument == item.publishedAs } }
  }

  /// A sentence for each argument that contradicts the file, with what the file has; the parameters
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

  /// The contradictions about arguments that no name or shape shows but the file's metadata does,
  /// such as its style.
  package func contradictionsOfNoShape(
    with asked: BackboneArguments, flavor target: Flavor? = nil
  ) -> [String] {
    let open = Set(assumptions.map(\.code))
    return contradicted(by: asked, flavor: target).filter { open.contains($0.argument) }
      .map { $0.contradiction("\(asked[$0.argument] ?? .null)") }
  }
}

extension Detection.Evidence {
  /// The sentence for another value that was asked for.
  fileprivate func contradiction(_ asked: String) -> String {
    "the checkpoint has \(label) \(value): \(seen); you asked for \(asked)"
  }
}

extension ArgumentValue {
  /// Whether a requested value agrees with the file's: of two dictionaries only the common keys
  /// count, and SyncBN and BN are the same in a state dict.
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
  /// Whether the request wants only the first stages of the file's network. That is no
  /// contradiction: the smaller network computes the same up to there.
  fileprivate func isBeginning(_ asked: ArgumentValue, of seen: ArgumentValue) -> Bool {
    guard publishedAs != nil, let asked = asked.integers, let seen = seen.integers else {
      return false
    }
    return asked.count < seen.count && seen.starts(with: asked)
  }
}
