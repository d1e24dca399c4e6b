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
    var result = NamedTensors(of: reader.document)
    var pending: [(GlobalName, PickleHandle, prefix: String, depth: Int)] = [
      (className, attributes, "", 0)
    ]
    while let (name, attributes, prefix, depth) = pending.popLast() {
      let parts = try parts(of: name, attributes)
      reader.visitedMembers += 1 + parts.tensors.reduce(parts.children.count) { $0 + $1.count }
      guard depth < Self.maximumDepth, prefix.utf8.count < Self.maximumPrefixLength,
        reader.visitedMembers < Self.maximumMemberCount
      else {
        throw CheckpointError(
          .malformed("modules are nested without end"), part: String(prefix.prefix(64)))
      }
      for members in parts.tensors {
        result.beginScope()
        for member in members {
          try reader.addTensors(member.value, prefix + member.name, key: member.key, to: &result)
        }
      }
      // Last in, first out: the first child has to be pushed last.
      for child in parts.children.reversed() {
        guard case .module(let name, let attributes) = try reader.meaning(of: child.value) else {
          continue
        }
        pending.append((name, attributes, "\(prefix)\(child.name).", depth + 1))
      }
    }
    return result.byName()
  }

  private typealias Member = (name: String, key: PickleHandle, value: PickleHandle)
  /// The tensors of each dict of a module, and its submodules.
  private typealias Parts = (tensors: [[Member]], children: [Member])

  private func parts(of className: GlobalName, _ attributes: PickleHandle) throws -> Parts {
    if className.module.hasPrefix("__torch__") { return scriptParts(className, attributes) }
    var parameters: [Member] = []
    var buffers: [Member] = []
    var children: [Member] = []
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
    return ([parameters, buffers.filter { !hidden.contains($0.name) }], children)
  }

  private func scriptParts(_ className: GlobalName, _ attributes: PickleHandle) -> Parts {
    let declared = scriptAttributes[className]
    let all = named(attributes)
    let isTensor = { (name: String) in declared?.tensors.contains(name) ?? true }
    // state_dict() lists parameters before buffers, each in the order of the attributes.
    let parameters = all.filter { declared?.parameters.contains($0.name) ?? false }
    let others = all.filter {
      isTensor($0.name) && !(declared?.parameters.contains($0.name) ?? false)
    }
    return ([parameters, others], all)
  }

  /// The entries of a dict with the texts of their keys; of a key that is set twice, the last value is valid.
  private func named(_ handle: PickleHandle) -> [Member] {
    let entries = reader.entries(handle)
    let members = entries.map { (reader.keyText($0.key), $0.key, $0.value) }
    guard Set(members.lazy.map(\.0)).count < members.count else { return members }
    var identities = KeyIdentities(reader.document)
    return identities.withoutRepetition(entries).map {
      (reader.keyText($0.key), $0.key, $0.value)
    }
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
