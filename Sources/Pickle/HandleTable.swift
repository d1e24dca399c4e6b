/// Values by handle, found by index where a dictionary would hash.
///
/// Takes four bytes for each value of the document, from the first one that is put in.
public struct HandleTable<Value> {
  @usableFromInline let handleCount: Int
  /// For each handle the index of its value + 1; 0 without one.
  @usableFromInline var slots: [UInt32] = []
  @usableFromInline var values: [Value] = []

  /// An empty table for the handles of `document`.
  package init(for document: PickleDocument) { handleCount = document.count }

  /// The value that was put in for a handle.
  @inlinable
  public subscript(handle: PickleHandle) -> Value? {
    guard !slots.isEmpty, slots[Int(handle.index)] != 0 else { return nil }
    return values[Int(slots[Int(handle.index)]) - 1]
  }

  /// Puts a value in, in place of an earlier one for the same handle.
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
