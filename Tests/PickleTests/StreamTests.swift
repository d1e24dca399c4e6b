import PthBytes
import Foundation
import TestSupport
import Testing

@testable import PthPickle

/// Random streams of opcodes, and what CPython did with each (`Fixtures/generate/streams.py`).
@Suite struct StreamTests {
  private struct Record {
    let bytes: Bytes
    /// `!` after an error, where STOP ended otherwise, or `.` if that is not known.
    let end: Substring
    let events: [Substring]

    init?(_ line: Substring) {
      let fields = line.split(separator: " ")
      guard fields.count >= 2, let data = Data(base64Encoded: String(fields[0])) else {
        return nil
      }
      (bytes, end, events) = (Bytes(Array(data)), fields[1], Array(fields.dropFirst(2)))
    }
  }

  private static let maximumOpen = 0.22
  private static let maximumCrossed = 0.04

  /// The committed streams, or a file of many more.
  private static func records() throws -> [Record] {
    let other = ProcessInfo.processInfo.environment["PTHCONV_STREAMS"]
    let text =
      try other.map { try String(contentsOfFile: $0, encoding: .utf8) }
      ?? String(decoding: Fixtures.data("streams.txt"), as: UTF8.self)
    return text.split(separator: "\n").compactMap(Record.init)
  }

  /// Every import and every call that CPython makes is seen, in order and with its arguments, and
  /// what CPython reads to STOP is read to the same STOP.
  @Test func seesWhatCPythonSees() throws {
    let records = try Self.records()
    try #require(records.count > 1500)
    var (events, open, crossed) = (0, 0, 0)
    for record in records {
      let (document, error) = PickleDocument.parseAsFarAsPossible(record.bytes)
      let seen = Self.events(document)
      let shown = record.bytes.withUnsafeBytes { Data($0).base64EncodedString() }
      // From the opcode that crosses its frame on, CPython sees other opcodes than are there.
      let isCrossed = error?.reason == .crossedFrame
      crossed += isCrossed ? 1 : 0
      events += seen.count
      open += seen.count { $0.hasPrefix("I?") || $0.hasPrefix("C?") || $0.hasSuffix("*") }
      let count =
        isCrossed ? min(max(seen.count - 2, 0), record.events.count) : record.events.count
      let agrees = zip(seen, record.events.prefix(count)).allSatisfy(Self.covers)
      if seen.count < count || !agrees { Issue.record("\(shown): \(seen)") }
      guard record.end != "!", !isCrossed else { continue }
      let isSameEnd = Int(record.end).map { $0 == document.range.upperBound } ?? true
      if error != nil || !isSameEnd { Issue.record("\(shown): \(String(describing: error))") }
    }
    // What is left open agrees with anything, so little may be: callables that are results of calls, and
    // arguments that are no tuple.
    #expect(Double(open) / Double(events) < Self.maximumOpen, "\(open) of \(events)")
    #expect(Double(crossed) / Double(records.count) < Self.maximumCrossed, "\(crossed)")
  }

  /// Whether what pthconv sees says no more than what CPython does: `?` stands for a value that it
  /// does not know, and for the name of an import or a callable that is computed; `*` for any arguments.
  private static func covers(_ seen: String, _ truth: Substring) -> Bool {
    var (seen, truth) = (Substring(seen), truth)
    while let mark = seen.popFirst() {
      if mark == "*" { return true }
      if mark == "?" {
        truth = truth.drop(while: { !",()".contains($0) })
        // A tuple: up to the parenthesis that closes it.
        if truth.first == "(", seen.first != "(" {
          var depth = 0
          repeat {
            guard let next = truth.popFirst() else { return false }
            depth += next == "(" ? 1 : next == ")" ? -1 : 0
          } while depth > 0
        }
      } else if let number = ["T": "i1", "F": "i0"][mark], truth.hasPrefix(number) {
        // `I+1` and `I-0` are booleans to the C unpickler alone.
        truth.removeFirst(2)
      } else if truth.popFirst() != mark {
        return false
      }
    }
    return truth.isEmpty
  }

  private static func events(_ document: PickleDocument) -> [String] {
    document.handles.compactMap { handle in
      if document.kind(handle) == .global { return "I" + (name(handle, document) ?? "?") }
      guard let call = document.call(handle), ![.build, .append, .setItems].contains(call.form)
      else { return nil }
      let callable = name(target(call.callable, document), document) ?? "?"
      // The pure unpickler spreads whatever it is given, the C one refuses all but a tuple.
      guard document.kind(call.arguments) == .tuple else { return "C\(callable)*" }
      return "C\(callable)\(show(call.arguments, document))"
    }
  }

  /// What BUILD and additions leave on the stack is what they were done to.
  private static func target(_ handle: PickleHandle, _ document: PickleDocument) -> PickleHandle {
    var handle = handle
    while let call = document.call(handle), [.build, .append, .setItems].contains(call.form) {
      handle = call.callable
    }
    return handle
  }

  private static func name(_ handle: PickleHandle, _ document: PickleDocument) -> String? {
    document.globalName(handle).map { hexadecimal(Data($0.description.utf8)) }
  }

  private static func hexadecimal(_ data: Data) -> String {
    let digits = Array("0123456789abcdef")
    return String(data.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
  }

  /// A value as the generator's `show` writes it.
  private static func show(_ handle: PickleHandle, _ document: PickleDocument, above: Int = 0)
    -> String
  {
    switch document.kind(handle) {
    case .none: return "N"
    case .bool: return document.bool(handle) == true ? "T" : "F"
    case .int: return "i\(document.int(handle) ?? 0)"
    case .bigInt: return "i" + Renderer.decimal(handle, document)
    case .float:
      let value = document.float(handle) ?? 0
      return value.isNaN ? "fnan" : "f" + String(format: "%016lx", value.bitPattern)
    case .bytes: return "b" + hexadecimal(Data(document.rawBytes(handle)))
    case .string:
      let text = document.string(handle) ?? ""
      return text.unicodeScalars.contains("\u{fffd}") ? "s?" : "s" + hexadecimal(Data(text.utf8))
    case .tuple where above < 4:
      let parts = document.elements(handle).map { show($0, document, above: above + 1) }
      return "(" + parts.joined(separator: ",") + ")"
    default: return "?"
    }
  }
}
