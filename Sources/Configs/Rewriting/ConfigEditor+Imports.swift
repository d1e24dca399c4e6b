/// Adapts the imports of a lazy configuration that is written into another folder.
extension ConfigEditor {
  /// Rewrites relative imports for another folder.
  ///
  /// - Parameters:
  ///   - from: The components of the file's folder.
  ///   - to: The components of the new file's folder.
  /// - Throws: ``ConfigError`` if no relative import leads from the new folder to a base.
  package mutating func moveImports(from: [String], to: [String]) throws(ConfigError) {
    for statement in statements {
      if case .bases(let imports) = statement.kind {
        for item in imports { try move(item, from, to) }
      } else if case .importNames(let level, _, _) = statement.kind, level > 0 {
        throw source.error(
          at: statement.range.lowerBound,
          "this is imported from the file's own folder; write the new file beside it")
      }
    }
  }

  private mutating func move(
    _ statement: Statement, _ from: [String], _ to: [String]
  ) throws(ConfigError) {
    guard case .importNames(let level, let module, _) = statement.kind, level > 0 else { return }
    let target = from.dropLast(level - 1) + module.split(separator: ".").map(String.init)
    let shared = zip(target, to).prefix { $0 == $1 }.count
    let rest = target[shared...]
    if let folder = rest.first(where: { !Self.isName($0) }) {
      throw source.error(
        at: statement.range.lowerBound,
        "from the new folder this leads through '\(folder)', which no import can name; write the new "
          + "file beside it")
    }
    let name = String(repeating: ".", count: to.count - shared + 1) + rest.joined(separator: ".")
    guard let range = moduleRange(statement) else {
      throw source.error(
        at: statement.range.lowerBound,
        "this import is written in an unusual way; write the new file beside it")
    }
    edit(range, name)
  }

  /// The range of the module between `from` and `import`; nil if the import is laid out in another way.
  private func moduleRange(_ statement: Statement) -> Range<Int>? {
    let text = source.text[statement.range]
    guard text.starts(with: "from".utf8) else { return nil }
    guard let start = text.dropFirst(4).firstIndex(where: { $0 != 0x20 && $0 != 0x09 }) else {
      return nil
    }
    let isPart: (UInt8) -> Bool = { byte in
      (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20) || byte == 0x5F
        || byte == 0x2E || byte >= 0x80
    }
    let end = text[start...].firstIndex { !isPart($0) } ?? text.endIndex
    let behind = text[end...].drop { $0 == 0x20 || $0 == 0x09 }
    return behind.starts(with: "import".utf8) ? start..<end : nil
  }

  private static func isName(_ text: String) -> Bool {
    guard let first = text.unicodeScalars.first, !Parser.keywords.contains(text) else {
      return false
    }
    return (first.properties.isXIDStart || first == "_")
      && text.unicodeScalars.allSatisfy { $0.properties.isXIDContinue }
  }
}
