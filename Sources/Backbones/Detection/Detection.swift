/// A backbone recognised in the names and shapes of a state dict.
package struct Detection: Sendable, Hashable {
  /// Name of the architecture in the registry.
  package let backbone: String
  /// The implementation whose key names these are. Where several share them, the architecture's
  /// preferred one.
  package let flavor: Flavor
  /// The arguments that names and shapes tell, canonical; without `num_classes`.
  package let arguments: BackboneArguments
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

  /// Whether the file has the whole backbone and nothing else in its stages and stem.
  package var isWhole: Bool { matchedWeights == expectedWeights && strangers.isEmpty }

  /// A published network, and how much of it is in the file.
  package struct Published: Sendable, Hashable {
    package let name: String
    /// The share of its weights that the file has in the right shape, from 0 to 1.
    package let share: Double
    /// Whether names and shapes of the file are wholly those of the network.
    package let isWhole: Bool
  }

  /// Where an argument's value can be seen.
  package struct Evidence: Sendable, Hashable {
    package let argument: String
    /// What a person calls it ("scale").
    package let label: String
    package let value: ArgumentValue
    /// The keys and shapes that show it ("convs.0 to convs.4").
    package let seen: String
  }

  /// Something that had to be assumed.
  package struct Assumption: Sendable, Hashable {
    /// The argument, or `arithmetic-unknown`.
    package let code: String
    /// What is assumed, or what is unknown and why.
    package let text: String

    package init(code: String, text: String) {
      self.code = code
      self.text = text
    }
  }

  /// What the file shows otherwise than it is asked for.
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
      return !value.agrees(with: seen)
    }
    // Depth and layers say the same.
    let hasDepth = found.contains { $0.argument == "depth" }
    return found.filter { !hasDepth || $0.argument != "layers" }
  }

  /// For each argument that contradicts the file, a sentence with what the file is; the parameters
  /// are those of ``contradicted(by:flavor:)``.
  package func contradictions(
    with asked: BackboneArguments, flavor target: Flavor? = nil
  ) -> [String] {
    let contradicted = contradicted(by: asked, flavor: target)
    var sentences = contradicted.map { evidence in
      "the checkpoint has \(evidence.label) \(evidence.value): \(evidence.seen); you asked for "
        + "\(asked[evidence.argument] ?? .null)"
    }
    // Layers that no published depth has contradict every depth.
    if let depth = asked["depth"]?.integer, !evidence.contains(where: { $0.argument == "depth" }),
      let layers = evidence.first(where: { $0.argument == "layers" })
    {
      sentences.removeAll { $0.hasPrefix("the checkpoint has layers ") }
      sentences.append(
        "the checkpoint has layers \(layers.value): \(layers.seen); you asked for depth \(depth)")
    }
    return sentences
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
