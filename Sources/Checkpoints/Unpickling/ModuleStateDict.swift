import OrderedCollections
import PthPickle
import PthTensors

/// The state dict of a pickled `nn.Module`, without its class: what `Module.state_dict()` would return, from
/// `_parameters`, `_buffers` and `_modules`.
///
/// In a TorchScript module, tensors and submodules are plain attributes; the archive's code declares which tensors are
/// parameters and buffers.
struct ModuleStateDict {
  let reader: ObjectReader
  /// For TorchScript: the names that each class declares as parameters and as buffers.
  let scriptAttributes: [GlobalName: ScriptAttributes]

  /// Real models have a few dozen levels and some thousand modules, and Python's recursion ends at 1000. A module that
  /// contains itself reaches this limit.
  private static let maximumDepth = 512
  private static let maximumMemberCount = 1_000_000
  private static let maximumPrefixLength = 4096

  init(_ reader: ObjectReader, scriptAttributes: [GlobalName: ScriptAttributes] = [:]) {
    self.reader = reader
    self.scriptAttributes = scriptAttributes
  }

  /// - Parameters:
  ///   - className: The module's class.
  ///   - attributes: The handle of its `__dict__`.
  func tensors(of className: GlobalName, _ attributes: PickleHandle) throws
    -> OrderedDictionary<String, Tensor>
  {
    var result: OrderedDictionary<String, Tensor> = [:]
    var pending: [(GlobalName, PickleHandle, prefix: String, depth: Int)] = [
      (className, attributes, "", 0)
    ]
    while let (name, attributes, prefix, depth) = pending.popLast() {
      let parts = try parts(of: name, attributes)
      reader.visitedMembers += 1 + parts.tensors.count + parts.children.count
      guard depth < Self.maximumDepth, prefix.utf8.count < Self.maximumPrefixLength,
        reader.visitedMembers < Self.maximumMemberCount
      else {
        throw CheckpointError(
          .malformed("modules are nested without end"), part: String(prefix.prefix(64)))
      }
      for (key, handle) in parts.tensors {
        try reader.addTensors(handle, key: prefix + key, to: &result)
      }
      // Last in, first out: the first child has to be pushed last.
      for (key, handle) in parts.children.reversed() {
        guard case .module(let name, let attributes) = try reader.meaning(of: handle) else {
          continue
        }
        pending.append((name, attributes, "\(prefix)\(key).", depth + 1))
      }
    }
    return result
  }

  private typealias Parts = (
    tensors: [(String, PickleHandle)], children: [(String, PickleHandle)]
  )

  private func parts(of className: GlobalName, _ attributes: PickleHandle) throws -> Parts {
    if className.module.hasPrefix("__torch__") { return scriptParts(className, attributes) }
    var parameters: [(String, PickleHandle)] = []
    var buffers: [(String, PickleHandle)] = []
    var children: [(String, PickleHandle)] = []
    var hidden: Set<String> = []
    for (key, value) in reader.entries(attributes) {
      switch reader.document.string(key, limit: 64) {
      case "_parameters": parameters = named(value)
      case "_buffers": buffers = named(value)
      case "_modules": children = named(value)
      case "_non_persistent_buffers_set":
        if case .sequence(let names) = try reader.meaning(of: value) {
          hidden = Set(names.map(reader.keyText))
        }
      default: break
      }
    }
    return (parameters + buffers.filter { !hidden.contains($0.0) }, children)
  }

  private func scriptParts(_ className: GlobalName, _ attributes: PickleHandle) -> Parts {
    let declared = scriptAttributes[className]
    let all = named(attributes)
    let isTensor = { (name: String) in declared?.tensors.contains(name) ?? true }
    // state_dict() lists parameters before buffers, each in the order of the attributes.
    let parameters = all.filter { declared?.parameters.contains($0.0) ?? false }
    let others = all.filter {
      isTensor($0.0) && !(declared?.parameters.contains($0.0) ?? false)
    }
    return (parameters + others, all)
  }

  private func named(_ handle: PickleHandle) -> [(String, PickleHandle)] {
    reader.entries(handle).map { (reader.keyText($0.key), $0.value) }
  }
}

/// The attributes that the code of a TorchScript class declares.
struct ScriptAttributes: Sendable {
  var parameters: Set<String> = []
  var buffers: Set<String> = []
  var tensors: Set<String> { parameters.union(buffers) }

  /// Finds `class Name(Module):` with `__parameters__ = ["weight", …]` and `__buffers__ = […]` in a file of the
  /// archive's `code/` folder, and ignores all other code.
  static func parse(_ code: String, module: String) -> [GlobalName: ScriptAttributes] {
    var result: [GlobalName: ScriptAttributes] = [:]
    var current: GlobalName?
    for line in code.split(separator: "\n") {
      if line.hasPrefix("class "), let end = line.firstIndex(where: { $0 == "(" || $0 == ":" }) {
        let name = GlobalName(module: module, name: String(line.dropFirst(6)[..<end]))
        current = name
        result[name] = ScriptAttributes()
      } else if let current, let list = line.firstIndex(of: "[") {
        let declaration = line.drop { $0 == " " }
        let names = line[list...].split(separator: "\"").enumerated()
          .filter { $0.offset % 2 == 1 }.map { String($0.element) }
        if declaration.hasPrefix("__parameters__ =") {
          result[current]?.parameters = Set(names)
        } else if declaration.hasPrefix("__buffers__ =") {
          result[current]?.buffers = Set(names)
        }
      }
    }
    return result
  }
}

extension ObjectReader {
  /// Adds a value's tensor or its component tensors; does nothing for other values.
  func addTensors(
    _ handle: PickleHandle, key: String, to result: inout OrderedDictionary<String, Tensor>
  ) throws {
    do {
      switch try meaning(of: handle) {
      case .tensor(let tensor): result[key] = tensor
      case .storage(let storage, let dtype): result[key] = try storage.flatTensor(dtype)
      case .components(let components):
        for (name, tensor) in components { result["\(key).\(name)"] = tensor }
      default: break
      }
    } catch {
      throw CheckpointError.wrapping(error).located(part: key)
    }
  }
}
