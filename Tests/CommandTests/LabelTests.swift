import Foundation
import PthCheckpoints
import PthTensors
import TestSupport
import Testing

/// What `verify --images` shows of a file's own classifier.
@Suite struct LabelTests {
  private struct Output: Decodable {
    struct Labels: Decodable {
      struct Guess: Decodable {
        let `class`: Int
        let label: String?
        let probability: Double
      }
      struct Image: Decodable {
        let file: String
        let top: [Guess]
      }
      let hidden, classifier: String?
      let classes: Int?
      let images: [Image]?
    }
    let verdict: String
    let labels: Labels?
  }

  private struct Truth: Decodable {
    let classes: [Int]
    let probabilities: [Double]
  }

  private static let features = 128
  private static let images = ["--images", "witness/images", "--size", "64"]
  private static let target = ["--backbone", "ResNet", "--flavor", "mmdet"] + images

  /// The fixture, whose file has no classifier, with more tensors.
  private func file(
    _ name: String, _ more: [(String, Tensor)], prefix: String = "", in folder: TemporaryFolder
  ) throws -> String {
    let known = try Checkpoint.open(Fixtures.path("witness/resnet.pth")).stateDict
    let entries = known.tensors.map { ("\(prefix)\($0.key)", $0.value) } + more
    let path = folder.path(name)
    let format = try #require(OutputFormat.forFile(name))
    try OutputWriter(
      OutputContents(entries: entries.map { .init(name: $0.0, tensor: $0.1) }), as: format,
      to: path
    ).write()
    return path
  }

  /// The weights of `classifier` in `Fixtures/generate/witness.py`.
  private func weight(_ classes: Int, _ features: Int = Self.features) throws -> Tensor {
    var values: [Float] = []
    for row in 0..<classes {
      for column in 0..<features {
        let number = (row * row * 7 + row * 131 + column * 17 + row * column * 3) % 2003 - 1001
        values.append(Float(Double(number) / 8000))
      }
    }
    return try Tensor(values, shape: [classes, features])
  }

  private func labels(_ file: String, _ more: [String] = []) throws -> Output {
    try Program.run(["verify", file] + Self.target + more + ["--json"]).json()
  }

  @Test func areThoseThatPyTorchGives() throws {
    let folder = try TemporaryFolder()
    let bias = try Tensor([Float](repeating: 0, count: 1000), shape: [1000])
    let path = try file("a.pth", [("fc.weight", weight(1000)), ("fc.bias", bias)], in: folder)
    let output = try labels(path)
    #expect(output.verdict == "supported")
    let labels = try #require(output.labels)
    #expect(labels.hidden == nil && labels.classifier == "fc" && labels.classes == 1000)
    let truth: [String: Truth] = try JSONDecoder().decode(
      [String: Truth].self, from: Fixtures.data("witness/labels.json"))
    let images = try #require(labels.images)
    #expect(images.count == truth.count)
    for image in images {
      let wanted = try #require(truth[URL(filePath: image.file).lastPathComponent])
      #expect(image.top[0].class == wanted.classes[0], "\(image.file)")
      // JPEG decoders may differ by a step, so near ones may change places.
      for guess in image.top {
        guard let index = wanted.classes.firstIndex(of: guess.class) else { continue }
        #expect(abs(guess.probability - wanted.probabilities[index]) < 0.01)
      }
    }
    #expect(images[0].top.contains { $0.class == 662 && $0.label == "modem" })
    let text = try Program.run(["verify", path] + Self.target).text
    #expect(text.contains("modem"))
    #expect(text.contains("no part of the verdict"))
    #expect(text.contains("and 16 more images (--json)"))
  }

  @Test func otherClassesHaveNumbers() throws {
    let folder = try TemporaryFolder()
    let path = try file(
      "a.pth", [("head.fc.weight", weight(10))], prefix: "backbone.", in: folder)
    let labels = try #require(try labels(path).labels)
    #expect(labels.classifier == "head.fc" && labels.classes == 10)
    #expect(labels.images?.allSatisfy { $0.top.allSatisfy { $0.label == nil } } == true)
  }

  @Test func areHiddenWhereTheyWouldBeNobodys() throws {
    let folder = try TemporaryFolder()
    let none = try labels("witness/resnet.pth")
    #expect(none.labels?.hidden == "the file has no classifier")
    let narrow = try file("b.pth", [("fc.weight", weight(1000, 64))], in: folder)
    #expect(try labels(narrow).labels?.hidden?.contains("64 features") == true)
    let several = try file(
      "c.pth", [("fc.weight", weight(10)), ("head.weight", weight(10))], in: folder)
    #expect(try labels(several).labels?.hidden?.contains("both may be the classifier") == true)
    let whole = try file("d.pth", [("fc.weight", weight(10))], in: folder)
    let random = folder.path("e.pth")
    let outcome = try Program.run(
      ["convert", whole, random, "--rename", "^layer2\\.1\\.conv2\\.weight$=other.weight"])
    #expect(outcome.exitCode == 0, "\(outcome.errors)")
    let hidden = try #require(try labels(random).labels?.hidden)
    #expect(hidden.contains("random"))
    // Its target does something else than the file's network, which has no such style.
    let plain = try Program.run(
      ["verify", whole, "--backbone", "ResNet", "--flavor", "mmdet", "--json"])
    let output: Output = try plain.json()
    #expect(output.labels == nil)
  }
}
