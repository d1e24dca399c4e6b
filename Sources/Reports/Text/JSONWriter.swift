/// Writes JSON straight into a byte buffer, keys in the order of the calls.
///
/// Foundation's encoder does not keep the documented order of keys and is too slow: a whole `inspect --json`
/// takes a few milliseconds.
package struct JSONWriter {
  package private(set) var bytes: [UInt8] = []
  /// For each open object or array, whether it has a member yet.
  private var hasMembers: [Bool] = []
  private var isAfterKey = false

  package init() {}

  /// The JSON that `body` writes, as text.
  package static func text(_ body: (inout JSONWriter) -> Void) -> String {
    var writer = JSONWriter()
    body(&writer)
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  private mutating func separate() {
    if isAfterKey {
      isAfterKey = false
    } else if let last = hasMembers.indices.last {
      if hasMembers[last] { bytes.append(UInt8(ascii: ",")) }
      hasMembers[last] = true
    }
  }

  package mutating func object(_ body: (inout JSONWriter) -> Void) { nest("{", "}", body) }

  package mutating func array(_ body: (inout JSONWriter) -> Void) { nest("[", "]", body) }

  /// Writes a key and an array with one object for each item.
  package mutating func objects<Item>(
    _ name: StaticString, _ items: some Sequence<Item>, _ body: (inout JSONWriter, Item) -> Void
  ) {
    keyed(name) { writer in
      writer.array { writer in
        for item in items { writer.object { body(&$0, item) } }
      }
    }
  }

  private mutating func nest(
    _ open: Unicode.Scalar, _ close: Unicode.Scalar, _ body: (inout JSONWriter) -> Void
  ) {
    separate()
    bytes.append(UInt8(ascii: open))
    hasMembers.append(false)
    body(&self)
    hasMembers.removeLast()
    bytes.append(UInt8(ascii: close))
  }

  package mutating func key(_ name: String) {
    separate()
    quote(name)
    bytes.append(UInt8(ascii: ":"))
    isAfterKey = true
  }

  /// Writes a key and its value; there is an overload for each type that ``value(_:)`` takes.
  package mutating func field(_ name: StaticString, _ content: Bool?) {
    keyed(name) { $0.value(content) }
  }
  package mutating func field(_ name: StaticString, _ content: Int?) {
    keyed(name) { $0.value(content) }
  }
  package mutating func field(_ name: StaticString, _ content: Double?) {
    keyed(name) { $0.value(content) }
  }
  package mutating func field(_ name: StaticString, _ content: String?) {
    keyed(name) { $0.value(content) }
  }
  package mutating func field(_ name: StaticString, _ content: [Int]) {
    keyed(name) { $0.value(content) }
  }
  package mutating func field(_ name: StaticString, _ content: [String]) {
    keyed(name) { $0.value(content) }
  }

  /// Writes a key without escaping: a `StaticString` comes from the program, and its keys need no escapes.
  private mutating func keyed(_ name: StaticString, _ write: (inout JSONWriter) -> Void) {
    separate()
    bytes.append(UInt8(ascii: "\""))
    name.withUTF8Buffer { bytes.append(contentsOf: $0) }
    bytes.append(UInt8(ascii: "\""))
    bytes.append(UInt8(ascii: ":"))
    isAfterKey = true
    write(&self)
  }

  package mutating func null() { raw("null") }

  package mutating func value(_ flag: Bool) { raw(flag ? "true" : "false") }

  package mutating func value(_ flag: Bool?) {
    if let flag { value(flag) } else { null() }
  }

  package mutating func value(_ number: Int) {
    guard number >= 0 else { return raw(String(number)) }
    separate()
    var digits = 1
    var (rest, power) = (number, 1)
    while rest >= 10 {
      (rest, power, digits) = (rest / 10, power * 10, digits + 1)
    }
    for _ in 0..<digits {
      bytes.append(UInt8(ascii: "0") + UInt8(number / power % 10))
      power /= 10
    }
  }

  package mutating func value(_ number: Int?) {
    if let number { value(number) } else { null() }
  }

  /// Writes a number; NaN and infinities, which JSON lacks, become the strings `"NaN"`, `"Infinity"`, `"-Infinity"`.
  package mutating func value(_ number: Double) {
    if number.isNaN {
      value("NaN")
    } else if number.isInfinite {
      value(number < 0 ? "-Infinity" : "Infinity")
    } else {
      raw(number == number.rounded() && abs(number) < 1e15 ? "\(Int(number)).0" : "\(number)")
    }
  }

  package mutating func value(_ number: Double?) {
    if let number { value(number) } else { null() }
  }

  package mutating func value(_ text: String) {
    separate()
    quote(text)
  }

  package mutating func value(_ text: String?) {
    if let text { value(text) } else { null() }
  }

  package mutating func value(_ numbers: [Int]) {
    array { writer in for number in numbers { writer.value(number) } }
  }

  package mutating func value(_ texts: [String]) {
    array { writer in for text in texts { writer.value(text) } }
  }

  private mutating func raw(_ text: String) {
    separate()
    var text = text
    text.withUTF8 { bytes.append(contentsOf: $0) }
  }

  private mutating func quote(_ text: String) {
    bytes.append(UInt8(ascii: "\""))
    var text = text
    text.withUTF8 { utf8 in
      // Fast path: nearly all texts are keys that need no escapes.
      if utf8.allSatisfy(Self.isPlain) {
        bytes.append(contentsOf: utf8)
      } else {
        for scalar in String(decoding: utf8, as: UTF8.self).unicodeScalars { escape(scalar) }
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }

  private static func isPlain(_ byte: UInt8) -> Bool {
    byte >= 0x20 && byte < 0x7f && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
  }

  private mutating func escape(_ scalar: Unicode.Scalar) {
    switch scalar {
    case "\"", "\\": bytes.append(contentsOf: [UInt8(ascii: "\\"), UInt8(scalar.value)])
    case let scalar where Self.isUnsafe(scalar):
      for unit in UTF16.encode(scalar)! {
        let digits = String(unit, radix: 16)
        bytes.append(
          contentsOf: "\\u\(String(repeating: "0", count: 4 - digits.count))\(digits)".utf8)
      }
    default: bytes.append(contentsOf: UTF8.encode(scalar)!)
    }
  }

  /// Whether a terminal would act on the character: control (C0 and C1) and format characters, line and paragraph
  /// separators.
  private static func isUnsafe(_ scalar: Unicode.Scalar) -> Bool {
    guard scalar.value >= 0x7f else { return scalar.value < 0x20 }
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator: return true
    default: return false
    }
  }

  /// Returns the bytes written so far and empties the buffer, so that long output need not be held
  /// in memory.
  package mutating func drain() -> [UInt8] {
    defer { bytes.removeAll(keepingCapacity: true) }
    return bytes
  }
}
