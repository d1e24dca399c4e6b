import PthTensors
import PthBackbones
import PthBytes
import PthCheckpoints
import PthPickle

/// A checkpoint's values other than the weights as text, two levels deep.
package struct MetadataText {
  private let value: MetadataValue
  private let style: TextStyle

  package init(_ value: MetadataValue, style: TextStyle = .plain) {
    self.value = value
    self.style = style
  }

  package var lines: [String] {
    switch value {
    case .dict(let fields, let count):
      return entries(fields, hidden: count - fields.count, depth: 0)
    case .object(let className, let fields, let count):
      return ["  \(Format.printable(className))"]
        + entries(fields, hidden: count - fields.count, depth: 1)
    case .list(let members, let count):
      let fields = members.enumerated().map { (key: "\($0.offset)", value: $0.element) }
      return entries(fields, hidden: count - members.count, depth: 0)
    default: return []
    }
  }

  private static let maximumMembers = [24, 10]

  private func entries(
    _ fields: [(key: String, value: MetadataValue)], hidden: Int, depth: Int
  ) -> [String] {
    let limit = Self.maximumMembers[min(depth, Self.maximumMembers.count - 1)]
    var lines: [String] = []
    for (key, value) in fields.prefix(limit) {
      let start =
        String(repeating: "  ", count: depth + 1) + style.styled(Format.printable(key), .bold)
      let room = style.width - 2 * (depth + 1) - key.count - 2
      lines.append("\(start): \(Format.elided(Self.brief(value), max(room, 24)))")
      if depth == 0, case .dict(let inner, let count) = value, !inner.isEmpty {
        lines += entries(inner, hidden: count - inner.count, depth: 1)
      }
    }
    let rest = max(0, fields.count - limit) + hidden
    if rest > 0 { lines.append(String(repeating: "  ", count: depth + 1) + "… \(rest) more") }
    return lines
  }

  /// The value on one line.
  private static func brief(_ value: MetadataValue) -> String {
    switch value {
    case .none: return "None"
    case .bool(let flag): return flag ? "True" : "False"
    case .int(let number): return "\(number)"
    case .bigInt(let digits): return digits
    case .float(let number): return "\(number)"
    case .string(let text): return "'\(Format.printable(text))'"
    case .bytes(let count): return "\(Format.bytes(count)) of raw data"
    case .tensor(let dtype, let shape): return "tensor \(dtype.rawValue) \(Format.shape(shape))"
    case .list(let members, let count):
      if count == 0 { return "[]" }
      let isShort = count <= 8 && members.count == count && members.allSatisfy(isPlain)
      return isShort
        ? "[\(members.map(brief).joined(separator: ", "))]"
        : count == 1 ? "a list of one" : "a list of \(count)"
    case .dict(_, let count): return count == 0 ? "{}" : count == 1 ? "1 entry" : "\(count) entries"
    case .object(let className, let fields, _):
      let inner = fields.filter { isPlain($0.value) }.prefix(6)
        .map { "\($0.key)=\(brief($0.value))" }
      return Format.printable(
        className + (inner.isEmpty ? "" : "(\(inner.joined(separator: ", ")))"))
    case .stateDict: return "the state dict below"
    case .name(let text): return Format.printable(text)
    }
  }

  private static func isPlain(_ value: MetadataValue) -> Bool {
    switch value {
    case .none, .bool, .int, .float, .string, .name: true
    default: false
    }
  }
}
