/// Any JSON value, shown as a tree.
enum JSONTree: Decodable {
  case none
  case bool(Bool)
  case number(Double)
  case string(String)
  case list([JSONTree])
  case object([String: JSONTree])

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .none
    } else if let flag = try? container.decode(Bool.self) {
      self = .bool(flag)
    } else if let text = try? container.decode(String.self) {
      self = .string(text)
    } else if let number = try? container.decode(Double.self) {
      self = .number(number)
    } else if let members = try? container.decode([JSONTree].self) {
      self = .list(members)
    } else {
      self = .object(try container.decode([String: JSONTree].self))
    }
  }

  /// The value on one line.
  var text: String {
    switch self {
    case .none: "None"
    case .bool(let flag): flag ? "True" : "False"
    case .number(let number):
      abs(number) < 1e15 && number == number.rounded() ? "\(Int(number))" : "\(number)"
    case .string(let text): text
    case .list(let members): "[\(members.map(\.text).joined(separator: ", "))]"
    case .object(let fields):
      "{\(fields.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value.text)" }.joined(separator: ", "))}"
    }
  }

  /// The members of an object, as items of a list.
  static func write(_ fields: [String: JSONTree], to writer: inout HTMLWriter) {
    for (name, value) in fields.sorted(by: { $0.key < $1.key }) {
      value.write(name, to: &writer)
    }
  }

  private func write(_ name: String, to writer: inout HTMLWriter) {
    switch self {
    case .object(let fields) where !fields.isEmpty:
      folded(name, "\(fields.count) fields", to: &writer) { Self.write(fields, to: &$0) }
    case .list(let members) where members.contains(where: \.isLarge):
      folded(name, "\(members.count) items", to: &writer) { writer in
        for (index, member) in members.enumerated() { member.write("\(index)", to: &writer) }
      }
    default:
      writer.element("li") { writer in
        writer.element("code", name)
        writer.text(" ")
        let text = self.text
        writer.note(text.count > 2000 ? text.prefix(2000) + "…" : text)
      }
    }
  }

  /// Whether the value is shown on lines of its own when it is a member of a list.
  private var isLarge: Bool {
    switch self {
    case .object, .list: true
    default: false
    }
  }

  private func folded(
    _ name: String, _ count: String, to writer: inout HTMLWriter,
    _ body: (inout HTMLWriter) -> Void
  ) {
    writer.element("li") { writer in
      writer.element("details") { writer in
        writer.element("summary") { writer in
          writer.element("span", name)
          writer.note(count)
        }
        writer.element("ul") { body(&$0) }
      }
    }
  }
}
