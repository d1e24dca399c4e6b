/// The memo: a dense array, as every pickler numbers its values, and a dictionary for indices far out of sequence, so
/// that one PUT with a huge index cannot claim memory.
struct PickleMemo {
  private var dense: [UInt32] = []
  private var sparse: [Int: UInt32] = [:]
  private var count = 0
  private static let unset = UInt32.max

  /// The number of places in use or reserved.
  var slotCount: Int { dense.count + sparse.count }

  subscript(index: Int) -> UInt32? {
    @inline(__always)
    get {
      if index < dense.count {
        let value = dense[index]
        return value == Self.unset ? nil : value
      }
      return sparse.isEmpty ? nil : sparse[index]
    }
    @inline(__always)
    set {
      guard let newValue else { return }
      if index < dense.count {
        if dense[index] == Self.unset { count += 1 }
        dense[index] = newValue
      } else if index == dense.count && sparse.isEmpty {
        dense.append(newValue)
        count += 1
      } else {
        setOutOfSequence(index, newValue)
      }
    }
  }

  private mutating func setOutOfSequence(_ index: Int, _ value: UInt32) {
    if sparse.isEmpty && index <= 2 * count + 1024 {
      dense.append(contentsOf: repeatElement(Self.unset, count: index - dense.count))
      dense.append(value)
      count += 1
    } else if sparse.updateValue(value, forKey: index) == nil {
      count += 1
    }
  }

  /// MEMOIZE: the next index is the number of entries.
  mutating func append(_ value: UInt32) { self[count] = value }
}
