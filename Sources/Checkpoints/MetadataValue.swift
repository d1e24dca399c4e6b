import PthBytes
import PthPickle
import PthTensors

/// A value of a checkpoint other than its state dict (epoch, meta, optimizer…), for display.
///
/// The tree is a bounded excerpt: containers state how many members they have and may hold fewer.
package indirect enum MetadataValue: Sendable {
  case none
  case bool(Bool)
  case int(Int)
  /// An integer that needs more than 64 bits, as decimal text.
  case bigInt(String)
  case float(Double)
  case string(String)
  /// Raw bytes, given by their count.
  case bytes(Int)
  case tensor(DType, shape: [Int])
  case list([MetadataValue], count: Int)
  case dict([(key: String, value: MetadataValue)], count: Int)
  /// An instance of a class, with its attributes as far as the file gives them.
  case object(className: String, fields: [(key: String, value: MetadataValue)], count: Int)
  /// Stands where the state dict is nested.
  case stateDict
  /// Something without a value here, given by its name: a class, a device, a cycle.
  case name(String)
}

extension MetadataValue {
  /// The plain values as texts by dotted path, for formats that store only texts.
  package var texts: [String: String] {
    var texts: [String: String] = [:]
    func add(_ value: MetadataValue, _ path: String) {
      switch value {
      case .none, .bytes, .tensor, .stateDict, .name: break
      case .bool(let flag): texts[path] = flag ? "true" : "false"
      case .int(let number): texts[path] = String(number)
      case .bigInt(let text), .string(let text): texts[path] = text
      case .float(let number): texts[path] = "\(number)"
      case .list(let members, _):
        for (index, member) in members.enumerated() { add(member, joined(path, "\(index)")) }
      case .dict(let members, _), .object(_, let members, _):
        for (key, member) in members { add(member, joined(path, key)) }
      }
    }
    func joined(_ path: String, _ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }
    add(self, "")
    return texts
  }
}

/// Builds the excerpt.
struct MetadataExcerpt {
  let reader: ObjectReader
  /// Left out of the excerpt together with its tensors, which are shown separately.
  let stateDict: PickleHandle?
  let stateDictKeys: StateDict

  /// Values still to be taken: enough for a real checkpoint's meta and its optimizer's param groups.
  private var remaining = 20_000
  private static let maximumDepth = 12
  private static let maximumStringLength = 4_000
  /// Bytes of strings that may still be taken whole; nil cuts every string at `maximumStringLength`.
  private var remainingText: Int?

  init(
    _ reader: ObjectReader, leavingOut handle: PickleHandle?, _ stateDict: StateDict,
    textLimit: Int? = nil
  ) {
    remainingText = textLimit
    self.reader = reader
    self.stateDict = handle
    stateDictKeys = stateDict
  }

  mutating func value(_ handle: PickleHandle, depth: Int = 0) -> MetadataValue {
    remaining -= 1
    let document = reader.document
    if handle == stateDict { return depth > 0 ? .stateDict : besideTensors(handle) }
    guard remaining > 0, depth < Self.maximumDepth else { return .name("…") }
    guard let meaning = try? reader.meaning(of: handle) else { return .name("unreadable") }
    switch meaning {
    case .scalar: return scalar(handle)
    case .tensor(let tensor): return .tensor(tensor.dtype, shape: tensor.shape)
    case .components(let parts):
      let fields = parts.map { part in
        (key: part.name, value: MetadataValue.tensor(part.tensor.dtype, shape: part.tensor.shape))
      }
      return .object(className: "tensor", fields: fields, count: fields.count)
    case .numpyScalar(let tensor): return Self.number(tensor)
    case .storage(let storage, let dtype):
      return .tensor(dtype, shape: [storage.byteCount / dtype.itemSize])
    case .mapping:
      let entries = reader.entries(handle)
      return .dict(fields(entries, depth), count: entries.count)
    case .sequence(let members):
      var values: [MetadataValue] = []
      for member in members where remaining > 0 { values.append(value(member, depth: depth + 1)) }
      return .list(values, count: members.count)
    case .module(let name, _): return .object(className: name.description, fields: [], count: 0)
    case .object(let name, let states):
      let entries = states.compactMap(reader.attributeDictionary).flatMap(document.entries)
      if entries.isEmpty, !states.isEmpty {
        var values: [(key: String, value: MetadataValue)] = []
        for (index, state) in states.enumerated() where remaining > 0 {
          values.append((String(index), value(state, depth: depth + 1)))
        }
        return .object(className: name.description, fields: values, count: states.count)
      }
      return .object(
        className: name.description, fields: fields(entries, depth), count: entries.count)
    case .global(let name): return .name(name.description)
    case .dtype(let dtype): return .name("torch.\(dtype.rawValue)")
    case .device(let name): return .name("device(\(name))")
    case .size(let shape): return .list(shape.map { .int($0) }, count: shape.count)
    case .opaque(let what): return .name(what)
    }
  }

  /// The values in a top-level state dict that are not its tensors.
  private mutating func besideTensors(_ handle: PickleHandle) -> MetadataValue {
    let entries = reader.entries(handle).filter {
      stateDictKeys[reader.keyText($0.key)] == nil && !reader.isTensor($0.value)
    }
    return .dict(fields(entries, 0), count: entries.count)
  }

  private mutating func fields(
    _ entries: [(key: PickleHandle, value: PickleHandle)], _ depth: Int
  ) -> [(key: String, value: MetadataValue)] {
    var fields: [(key: String, value: MetadataValue)] = []
    for entry in entries where remaining > 0 {
      fields.append((reader.keyText(entry.key), value(entry.value, depth: depth + 1)))
    }
    return fields
  }

  private mutating func scalar(_ handle: PickleHandle) -> MetadataValue {
    let document = reader.document
    switch document.kind(handle) {
    case .bool: return .bool(document.bool(handle) ?? false)
    case .int: return .int(document.int(handle) ?? 0)
    case .bigInt: return .bigInt(document.bigIntText(handle) ?? "")
    case .float: return .float(document.float(handle) ?? .nan)
    case .string:
      guard let left = remainingText else {
        return .string(document.string(handle, limit: Self.maximumStringLength) ?? "")
      }
      let size = document.rawBytes(handle)?.count ?? 0
      guard size <= left else { return .name("…") }
      remainingText = left - size
      return .string(document.string(handle) ?? "")
    case .bytes, .byteArray: return .bytes(document.rawBytes(handle)?.count ?? 0)
    default: return .none
    }
  }

  private static func number(_ tensor: Tensor) -> MetadataValue {
    guard let value = try? TensorElements(tensor).values(limit: 1).first else {
      return .tensor(tensor.dtype, shape: [])
    }
    switch value {
    case .int(let number): return .int(number)
    case .unsigned(let number): return .bigInt(String(number))
    case .bool(let flag): return .bool(flag)
    case .real(let number): return .float(number)
    case .complex(let real, let imaginary):
      return .name("\(real)\(imaginary.sign == .minus ? "-" : "+")\(imaginary.magnitude)j")
    }
  }
}
