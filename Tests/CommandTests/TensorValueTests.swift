import Foundation
import TestSupport
import Testing

/// The values that `inspect` prints and the statistics that it computes, against PyTorch's.
@Suite struct TensorValueTests {
  static let truth: [TensorTextTruth.Entry] =
    (try? Fixtures.truth("tensor_text", as: TensorTextTruth.self).tensors) ?? []

  @Test func fixtureIsThere() {
    #expect(Self.truth.count > 50)
  }

  /// Below a line of facts stands what `print(tensor)` shows in Python, to the character.
  @Test(arguments: truth.map(\.name))
  func printsAsPyTorchDoes(_ name: String) throws {
    let expected = try #require(Self.truth.first { $0.name == name })
    let outcome = try Program.run("inspect", "--tensor", name, "tensor_text.pth")
    #expect(outcome.exitCode == 0, "\(outcome.errors)")
    let lines = outcome.text.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.first?.hasPrefix("\(name)  ") == true)
    #expect(lines.dropFirst().dropLast().joined(separator: "\n") == expected.text)
  }

  @Test func statisticsAreTorchs() throws {
    let output: InspectOutput = try Program.run("inspect", "--json", "--stats", "tensor_text.pth")
      .json()
    #expect(output.tensors.map(\.name) == Self.truth.map(\.name))
    var compared = 0
    for (tensor, entry) in zip(output.tensors, Self.truth) {
      guard let expected = entry.stats else { continue }
      let stats = try #require(tensor.stats, "\(entry.name)")
      compared += 1
      #expect(stats.nan == expected.nan, "\(entry.name)")
      #expect(stats.inf == expected.inf, "\(entry.name)")
      #expect(stats.min == expected.min, "\(entry.name)")
      #expect(stats.max == expected.max, "\(entry.name)")
      expectClose(stats.mean, expected.mean, entry.name)
      expectClose(stats.std, expected.std, entry.name)
    }
    #expect(compared > 45)
  }

  private func expectClose(_ value: Double?, _ expected: Double?, _ name: String) {
    guard let value, let expected else {
      #expect(value == nil && expected == nil, "\(name)")
      return
    }
    #expect(abs(value - expected) <= 1e-12 * max(1, abs(expected)), "\(name)")
  }

  /// NaN and infinite elements stand in the table, not in the mean.
  @Test func statisticsTable() throws {
    let text = try Program.run("inspect", "--stats", "--filter", "^not_finite$", "tensor_text.pth")
      .text
    let row = try #require(text.split(separator: "\n").last { $0.hasPrefix("not_finite") })
    #expect(
      row.split(separator: " ").dropFirst().map(String.init) == [
        "1.5", "1.5", "1.5", "-", "1", "2",
      ])
  }

  @Test func wrongNameIsAnsweredWithNamesThatEndAlike() throws {
    let outcome = try Program.run(
      "inspect", "--tensor", "convs.0.weight", "checkpoints/zip-res2net.pth")
    #expect(outcome.exitCode == 2)
    #expect(outcome.errors.contains("'layer1.0.convs.0.weight'"))
  }

  /// All the elements as numbers, in C order, whatever the strides.
  @Test func jsonHasTheValues() throws {
    struct Output: Decodable {
      struct Tensor: Decodable { let values: [Double] }
      let tensors: [Tensor]
    }
    let output: Output = try Program.run(
      "inspect", "--json", "--tensor", "transposed", "checkpoints/zip-views.pth"
    ).json()
    let expected = (0..<6).flatMap { column in (0..<4).map { Double($0 * 6 + column) } }
    #expect(output.tensors.map(\.values) == [expected])
  }
}
