import PthPickle

/// Names for the keys of a dict. Two keys may look alike and be different for Python: `1` and
/// `'1'`, or a letter composed and decomposed. The second is called `1#2`, so that no tensor hides
/// another.
struct KeyNames {
  private struct Identity: Hashable {
    /// Python's numbers are one kind: 1 and True are the same key.
    let isText: Bool
    let scalars: [Unicode.Scalar]
    /// The handle of a key that is no scalar; its text may be shortened.
    let handle: PickleHandle?
  }
  private var names: [Identity: String] = [:]
  private var taken: [String: Int] = [:]

  mutating func name(_ key: PickleHandle, in document: PickleDocument) -> String {
    let text = document.keyText(key)
    let kind = document.kind(key)
    let isScalar = [.none, .bool, .int, .bigInt, .float, .string].contains(kind)
    let identity = Identity(
      isText: kind == .string, scalars: Array(text.unicodeScalars), handle: isScalar ? nil : key)
    if let known = names[identity] { return known }
    let count = taken[text, default: 0] + 1
    taken[text] = count
    let name = count == 1 ? text : "\(text)#\(count)"
    names[identity] = name
    return name
  }
}
