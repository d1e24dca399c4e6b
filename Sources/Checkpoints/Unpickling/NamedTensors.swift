import PthBytes
import OrderedCollections
import PthPickle
import PthTensors

/// Collects the tensors of a state dict, each under a name of its own.
///
/// Python tells more keys apart than their texts do: `1` and `'1'`, a letter in composed and decomposed form, or two
/// keys that are longer than a name is shown. A key whose text is taken gets a made-up name, such as `1#2`, so that no
/// tensor is lost.
struct NamedTensors {
  private struct Item {
    let name: String
    /// The key that the name is made of; nil for the index of a list, or a name that no key has.
    let key: PickleHandle?
    /// The number of the dict that the key is in.
    let scope: Int
    /// The number of the component, of a tensor that is stored as several.
    let component: Int?
    let tensor: Tensor
  }

  private let document: PickleDocument
  private var items: [Item] = []
  private var scope = 0

  init(of document: PickleDocument) { self.document = document }

  /// Begins with the entries of another dict: an equal key is then another key.
  mutating func beginScope() { scope += 1 }

  mutating func add(
    _ tensor: Tensor, _ name: String, key: PickleHandle? = nil, component: Int? = nil
  ) {
    items.append(Item(name: name, key: key, scope: scope, component: component, tensor: tensor))
  }

  /// The tensors by name, in order. Of a key that is set twice in one dict, the last value is valid.
  func byName() -> OrderedDictionary<String, Tensor> {
    var result: OrderedDictionary<String, Tensor> = [:]
    result.reserveCapacity(items.count)
    for item in items { result[item.name] = item.tensor }
    return result.count == items.count ? result : disambiguated()
  }

  private struct Identity: Hashable {
    let scope: Int
    let key: KeyIdentity
    let component: Int?
  }

  private func disambiguated() -> OrderedDictionary<String, Tensor> {
    var identities = KeyIdentities(document)
    var distinct: OrderedDictionary<Identity, Item> = [:]
    for item in items {
      let key = item.key.map { identities[$0] } ?? .other(item.name)
      distinct[Identity(scope: item.scope, key: key, component: item.component)] = item
    }
    // The first tensor of a name keeps it; a made-up name must be none that any key has.
    var taken: Set<String> = []
    let own = distinct.values.map { taken.insert($0.name).inserted }
    var result: OrderedDictionary<String, Tensor> = [:]
    var repetitions: [String: Int] = [:]
    for (item, isOwn) in zip(distinct.values, own) {
      var name = item.name
      while !isOwn, !taken.insert(name).inserted {
        let number = repetitions[item.name, default: 1] + 1
        repetitions[item.name] = number
        name = "\(item.name)#\(number)"
      }
      result[name] = item.tensor
    }
    return result
  }
}

/// What makes a dict's key equal to another one in Python.
enum KeyIdentity: Hashable {
  case text([UInt8])
  /// A number, None, or an index.
  case other(String)
  /// A value whose text does not show all of it.
  case value(PickleHandle)
}

/// The identities of the keys of one pickle.
struct KeyIdentities {
  private let document: PickleDocument
  /// A long key that is used often must not be read each time.
  private var known: [PickleHandle: KeyIdentity] = [:]

  init(_ document: PickleDocument) { self.document = document }

  subscript(key: PickleHandle) -> KeyIdentity {
    mutating get {
      if let identity = known[key] { return identity }
      let identity = identity(of: key)
      known[key] = identity
      return identity
    }
  }

  private func identity(of key: PickleHandle) -> KeyIdentity {
    switch document.kind(key) {
    case .string:
      if let bytes = document.rawBytes(key) { return .text(bytes.withUnsafeBytes { Array($0) }) }
      guard let text = document.string(key), !text.unicodeScalars.contains("\u{fffd}") else {
        return .value(key)
      }
      return .text(Array(text.utf8))
    case .float where document.float(key)?.isNaN != false: return .value(key)
    case .none, .bool, .int, .bigInt, .float:
      let text = document.keyText(key)
      return text.isEmpty ? .value(key) : .other(text)
    default: return .value(key)
    }
  }

  /// The entries without those whose key is set again later.
  mutating func withoutRepetition(
    _ entries: [(key: PickleHandle, value: PickleHandle)]
  ) -> [(key: PickleHandle, value: PickleHandle)] {
    var last: OrderedDictionary<KeyIdentity, (key: PickleHandle, value: PickleHandle)> = [:]
    for entry in entries { last[self[entry.key]] = entry }
    return Array(last.values)
  }
}

extension ObjectReader {
  /// Adds a value's tensor or its component tensors; does nothing for other values.
  func addTensors(
    _ handle: PickleHandle, _ name: String, key: PickleHandle? = nil,
    to result: inout NamedTensors
  ) throws {
    do {
      switch try meaning(of: handle) {
      case .tensor(let tensor): result.add(tensor, name, key: key)
      case .storage(let storage, let dtype):
        result.add(try storage.flatTensor(dtype), name, key: key)
      case .components(let components):
        for (number, component) in components.enumerated() {
          result.add(
            component.tensor, "\(name).\(component.name)", key: key, component: number)
        }
      default: break
      }
    } catch {
      throw CheckpointError.wrapping(error).located(part: name)
    }
  }
}
