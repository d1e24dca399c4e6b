/// The implementation of each type of operation by one consumer of graphs, such as an engine's
/// kernels.
///
/// `Behaviour` is a protocol of the consumer's to which the operations conform, each in a file of
/// its own. The table finds the conformance quickly: `as? any Behaviour` would search the whole
/// program for it.
package struct OperationTable<Behaviour>: Sendable {
  package struct Row: Sendable {
    let type: ObjectIdentifier
    let behaviour: @Sendable (any GraphOperation) -> Behaviour?

    /// - Parameter behaviour: Makes the operation what the consumer wants: `{ $0 }`.
    package init<Operation: GraphOperation>(
      _ type: Operation.Type, _ behaviour: @escaping @Sendable (Operation) -> Behaviour
    ) {
      self.type = ObjectIdentifier(type)
      self.behaviour = { ($0 as? Operation).map(behaviour) }
    }
  }

  private let rows: [ObjectIdentifier: Row]

  /// - Precondition: No type stands in two rows.
  package init(_ rows: Row...) {
    self.rows = Dictionary(uniqueKeysWithValues: rows.map { ($0.type, $0) })
  }

  /// The consumer's implementation of `operation`; nil if it has none for its type.
  ///
  /// - Complexity: O(1).
  package subscript(operation: any GraphOperation) -> Behaviour? {
    rows[ObjectIdentifier(type(of: operation))]?.behaviour(operation)
  }
}
