import Foundation
import PthPickle
import TestSupport
import Testing

@testable import PthCheckpoints

/// What a truth file of `Fixtures/hostile` records.
struct HostileTruth: Decodable {
  let scan: String?
  let inspect_exit: Int?
  let errors_contain: String?
  let why: String
}

@Suite struct ScanTests {
  @Test func fixturesAreThere() {
    #expect(Fixtures.names(in: "hostile").count > 150)
  }

  /// Ordinary checkpoints are not accused, and weights_only is foretold as PyTorch decides.
  @Test(arguments: Fixtures.names(in: "checkpoints"))
  func judgesOrdinaryFiles(_ name: String) throws {
    let truth: CheckpointTruth = try Fixtures.truth(name)
    guard truth.error == nil else { return }
    let audit = try FileScanner.scan(Fixtures.path(name))
    let reasons = "\(audit.findings) \(audit.globals.filter { $0.verdict != .safe })"
    #expect(audit.verdict.rawValue == truth.scan, "\(reasons)")
    if let accepted = truth.weights_only {
      #expect((audit.weightsOnly == .accepted) == accepted, "\(audit.weightsOnly)")
    }
  }

  @Test(arguments: Fixtures.names(in: "hostile"))
  func judgesHostileFiles(_ name: String) throws {
    let truth: HostileTruth = try Fixtures.truth(name)
    guard let expected = truth.scan else { return }
    let audit = try FileScanner.scan(Fixtures.path(name))
    #expect(audit.verdict.rawValue == expected, "\(truth.why): \(audit.findings)")
  }

  /// Files that cannot be read say so in one line; the others can be read whatever they do.
  @Test(arguments: Fixtures.names(in: "hostile"))
  func refusesWhatCannotBeRead(_ name: String) throws {
    let truth: HostileTruth = try Fixtures.truth(name)
    guard let exit = truth.inspect_exit else { return }
    do {
      _ = try Checkpoint.open(Fixtures.path(name))
      #expect(exit == 0, "\(truth.why)")
    } catch {
      #expect(exit == 2, "\(truth.why): \(error)")
      #expect(error.description.hasPrefix(Fixtures.path(name) + ": "))
      #expect(!error.description.contains("\n"))
      if let part = truth.errors_contain { #expect(error.description.contains(part)) }
    }
  }
}
