import PthBytes
import Foundation
import TestSupport
import Testing

@testable import PthPickle

/// Objects that real files hold beside tensors, as PyTorch and numpy pickle them
/// (`Fixtures/generate/objects.py`).
@Suite struct ObjectTests {
  struct Object: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let verdict: Substring
    let bytes: [UInt8]
  }

  static let objects: [Object] = {
    guard let data = try? Fixtures.data("objects.txt") else { return [] }
    return String(decoding: data, as: UTF8.self).split(separator: "\n").compactMap { line in
      let fields = line.split(separator: " ")
      guard fields.count == 3, let bytes = Data(base64Encoded: String(fields[2])) else {
        return nil
      }
      return Object(testDescription: String(fields[0]), verdict: fields[1], bytes: Array(bytes))
    }
  }()

  @Test func objectsAreThere() { #expect(Self.objects.count > 50) }

  /// None is called dangerous; what is not safe names what it does not know.
  @Test(arguments: objects)
  func accusesNoOrdinaryObject(_ object: Object) throws {
    let audit = PickleAudit(try PickleDocument(parsing: Bytes(object.bytes)))
    let named = audit.globals.filter { $0.verdict != .safe }
    let reasons = named.map { "\($0.global) \($0.reason ?? "")" } + audit.findings.map(\.text)
    #expect(audit.verdict.rawValue == object.verdict, "\(reasons)")
    #expect(audit.verdict == .safe || !named.isEmpty)
  }
}
