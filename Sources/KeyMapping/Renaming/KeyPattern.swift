import _StringProcessing

/// A regular expression that is searched anywhere in keys, like Python's `re.search`.
package struct KeyPattern: Sendable, Hashable {
  package let pattern: String

  /// - Throws: ``KeyMappingError/invalidPattern(_:reason:)`` if it is no valid regular expression.
  package init(_ pattern: String) throws(KeyMappingError) {
    self.pattern = pattern
    do { _ = try Regex(pattern) } catch {
      throw .invalidPattern(pattern, reason: "\(error)")
    }
  }

  /// The keys in which it is found.
  package func matches(in keys: some Sequence<String>) -> Set<String> {
    // The initialiser has already checked the pattern.
    guard let regex = try? Regex(pattern).matchingSemantics(.unicodeScalar) else { return [] }
    return Set(keys.filter { $0.contains(regex) })
  }
}
