/// One consumer's implementation of each type of operation, such as an engine's kernels.
///
/// `Behaviour` is the consumer's protocol; each operation conforms to it in a separate file. The table finds the
/// conformance by type, since `as? any Behaviour` would search all conformances of the program.
package struct OperationTable<Behaviour>: Sendable {
  package struct Row: Sendable {
    let type: ObjectIdentifier
    let behaviour: @Sendable (any GraphOperation) -> Behaviour?

    /// - Parameter behaviour: Converts the operation to the consumer's protocol: `{ $0 }`.
    package init<Operation: GraphOperation>(
      _ type: Operation.Type, _ behaviour: @escaping @Sendable (Operation) -> Behaviour
    ) {
      self.type = ObjectIdentifier(type)
      self.behaviour = { ($0 as? Operation).map(behaviour) }
    }
  }

  private let rows: [ObjectIdentifier: Row]

  /// - Precondition: Each type has at most one row.
  package init(_ rows: Row...) {
    self.rows = Dictionary(uniqueKeysWithValues: rows.map { ($0.type, $0) })
  }

  /// The consumer's implementation of `operation`; nil if the table has no row for its type.
  ///
  /// - Complexity: O(1).
  package subscript(operation: any GraphOperation) -> Behaviour? {
    rows[ObjectIdentifier(type(of: operation))]?.behaviour(operation)
  }
}
