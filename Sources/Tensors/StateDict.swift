import Glibc
import OrderedCollections

/// A model's tensors by name, in the order of the file (PyTorch's registration order), with the module versions that
/// `Module.state_dict()` records.
public struct StateDict: Sendable {
  package var tensors: OrderedDictionary<String, Tensor>
  /// `_metadata`: the `version` of each module path; nil if the file has no `_metadata`. From version 2 on, batch norm
  /// requires `num_batches_tracked`.
  package var moduleVersions: [String: Int]?

  /// Creates a state dict without tensors.
  public init() { self.init(tensors: [:]) }

  package init(
    tensors: OrderedDictionary<String, Tensor> = [:], moduleVersions: [String: Int]? = nil
  ) {
    self.tensors = tensors
    self.moduleVersions = moduleVersions
  }

  package var keys: OrderedSet<String> { tensors.keys }

  /// The tensor of this name; setting nil removes it.
  ///
  /// Names are compared as PyTorch compares them, by code points: `é` in one scalar is another name than `e` with an
  /// accent, although Swift's strings are equal.
  public subscript(key: String) -> Tensor? {
    get {
      guard let index = tensors.index(forKey: key),
        tensors.keys[index].isSpelled(like: key)
      else { return nil }
      return tensors.values[index]
    }
    set { tensors[key] = newValue }
  }

  /// Sum of the tensors' element counts.
  package var elementCount: Int { tensors.values.reduce(0) { $0 &+ $1.elementCount } }

  /// Sum of the tensors' bytes; a shared storage is counted for each tensor.
  package var byteCount: Int { tensors.values.reduce(0) { $0 &+ $1.byteCount } }

  /// For every storage with several tensors, the names of those tensors.
  package var sharedStorages: [[String]] {
    var groups: OrderedDictionary<ObjectIdentifier, [String]> = [:]
    for (name, tensor) in tensors where !tensor.storage.isMeta {
      groups[ObjectIdentifier(tensor.storage.parent ?? tensor.storage), default: []].append(name)
    }
    return groups.values.filter { $0.count > 1 }
  }
}

/// The tensors with their names, in order.
extension StateDict: Sequence {
  /// Walks over the tensors in order.
  public struct Iterator: IteratorProtocol {
    var base: OrderedDictionary<String, Tensor>.Iterator

    public mutating func next() -> (name: String, tensor: Tensor)? {
      base.next().map { ($0.key, $0.value) }
    }
  }

  public func makeIterator() -> Iterator { Iterator(base: tensors.makeIterator()) }

  public var underestimatedCount: Int { tensors.count }

  /// Number of tensors.
  public var count: Int { tensors.count }
}

extension StringProtocol {
  /// Whether both have the same code points; `==` compares canonical equivalents as equal.
  package func isSpelled(like other: some StringProtocol) -> Bool {
    let isEqual = utf8.withContiguousStorageIfAvailable { own in
      other.utf8.withContiguousStorageIfAvailable { others in
        own.count == others.count
          && (own.isEmpty || memcmp(own.baseAddress!, others.baseAddress!, own.count) == 0)
      }
    }
    return (isEqual ?? nil) ?? utf8.elementsEqual(other.utf8)
  }
}
