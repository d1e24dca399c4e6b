import PthTensors

/// Words that wrappers put into the names of parameters: `torch.compile`, data parallelism,
/// sharding, activation checkpointing, low-rank adapters. They do not belong to the network.
package enum WrapperNames {
  private static let words = [
    "_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module", "module", "base_layer",
  ].map { Array($0.utf8) }

  /// The names without the wrappers inside of them. Those at a name's beginning stay: they are a
  /// prefix like any other. A name stays as it is if it would become another one's.
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

  /// The name without inner wrappers; nil if it has none.
  private static func removed(from name: String) -> String? {
    guard mayHaveWrapper(name) else { return nil }
    let components = name.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    // The last word is a parameter's own.
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
  /// Whether a word after the first begins as a wrapper's does: a quick no for most names.
  private static func mayHaveWrapper(_ name: String) -> Bool {
    name[...].withUTF8Bytes { bytes in
      let beginnings = Self.beginnings
      var index = 1
      while index + 1 < bytes.count {
        // A word has a dot before it; one letter alone begins no wrapper's.
        if bytes[index - 1] == UInt8(ascii: ".") {
          let letters = UInt16(bytes[index]) << 8 | UInt16(bytes[index + 1])
          if beginnings.contains(letters) { return true }
        }
        index += 1
      }
      return false
    }
  }

  /// The first two letters of the words.
  private static let beginnings = words.map { UInt16($0[0]) << 8 | UInt16($0[1]) }
}

extension [KeyShape] {
  /// The keys as PyTorch has them, without the wrappers inside of their names.
  var withoutWrappers: [KeyShape] {
    zip(WrapperNames.removed(from: PathNames.dotted(map(\.key))), self).map {
      KeyShape($0, $1.shape)
    }
  }
}
