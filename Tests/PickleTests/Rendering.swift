import PthBytes
import Foundation

@testable import PthPickle

/// A value as the truth files write it: see `Fixtures/README.md`, "Truth of a pickle".
indirect enum Rendering: Equatable, Decodable, Sendable {
  case none
  case bool(Bool)
  /// `int`, `str`, `surrogates`, `str8`, `bytes`, `bytearray` with their text.
  case scalar(String, String)
  /// By its bits; every NaN is one.
  case float(UInt64)
  /// `list`, `tuple`, `set`, `frozenset`
  case members(String, [Rendering])
  case dict([[Rendering]])
  case global(String, String)
  case fileExtension(Int)
  case persistentID(Rendering)
  case cycle(Int)
  case call(
    PickleCallForm?, Rendering, arguments: [Rendering], keywords: Rendering?, states: [Rendering],
    appended: [Rendering], pairs: [[Rendering]])

  private enum Key: String, CodingKey {
    case t, v, up, module, name, op, callable, args, kwargs, states, appended, pairs
  }

  init(from decoder: any Decoder) throws {
    let box = try decoder.container(keyedBy: Key.self)
    let tag = try box.decode(String.self, forKey: .t)
    switch tag {
    case "none": self = .none
    case "bool": self = .bool(try box.decode(Bool.self, forKey: .v))
    case "int", "str", "surrogates", "str8", "bytes", "bytearray":
      self = .scalar(tag, try box.decode(String.self, forKey: .v))
    case "float":
      let text = try box.decode(String.self, forKey: .v)
      guard let value = Double(text) else { throw TruthError.unknown(text) }
      self = .float(Self.bits(value))
    case "list", "tuple", "set", "frozenset":
      self = .members(tag, try box.decode([Rendering].self, forKey: .v))
    case "dict": self = .dict(try box.decode([[Rendering]].self, forKey: .v))
    case "global":
      self = .global(
        try box.decode(String.self, forKey: .module), try box.decode(String.self, forKey: .name))
    case "extension": self = .fileExtension(try box.decode(Int.self, forKey: .v))
    case "persid": self = .persistentID(try box.decode(Rendering.self, forKey: .v))
    case "cycle": self = .cycle(try box.decode(Int.self, forKey: .up))
    case "call":
      self = .call(
        Self.opcodes[try box.decode(String.self, forKey: .op)],
        try box.decode(Rendering.self, forKey: .callable),
        arguments: try box.decode([Rendering].self, forKey: .args),
        keywords: try box.decodeIfPresent(Rendering.self, forKey: .kwargs),
        states: try box.decodeIfPresent([Rendering].self, forKey: .states) ?? [],
        appended: try box.decodeIfPresent([Rendering].self, forKey: .appended) ?? [],
        pairs: try box.decodeIfPresent([[Rendering]].self, forKey: .pairs) ?? [])
    default: throw TruthError.unknown(tag)
    }
  }

  private static let opcodes: [String: PickleCallForm] = [
    "REDUCE": .reduce, "NEWOBJ": .newObject, "NEWOBJ_EX": .newObjectEx, "INST": .instance,
    "OBJ": .instance,
  ]

  enum TruthError: Error { case unknown(String) }

  static func bits(_ value: Double) -> UInt64 { (value.isNaN ? .nan : value).bitPattern }
}

/// Renders a document as the generator renders CPython's values. Recursive: the fixtures are
/// a hundred deep at most.
struct Renderer {
  let document: PickleDocument

  func render(_ handle: PickleHandle, above: [PickleHandle] = []) throws -> Rendering {
    if let index = above.lastIndex(of: handle) { return .cycle(above.count - index) }
    let inside = above + [handle]
    func many(_ handles: [PickleHandle]) throws -> [Rendering] {
      try handles.map { try render($0, above: inside) }
    }
    func pairs() throws -> [[Rendering]] {
      try document.entries(handle).map {
        [try render($0.key, above: inside), try render($0.value, above: inside)]
      }
    }
    switch document.kind(handle) {
    case .none: return .none
    case .bool: return .bool(document.bool(handle) == true)
    case .int: return .scalar("int", "\(document.int(handle) ?? 0)")
    case .bigInt: return .scalar("int", Self.decimal(handle, document))
    case .float: return .float(Rendering.bits(document.float(handle) ?? 0))
    case .string: return text(handle)
    case .bytes: return .scalar("bytes", hexadecimal(handle))
    case .byteArray: return .scalar("bytearray", hexadecimal(handle))
    case .tuple: return .members("tuple", try many(document.elements(handle)))
    case .list: return .members("list", try many(document.elements(handle)))
    case .set: return .members("set", try many(document.elements(handle)))
    case .frozenSet: return .members("frozenset", try many(document.elements(handle)))
    case .dict: return .dict(Self.lastOfEachKey(try pairs()))
    case .global:
      let name = document.globalName(handle)
      return .global(name?.module ?? "", name?.name ?? "")
    case .extensionCode: return .fileExtension(document.extensionCode(handle) ?? 0)
    case .persistentID:
      return .persistentID(try render(document.persistentID(handle) ?? handle, above: inside))
    case .call:
      guard let call = document.call(handle) else { throw Rendering.TruthError.unknown("call") }
      return .call(
        call.form, try render(call.callable, above: inside),
        arguments: try many(document.elements(call.arguments)),
        keywords: try call.keywords.map { try render($0, above: inside) },
        states: try many(document.states(handle)),
        appended: try many(document.elements(handle)), pairs: try pairs())
    }
  }

  private func hexadecimal(_ handle: PickleHandle) -> String {
    guard let bytes = document.rawBytes(handle) else { return "?" }
    return (0..<bytes.count).map { String(format: "%02x", bytes[$0]) }.joined()
  }

  private func text(_ handle: PickleHandle) -> Rendering {
    switch TextForm(rawValue: document.node(handle).form) {
    case .binary, .quoted: return .scalar("str8", hexadecimal(handle))
    case .utf8 where String(validating: Data(document.rawBytes(handle)), as: UTF8.self) == nil:
      return .scalar("surrogates", hexadecimal(handle))
    default: return .scalar("str", document.string(handle) ?? "")
    }
  }

  /// A Python dict keeps the place of a key's first and the value of its last occurrence.
  private static func lastOfEachKey(_ pairs: [[Rendering]]) -> [[Rendering]] {
    var result: [[Rendering]] = []
    for pair in pairs {
      if let index = result.firstIndex(where: { $0[0] == pair[0] }) {
        result[index][1] = pair[1]
      } else {
        result.append(pair)
      }
    }
    return result
  }

  /// The decimal text of a long integer, by schoolbook division.
  static func decimal(_ handle: PickleHandle, _ document: PickleDocument) -> String {
    var magnitude = (document.integerBytes(handle) ?? []).map { UInt32($0) }
    let isNegative = (magnitude.last ?? 0) >= 128
    if isNegative {
      var carry: UInt32 = 1
      for index in magnitude.indices {
        let value = (magnitude[index] ^ 255) + carry
        (magnitude[index], carry) = (value & 255, value >> 8)
      }
    }
    var digits: [Character] = []
    while let top = magnitude.lastIndex(where: { $0 != 0 }) {
      var remainder: UInt32 = 0
      for index in (0...top).reversed() {
        let value = remainder << 8 | magnitude[index]
        (magnitude[index], remainder) = (value / 10, value % 10)
      }
      digits.append(Character("\(remainder)"))
    }
    return (isNegative ? "-" : "") + String(digits.reversed())
  }
}

extension Data {
  init(_ bytes: Bytes?) {
    self = bytes.map { bytes in bytes.withUnsafeBytes { Data($0) } } ?? Data()
  }
}
