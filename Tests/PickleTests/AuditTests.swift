import PthBytes
import Foundation
import TestSupport
import Testing

@testable import PthPickle

/// `Fixtures/globals.json`: names by the verdict that using them must get.
struct GlobalTable: Decodable {
  let dangerous: [String]
  let safe: [String]
  let unknown: [String]
}

@Suite struct AuditTests {
  static let table = try? Fixtures.json("globals.json", as: GlobalTable.self)

  @Test func tableIsThere() throws {
    let table = try #require(Self.table)
    #expect(table.dangerous.count > 200 && table.safe.count > 50 && table.unknown.count > 10)
  }

  /// A dangerous name is dangerous when it is called, by GLOBAL or by STACK_GLOBAL, wherever the
  /// dotted path is cut into module and name.
  @Test(arguments: table?.dangerous ?? [])
  func findsDanger(_ path: String) throws {
    for name in Self.cuts(path) {
      #expect(try Self.verdict(Self.called(name)) == .dangerous, "\(name.module) | \(name.name)")
    }
  }

  @Test(arguments: table?.safe ?? [])
  func trusts(_ path: String) throws {
    let name = try #require(Self.cuts(path).last)
    #expect(try Self.verdict(Self.named(name)) == .safe)
  }

  @Test(arguments: table?.unknown ?? [])
  func doesNotKnow(_ path: String) throws {
    let name = try #require(Self.cuts(path).last)
    #expect(try Self.verdict(Self.named(name)) == .unknown)
    #expect(try Self.verdict(Self.called(name)) == .unknown)
  }

  /// Every cut of a dotted path into module and name; the last one is the usual one.
  private static func cuts(_ path: String) -> [GlobalName] {
    let parts = path.split(separator: ".")
    return (1..<parts.count).map { cut in
      GlobalName(
        module: parts[..<cut].joined(separator: "."), name: parts[cut...].joined(separator: "."))
    }
  }

  private static func named(_ name: GlobalName) -> PickleWriter {
    var writer = PickleWriter(bytes: [0x80, 2])
    writer.global(name.module, name.name)
    writer.op(".")
    return writer
  }

  /// `name('x')`
  private static func called(_ name: GlobalName) -> PickleWriter {
    var writer = PickleWriter(bytes: [0x80, 4])
    writer.text(name.module)
    writer.text(name.name)
    writer.bytes.append(0x93)
    writer.text("x")
    writer.bytes.append(0x85)
    writer.ops("R.")
    return writer
  }

  private static func verdict(_ writer: PickleWriter) throws -> AuditVerdict {
    let document = try PickleDocument(parsing: Bytes(writer.bytes))
    return PickleAudit(document).verdict
  }

  /// Files that were made to deceive get the verdict that the table beside them says.
  @Test(arguments: Fixtures.pickles(in: "hostile"))
  func judgesHostilePickles(_ name: String) throws {
    struct Truth: Decodable {
      let scan: String?
      let why: String
    }
    let truth: Truth = try Fixtures.json("hostile/\(name).pkl.json")
    guard let expected = truth.scan else { return }
    let worst = Self.worst(try Fixtures.bytes("hostile/\(name).pkl"))
    #expect(worst.rawValue == expected, "\(truth.why)")
  }

  /// Several pickles in a row count together, and so do those that they load.
  private static func worst(_ bytes: Bytes) -> AuditVerdict {
    var (worst, position) = (AuditVerdict.safe, 0)
    while position < bytes.count {
      let (document, error) = PickleDocument.parseAsFarAsPossible(bytes, at: position)
      let audit = PickleAudit(document)
      worst = max(worst, audit.verdict, audit.nestedContents.map(Self.worst).max() ?? .safe)
      if error != nil { break }
      position = document.range.upperBound
    }
    return worst
  }
}
