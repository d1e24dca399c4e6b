import PthBytes
import PthPickle

extension PickleDocument {
  /// Names and keys are cut to this length; longer ones that begin alike get the same text.
  static let maximumKeyLength = 4096

  /// An integer of at most 64 bits.
  ///
  /// - Throws: ``CheckpointError`` that names `what` if the value is anything else.
  func integer(_ handle: PickleHandle, _ what: @autoclosure () -> String) throws -> Int {
    if let value = int(handle) { return value }
    if kind(handle) == .bigInt {
      throw CheckpointError(.malformed("\(what()) \(keyText(handle)) overflows 64 bits"))
    }
    throw CheckpointError(.malformed("\(what()) is not an integer"))
  }

  /// A dict's key, or any other short value, as Python's `str()` shows it.
  func keyText(_ handle: PickleHandle) -> String {
    switch kind(handle) {
    case .string: return string(handle, limit: Self.maximumKeyLength) ?? ""
    case .int: return int(handle).map(String.init) ?? ""
    case .bigInt: return bigIntText(handle) ?? ""
    case .float: return float(handle).map { "\($0)" } ?? ""
    case .bool: return bool(handle) == true ? "True" : "False"
    case .none: return "None"
    case .bytes:
      let bytes = rawBytes(handle) ?? .empty
      return (try? bytes.slice(at: 0, count: min(bytes.count, Self.maximumKeyLength)))?.text ?? ""
    case .global: return globalName(handle)?.description ?? "?"
    case .tuple:
      let parts = firstElements(handle, 8).map { element in
        kind(element) == .tuple ? "(…)" : keyText(element)
      }
      return "(" + parts.joined(separator: ", ") + (parts.count == 1 ? ",)" : ")")
    default: return "\(kind(handle))"
    }
  }
}
