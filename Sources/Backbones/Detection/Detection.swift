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
  /// Where each argument can be seen.
  package let evidence: [Evidence]
  /// What names and shapes cannot tell.
  package let assumptions: [Assumption]
  /// Keys of the described backbone that are there in the right shape.
  package let matchedKeys: Int
  /// Keys that the described backbone has.
  package let expectedKeys: Int

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
  }

  /// For each argument that contradicts the file, a sentence with what the file is.
  ///
  /// - Parameters:
  ///   - asked: canonical arguments, as ``BackboneRegistry/resolve(_:arguments:flavor:)`` gives
  ///     them.
  ///   - target: the implementation that is asked for; nil for the detected one.
  package func contradictions(
    with asked: BackboneArguments, flavor target: Flavor? = nil
  ) -> [String] {
    let translated = arguments(for: target ?? flavor)
    var sentences = evidence.compactMap { evidence -> String? in
      // The same width may have another number there.
      let isTranslated = translated[evidence.argument] != arguments[evidence.argument]
      let seen = isTranslated ? translated[evidence.argument] : evidence.value
      guard let value = asked[evidence.argument], value != .null, let seen,
        !value.agrees(with: seen)
      else {
        return nil
      }
      return
        "the checkpoint has \(evidence.label) \(evidence.value): \(evidence.seen); you asked for \(value)"
    }
    // Layers that no published depth has contradict every depth.
    if let depth = asked["depth"]?.integer, !evidence.contains(where: { $0.argument == "depth" }),
      let layers = evidence.first(where: { $0.argument == "layers" })
    {
      sentences.append(
        "the checkpoint has layers \(layers.value): \(layers.seen); you asked for depth \(depth)")
    }
    return sentences
  }
}

extension ArgumentValue {
  /// Whether an asked value fits what was seen: of two dictionaries only the common keys count, and
  /// in a state dict SyncBN is BN.
  fileprivate func agrees(with seen: ArgumentValue) -> Bool {
    guard case .dictionary(let items) = seen else { return self == seen }
    return items.allSatisfy { item in
      guard let value = self[item.key] else { return true }
      let names = [value, item.value].map(\.string)
      return value == item.value || (value == "SyncBN" && item.value == "BN")
        || names == ["FrozenBN", "BN"] || names == ["BN", "FrozenBN"]
    }
  }
}

/// How an architecture is recognised.
package struct BackboneDetector: Sendable {
  /// Keys of which every backbone of the architecture has one; it shows under which prefixes one
  /// may sit.
  let anchors: [String]
  /// Recognises the architecture in keys from which the prefix was taken off; the file's name may
  /// settle what names and shapes cannot.
  let recognize: @Sendable (_ keys: KeyIndex, _ prefix: String, _ fileName: String?) -> Detection?

  package init(
    anchors: [String],
    recognize:
      @escaping @Sendable (_ keys: KeyIndex, _ prefix: String, _ fileName: String?) ->
      Detection?
  ) {
    self.anchors = anchors
    self.recognize = recognize
  }

  /// What stands before an anchor in `keys`, in their order.
  func prefixes(in keys: [KeyShape]) -> [String] {
    var seen: Set<Substring> = []
    return keys.compactMap { entry in
      guard let anchor = anchors.first(where: entry.key.hasSuffix) else { return nil }
      let prefix = entry.key.dropLast(anchor.count)
      guard prefix.isEmpty || prefix.last == ".", seen.insert(prefix).inserted else { return nil }
      return String(prefix)
    }
  }
}

extension BackboneRegistry {
  /// All backbones in a state dict, the one with most matching keys first; equal ones in the order
  /// of the file.
  ///
  /// - Parameters:
  ///   - keys: names and shapes in the order of the file.
  ///   - fileName: the file's name or a model-zoo name, which may settle the arithmetic.
  /// - Complexity: O(keys × (architectures + prefixes under which a backbone may sit)).
  package func detectAll(_ keys: [KeyShape], fileName: String? = nil) -> [Detection] {
    let keys = keys.withoutWrappers
    let detectors = definitions.compactMap(\.detector)
    let prefixes = detectors.map { $0.prefixes(in: keys) }
    let members = keys.grouped(under: Set(prefixes.joined()))
    var indices: [String: KeyIndex] = [:]
    let found = zip(detectors, prefixes).flatMap { detector, prefixes in
      prefixes.compactMap { prefix -> Detection? in
        let index = indices[prefix] ?? KeyIndex(members[prefix] ?? [], prefix: prefix)
        indices[prefix] = index
        return detector.recognize(index, prefix, fileName)
      }
    }
    return found.enumerated()
      .sorted { ($1.element.matchedKeys, $0.offset) < ($0.element.matchedKeys, $1.offset) }
      .map(\.element)
  }

  /// The backbone in a state dict; nil if there is none that is known.
  package func detect(_ keys: [KeyShape], fileName: String? = nil) -> Detection? {
    detectAll(keys, fileName: fileName).first
  }
}
