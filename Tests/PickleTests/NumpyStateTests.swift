import PthBytes
import Foundation
import TestSupport
import Testing

@testable import PthPickle

/// Pickles of numpy objects, real and damaged, and what numpy does with them
/// (`Fixtures/generate/numpy_states.py`).
@Suite struct NumpyStateTests {
  private static func verdicts(_ kind: String) throws -> [(text: Substring, AuditVerdict)] {
    let text = String(decoding: try Fixtures.data("numpy_states.txt"), as: UTF8.self)
    return try text.split(separator: "\n").compactMap { line in
      let fields = line.split(separator: " ")
      guard fields[0] == kind else { return nil }
      let data = try #require(Data(base64Encoded: String(fields[1])))
      return (fields[1], PickleAudit(try PickleDocument(parsing: Bytes(Array(data)))).verdict)
    }
  }

  @Test func whatNumpyWritesIsSafe() throws {
    let verdicts = try Self.verdicts("real")
    #expect(verdicts.count > 300)
    for (text, verdict) in verdicts { #expect(verdict == .safe, "\(text)") }
  }

  @Test func otherClassesAreUnknown() throws {
    let verdicts = try Self.verdicts("other")
    #expect(verdicts.count > 5)
    for (text, verdict) in verdicts { #expect(verdict == .unknown, "\(text)") }
  }

  @Test func whatEndsTheProcessIsNotSafe() throws {
    let verdicts = try Self.verdicts("crash")
    #expect(verdicts.count == 150)
    for (text, verdict) in verdicts { #expect(verdict > .safe, "\(text)") }
  }
}
