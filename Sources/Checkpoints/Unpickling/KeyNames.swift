import PthPickle

/// Names for the keys of a dict. Two keys may have the same text and still be different in Python: `1` and `'1'`, or a
/// letter in composed and decomposed form. The second is named `1#2`, so that both tensors are kept.
/// another.
struct KeyNames {
  private struct Identity: Hashable {
    /// Whether the key is a string: `'1'` and `1` have the same text.
    let isText: Bool
    let scalars: [Unicode.Scalar]
    /// The handle of a key that is not a scalar, since its text may be shortened; nil for scalars.
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
