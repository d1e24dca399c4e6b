import OrderedCollections

/// A value during evaluation: a reference, as in Python, so that changes in place are seen wherever it is used.
///
/// Only lists and dictionaries change; any other value is replaced.
final class Node {
  enum Content {
    case none
    case bool(Bool)
    case int(Int)
    case float(Double)
    case string(String)
    case list([Node])
    case tuple([Node])
    case dictionary(NodeDictionary)
    case opaque(String)
    /// An imported name that is not Python's own, by its full name.
    case imported(String)
    /// One of Python's own modules or functions by its full name; mmengine drops these from a configuration.
    case module(String)
    case function(String)
    /// Values for a loop: a range, an iterator, a view of a dictionary, a generator.
    case stream(Stream)
  }

  var content: Content
  let source: SourceText
  let range: Range<Int>
  /// The lists and dictionaries that an unknown value may be or hold: what changes the value may change these.
  var held: [Node] = []

  init(_ content: Content, _ source: SourceText, _ range: Range<Int>) {
    self.content = content
    self.source = source
    self.range = range
  }

  var isOpaque: Bool {
    if case .opaque = content { return true }
    return false
  }

  /// Whether a list or dictionary can be reached through the value.
  var isReaching: Bool {
    switch content {
    case .list, .dictionary, .stream: true
    case .tuple(let elements): !elements.isEmpty
    default: !held.isEmpty
    }
  }

  var isList: Bool {
    if case .list = content { return true }
    return false
  }

  var isRange: Bool {
    if case .stream(let stream) = content { return !stream.isOnce && stream.sources.isEmpty }
    return false
  }

  /// The element of a list, found without keeping a copy of the list.
  func listElement(at index: Int) -> Node? {
    guard case .list(let elements) = content, index < elements.count else { return nil }
    return elements[index]
  }

  /// Whether the value is not a container.
  var isScalar: Bool {
    switch content {
    case .list, .tuple, .dictionary: false
    default: true
    }
  }

  var elements: [Node]? {
    switch content {
    case .list(let elements), .tuple(let elements): elements
    default: nil
    }
  }

  var dictionary: NodeDictionary? {
    if case .dictionary(let dictionary) = content { return dictionary }
    return nil
  }

  /// Changes a dictionary without copying it.
  func change(_ body: (inout OrderedDictionary<NodeKey, NodeDictionary.Entry>) -> Void) {
    guard case .dictionary(var dictionary) = content else { return }
    content = .none
    body(&dictionary.entries)
    content = .dictionary(dictionary)
  }

  /// Changes a list without copying it.
  func changeList(_ body: (inout [Node]) -> Void) {
    guard case .list(var elements) = content else { return }
    content = .none
    body(&elements)
    content = .list(elements)
  }
}

struct NodeDictionary {
  struct Entry {
    var value: Node
    let source: SourceText
    /// The range from the key to the value if they are written together.
    let range: Range<Int>
  }

  var entries: OrderedDictionary<NodeKey, Entry> = [:]
  /// Whether this is mmengine's `ConfigDict`: entries are attributes too, dictionaries and lists are copied when they
  /// are stored, and `update` merges nested dictionaries.
  var isConfig = false
}

/// A key of a dictionary.
enum NodeKey: Hashable {
  case string(String)
  case int(Int)
  case float(Double)
  case none
  /// A tuple, by its text in the source.
  case other(String)

  static func == (left: NodeKey, right: NodeKey) -> Bool {
    switch (left, right) {
    case (.string(let a), .string(let b)), (.other(let a), .other(let b)):
      PythonText.isEqual(a, b)
    case (.int(let a), .int(let b)): a == b
    case (.float(let a), .float(let b)): a == b
    case (.none, .none): true
    default: false
    }
  }

  func hash(into hasher: inout Hasher) {
    switch self {
    // Equal as strings are also texts with the same characters in other code points, which are two keys in Python.
    case .string(var text), .other(var text): text.withUTF8 { hasher.combine(bytes: .init($0)) }
    case .int(let value): hasher.combine(value)
    case .float(let value): hasher.combine(value)
    case .none: break
    }
  }

  init?(_ node: Node) {
    switch node.content {
    case .string(let text): self = .string(text)
    case .int(let value): self = .int(value)
    // In Python, equal numbers are the same key: True, 1 and 1.0.
    case .bool(let value): self = .int(value ? 1 : 0)
    case .float(let value):
      if let whole = Int(exactly: value) { self = .int(whole) } else { self = .float(value) }
    case .none: self = .none
    case .tuple: self = .other(node.source.excerpt(node.range))
    default: return nil
    }
  }

  /// The key as text, as in JSON.
  var text: String {
    switch self {
    case .string(let text), .other(let text): text
    case .int(let value): String(value)
    case .float(let value): String(value)
    case .none: "None"
    }
  }
}
