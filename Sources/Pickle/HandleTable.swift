/// Values by handle, found by index where a dictionary would hash.
///
/// Takes four bytes for each value of the document, from the first one that is put in.
public struct HandleTable<Value> {
  @usableFromInline let handleCount: Int
  /// For each handle the index of its value + 1; 0 without one.
  @usableFromInline var slots: [UInt32] = []
  @usableFromInline var values: [Value] = []

  /// An empty table for the handles of `document`.
  public init(for document: PickleDocument) { handleCount = document.count }

  /// The value of a handle; setting nil leaves it as it was.
  @inlinable
  public subscript(handle: PickleHandle) -> Value? {
    get {
      guard !slots.isEmpty, slots[Int(handle.index)] != 0 else { return nil }
      return values[Int(slots[Int(handle.index)]) - 1]
    }
    set {
      guard let newValue else { return }
      if slots.isEmpty { slots = [UInt32](repeating: 0, count: handleCount) }
      if slots[Int(handle.index)] == 0 {
        values.append(newValue)
        slots[Int(handle.index)] = UInt32(values.count)
      } else {
        values[Int(slots[Int(handle.index)]) - 1] = newValue
      }
    }
  }
}

extension HandleTable: Sendable where Value: Sendable {}
