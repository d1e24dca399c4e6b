/// A backbone recognised in the names and shapes of a state dict.
public struct Detection: Sendable, Hashable {
  /// Name of the architecture in the registry.
  package let backbone: String
  /// The implementation with these key names; if several have them, the one that the architecture prefers.
  package let flavor: Flavor
  /// The canonical arguments that the file shows, without the number of a classifier's classes.
  package let arguments: BackboneArguments
  /// The arguments of the same backbone in those implementations where they differ.
  package let translations: [Flavor: BackboneArguments]
  /// The prefix of the backbone's keys (`backbone.`); empty or ending in a dot.
  package let prefix: String
  /// Number of classes of a classifier under the same prefix; nil without a classifier.
  package let headClasses: Int?
  /// The implementation whose arithmetic the weights were trained with; nil if the file does not show it,
  /// in which case an assumption has the code `arithmetic-unknown`.
  package let arithmetic: Flavor?
  /// Whether the file names a network that has the same keys as this one and computes something else
  /// than every known flavor.
  package let isUnknownVariant: Bool
  /// For each argument, the keys or metadata that show its value.
  package let evidence: [Evidence]
  /// Properties that names and shapes do not show and that were assumed.
  package let assumptions: [Assumption]
  /// Number of the described backbone's keys that the file has in the right shape.
  package let matchedKeys: Int
  /// Number of keys of the described backbone.
  package let expectedKeys: Int
  /// ``matchedKeys`` without `num_batches_tracked`, which old files do not have.
  package let matchedWeights: Int
  package let expectedWeights: Int
  /// The file's keys in the stages and the stem that the described backbone does not have, with the prefix.
  package let strangers: [String]
  /// The most similar published network; nil if none is similar.
  package let published: Published?

  /// A detector's result.
  ///
  /// - Parameters:
  ///   - matchedWeights: matched keys without `num_batches_tracked`; by default `matchedKeys`.
  ///   - expectedWeights: expected keys without `num_batches_tracked`; by default `expectedKeys`.
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

  /// A published network and the share of its weights that the file has.
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

  /// The keys or metadata that show an argument's value.
  public struct Evidence: Sendable, Hashable {
    package let argument: String
    /// The argument's name in sentences ("scale").
    package let label: String
    package let value: ArgumentValue
    /// The keys, shapes or metadata that show the value ("convs.0 to convs.4").
    package let seen: String
    /// The argument that names published values of this one (`depth` for `layers`). If the file's value is no
    /// published one, every value of that argument contradicts the file.
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

  /// A property that was assumed or is unknown.
  public struct Assumption: Sendable, Hashable {
    /// The argument, or `arithmetic-unknown`.
    package let code: String
    /// The assumption, or what is unknown and why, as a clause for messages.
    package let text: String
    /// Whether the network's outputs depend on it.
    package let affectsOutputs: Bool
    /// The value that is assumed for the argument; nil if the assumption is about no single argument.
    package let value: ArgumentValue?
    /// Whether the assumption was needed because a part of the network is not in the file under this prefix.
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
  ///   - asked: the requested arguments, canonical as from
  ///     ``BackboneRegistry/resolve(_:arguments:flavor:)``.
  ///   - target: the requested implementation; nil for the detected one.
  package func contradicted(
    by asked: BackboneArguments, flavor target: Flavor? = nil
  ) -> [Evidence] {
    let translated = arguments(for: target ?? flavor)
    let found = evidence.filter { evidence in
      // The same width may have another number in the target's implementation.
      let isTranslated = translated[evidence.argument] != arguments[evidence.argument]
      let seen = isTranslated ? translated[evidence.argument] : evidence.value
      guard let value = asked[evidence.argument], value != .null, let seen else { return false }
      return !value.agrees(with: seen) && !evidence.isBeginning(value, of: seen)
    }
    // `depth` and `layers` say the same; only the contradiction about `depth` is reported.
    return found.filter { item in !found.contains { $0.argument == item.publishedAs } }
  }

  /// A clause for each argument that contradicts the file, with the file's value; the parameters are those of
  /// ``contradicted(by:flavor:)``.
  package func contradictions(
    with asked: BackboneArguments, flavor target: Flavor? = nil
  ) -> [String] {
    // Layers of no published depth contradict every depth.
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

  /// The contradictions about arguments that only the file's metadata shows, such as the style.
  package func contradictionsOfNoShape(
    with asked: BackboneArguments, flavor target: Flavor? = nil
  ) -> [String] {
    let open = Set(assumptions.map(\.code))
    return contradicted(by: asked, flavor: target).filter { open.contains($0.argument) }
      .map { $0.contradiction("\(asked[$0.argument] ?? .null)") }
  }
}

extension Detection.Evidence {
  /// The clause that contrasts the file's value with the requested one.
  fileprivate func contradiction(_ asked: String) -> String {
    "the checkpoint has \(label) \(value): \(seen); you asked for \(asked)"
  }
}

extension ArgumentValue {
  /// Whether a requested value agrees with the file's.
  ///
  /// Of two dictionaries only the common keys are compared. SyncBN, FrozenBN and BN agree, since their weights
  /// in a state dict have the same names and shapes.
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
  /// Whether the request is for only the first stages of the file's network. That is no contradiction: these
  /// stages compute the same in both networks.
  fileprivate func isBeginning(_ asked: ArgumentValue, of seen: ArgumentValue) -> Bool {
    guard publishedAs != nil, let asked = asked.integers, let seen = seen.integers else {
      return false
    }
    return asked.count < seen.count && seen.starts(with: asked)
  }
}
