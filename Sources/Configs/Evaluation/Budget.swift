import OrderedCollections

/// Counts what a configuration uses, in all of its files together, against ``ConfigLimits``.
///
/// The budget also keeps every list and dictionary until the end and then empties them one by one: releasing a chain of
/// a million nested lists recursively would overflow the stack.
final class Budget {
  private var containers: [Node] = []
  private var values = 0
  private var bytes = 0
  private var steps = 0
  private(set) var files = 0

  deinit {
    for node in containers {
      node.content = .none
      node.held = []
    }
  }

  func keep(_ node: Node) throws(ConfigError) {
    switch node.content {
    case .list(let elements), .tuple(let elements):
      containers.append(node)
      try claim(elements.count + 1, node.source, node.range)
    case .dictionary(let dictionary):
      containers.append(node)
      try claim(dictionary.entries.count + 1, node.source, node.range)
    case .string(let text):
      try claim(1, node.source, node.range)
      try claim(bytes: text.utf8.count, node.source, node.range)
    case .stream, .opaque:
      containers.append(node)
      try claim(1, node.source, node.range)
    default: try claim(1, node.source, node.range)
    }
  }

  /// Keeps an unknown value without counting it.
  func keep(unknown node: Node) { containers.append(node) }

  /// Counts values before they are made.
  func claim(_ count: Int, _ source: SourceText, _ range: Range<Int>) throws(ConfigError) {
    let (sum, overflow) = values.addingReportingOverflow(count)
    guard !overflow, sum <= ConfigLimits.values else {
      throw source.error(
        at: range.lowerBound,
        "this makes more than \(ConfigLimits.values) values, which no configuration needs")
    }
    values = sum
  }

  func claim(bytes count: Int, _ source: SourceText, _ range: Range<Int>) throws(ConfigError) {
    let (sum, overflow) = bytes.addingReportingOverflow(count)
    guard !overflow, sum <= ConfigLimits.stringBytes else {
      throw source.error(
        at: range.lowerBound,
        "this makes more than \(ConfigLimits.stringBytes >> 20) MB of text, "
          + "which no configuration needs")
    }
    bytes = sum
  }

  /// Counts a step of the evaluation; `length` is that of a list which the step moves or copies.
  func step(
    _ source: SourceText, _ range: Range<Int>, length: Int = 0
  ) throws(ConfigError) {
    steps += 1 + length / 64
    guard steps <= ConfigLimits.steps else {
      throw source.error(at: range.lowerBound, "this takes more steps than a configuration needs")
    }
  }

  func openFile() -> Bool {
    files += 1
    return files <= ConfigLimits.files
  }
}
