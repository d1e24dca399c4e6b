import PthTensors

/// Components that wrappers add to parameter names (`torch.compile`, data parallelism, sharding, activation
/// checkpointing, low-rank adapters) and that are not part of the network.
package enum WrapperNames {
  private static let words = [
    "_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module", "module", "base_layer",
  ].map { Array($0.utf8) }

  /// The names without the wrapper components inside of them.
  ///
  /// Wrapper components at the beginning stay, since they are handled as a prefix. A name that would become
  /// equal to another one is not changed.
  ///
  /// - Complexity: O(characters).
  package static func removed(from names: [String]) -> [String] {
    var changed: [Int: String] = [:]
    for (index, name) in names.enumerated() {
      if let shorter = removed(from: name) { changed[index] = shorter }
    }
    guard !changed.isEmpty else { return names }
    var taken: [String: Int] = [:]
    for (index, name) in names.enumerated() { taken[changed[index] ?? name, default: 0] += 1 }
    return names.enumerated().map { index, name in
      guard let shorter = changed[index], taken[shorter] == 1 else { return name }
      return shorter
    }
  }

  /// The name without inner wrapper components; nil if it has none.
  private static func removed(from name: String) -> String? {
    guard mayHaveWrapper(name) else { return nil }
    let components = name.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    // The last component is the parameter's own name, so a wrapper inside needs at least three.
    guard components.count > 2 else { return nil }
    var isInside = false
    var kept: [Substring] = []
    for (index, component) in components.enumerated() {
      let isWrapper = index + 1 < components.count && words.contains { component.elementsEqual($0) }
      if !isWrapper { isInside = true }
      if !isWrapper || !isInside { kept.append(Substring(component)) }
    }
    return kept.count == components.count ? nil : kept.joined(separator: ".")
  }
}

extension WrapperNames {
  /// Whether the component of a name was added by a wrapper.
  package static func isWrapper(_ component: Substring) -> Bool {
    words.contains { component.utf8.elementsEqual($0) }
  }

  /// Whether a component after the first begins with a wrapper's first two letters: rejects most names fast.
  private static func mayHaveWrapper(_ name: String) -> Bool {
    name[...].withUTF8Bytes { bytes in
      let beginnings = Self.beginnings
      var index = 1
      while index + 1 < bytes.count {
        // A component begins behind a dot.
        if bytes[index - 1] == UInt8(ascii: ".") {
          let letters = UInt16(bytes[index]) << 8 | UInt16(bytes[index + 1])
          if beginnings.contains(letters) { return true }
        }
        index += 1
      }
      return false
    }
  }

  /// The first two letters of the wrapper components.
  private static let beginnings = words.map { UInt16($0[0]) << 8 | UInt16($0[1]) }
}

extension [KeyShape] {
  /// The keys as dotted PyTorch names, without the wrapper components inside of them.
  var withoutWrappers: [KeyShape] {
    zip(WrapperNames.removed(from: PathNames.dotted(map(\.key))), self).map {
      KeyShape($0, $1.shape)
    }
  }
}
