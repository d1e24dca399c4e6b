/// The positions of keys whose canonical name differs from the key. All other keys are found by the key itself,
/// which saves a second dictionary of all names.
package struct RenamedPlaces: Sendable {
  private var places: [String: Int] = [:]

  package init() {}

  /// Adds a renamed key; if two keys have the same canonical name, the first is kept.
  package mutating func add(_ name: CanonicalName, at place: Int) {
    guard !name.tables.isEmpty, places[name.name] == nil else { return }
    places[name.name] = place
  }

  /// The position of the first key with this canonical name.
  ///
  /// - Parameter own: the position of the key that has this name without being renamed, if there is one.
  package func first(of name: String, own: Int?) -> Int? {
    guard let renamed = places[name] else { return own }
    return own.map { min($0, renamed) } ?? renamed
  }
}
