/// Where canonical names stand in a list of keys that are not the key's own. The others are found by the
/// key, so that no second dictionary of all names is made.
package struct RenamedPlaces: Sendable {
  private var places: [String: Int] = [:]

  package init() {}

  /// Notes a renamed key; of two the first counts.
  package mutating func add(_ name: CanonicalName, at place: Int) {
    guard !name.tables.isEmpty, places[name.name] == nil else { return }
    places[name.name] = place
  }

  /// The first key of this canonical name.
  ///
  /// - Parameter own: where a key of this name stands that is not renamed.
  package func first(of name: String, own: Int?) -> Int? {
    guard let renamed = places[name] else { return own }
    return own.map { min($0, renamed) } ?? renamed
  }
}
