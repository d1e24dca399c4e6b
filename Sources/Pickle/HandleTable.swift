/// Values by handle, found by index, which is faster than hashing in a dictionary.
///
/// Uses four bytes per value of the document once the first value is set.
public struct HandleTable<Value> {
  @usableFromInline let handleCount: Int
  /// For each handle the index of its value + 1; 0 if it has none.
  @usableFromInline var slots: [UInt32] = []
  @usableFromInline var values: [Value] = []

  /// An empty table for the handles of `document`.
  package init(for document: PickleDocument) { handleCount = document.count }

  /// The value that was set for a handle; nil if there is none.
  @inlinable
  public subscript(handle: PickleHandle) -> Value? {
    guard !slots.isEmpty, slots[Int(handle.index)] != 0 else { return nil }
    return values[Int(slots[Int(handle.index)]) - 1]
  }

  /// Sets the value for a handle, replacing an earlier one.
  @inlinable
  public mutating func set(_ handle: PickleHandle, to value: consuming Value) {
    if slots.isEmpty { slots = [UInt32](repeating: 0, count: handleCount) }
    if slots[Int(handle.index)] == 0 {
      values.append(value)
      slots[Int(handle.index)] = UInt32(values.count)
    } else {
      values[Int(slots[Int(handle.index)]) - 1] = value
    }
  }
}

extension HandleTable: Sendable where Value: Sendable {}
