import PthCheckpoints
import PthBytes
import Foundation
import PthTensors
import TestSupport
import Testing

/// `pthconv diff` through the program.
@Suite struct DiffTests {
  struct Output: Decodable {
    struct Entry: Decodable {
      let name: String
      let shapes: [[Int]]
      let dtypes: [String]
      let max_abs: Double?
      let relative_l2: Double?
    }
    let equal: Bool
    let only_in_first: [String]
    let only_in_second: [String]
    let different: [Entry]
    let identical: Int
    let within_tolerance: Int
  }

  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func write(_ name: String, _ tensors: [(String, Tensor)]) throws -> String {
    let path = folder.url.appending(path: name).path
    let format = try #require(OutputFormat.forFile(name))
    let contents = OutputContents(entries: tensors.map { .init(name: $0.0, tensor: $0.1) })
    try OutputWriter(contents, as: format, to: path).write()
    return path
  }

  private func torch(_ name: String) -> String { Fixtures.url("checkpoints/\(name)").path }

  /// Parts of a sparse tensor are not tensors of the same names, whatever their values.
  @Test func partsAreNoTensorsOfTheirOwn() throws {
    let sparse = torch("zip-sparse.pth")
    #expect(try Program.run("diff", sparse, torch("legacy-sparse.pth")).exitCode == 0)
    let alone = folder.url.appending(path: "alone.safetensors").path
    let written = try Program.run("convert", sparse, alone)
    #expect(written.errors.contains("is part of a sparse_coo tensor of size"))
    let outcome = try Program.run("diff", sparse, alone)
    #expect(outcome.exitCode == 1)
    #expect(outcome.text.contains("≠ a tensor of its own"))
  }

  @Test func nothingIsEqualToNothing() throws {
    let meta = torch("zip-meta.pth")
    let outcome = try Program.run("diff", meta, meta)
    #expect(outcome.exitCode == 1 && outcome.text.contains("without values"))
    let empty = folder.url.appending(path: "empty.pkl").path
    try folder.write("empty.pkl", Data([0x80, 2, 0x7d, 0x2e]))
    let none = try Program.run("diff", empty, empty)
    #expect(none.exitCode == 2 && none.errors.contains("nothing to compare"))
  }

  /// Other tensors of a file are named, since they were not compared.
  @Test func otherPlacesAreNamed() throws {
    let several = torch("train-ema.pth")
    let outcome = try Program.run("diff", several, several)
    let text = outcome.text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    #expect(outcome.exitCode == 0 && text.contains("was compared, not the tensors in"))
  }

  @Test func everyKindOfDifferenceIsTold() throws {
    let a = try write(
      "a.pth",
      [
        ("same", try .floats([1, 2])), ("value", try .floats([3, 4])), ("gone", try .floats([1])),
        ("shape", try .floats([1, 2])), ("nan", try .floats([.nan, 1])),
        ("type", try .floats([0.5, 1])),
      ])
    let b = try write(
      "b.safetensors",
      [
        ("type", try Tensor.floats([0.5, 1]).cast(to: .float16)), ("new", try .floats([1])),
        ("nan", try .floats([.nan, 1])), ("same", try .floats([1, 2])),
        ("value", try .floats([3, 4.5])), ("shape", try .floats([1, 2, 3])),
      ])
    let outcome = try Program.run("diff", a, b, "--json")
    #expect(outcome.exitCode == 1)
    let output: Output = try outcome.json()
    #expect(!output.equal)
    #expect(output.only_in_first == ["gone"] && output.only_in_second == ["new"])
    #expect(output.different.map(\.name) == ["value", "shape", "type"])
    #expect(output.identical == 2)
    let value = output.different[0]
    #expect(value.max_abs == 0.5)
    #expect(abs((value.relative_l2 ?? 0) - 0.5 / (9 + 4.5 * 4.5).squareRoot()) < 1e-12)
    #expect(output.different[1].shapes == [[2], [3]] && output.different[1].max_abs == nil)
    #expect(output.different[2].dtypes == ["float32", "float16"])
    #expect(output.different[2].max_abs == 0)
    let text = try Program.run("diff", a, b)
    #expect(text.exitCode == 1)
    for part in ["only in", "gone", "new", "max |a−b| 0.5", "float32 ≠ float16", "different:"] {
      #expect(text.text.contains(part), "\(part)")
    }
  }

  @Test func theToleranceForgives() throws {
    let a = try write("a.pth", [("x", try .floats([1, 2]))])
    let b = try write("b.npz", [("x", try .floats([1, 2.25]))])
    #expect(try Program.run("diff", a, b, "--tolerance", "0.2").exitCode == 1)
    let outcome = try Program.run("diff", a, b, "--tolerance", "0.25", "--json")
    #expect(outcome.exitCode == 0)
    let output: Output = try outcome.json()
    #expect(output.equal && output.within_tolerance == 1 && output.identical == 0)
    // A NaN on one side only is never close.
    let c = try write("c.npz", [("x", try .floats([1, .nan]))])
    let nan: DiffTests.NaNOutput = try Program.run("diff", a, c, "--tolerance", "9", "--json")
      .json()
    #expect(nan.different[0].max_abs == "Infinity")
  }

  struct NaNOutput: Decodable {
    struct Entry: Decodable {
      let max_abs: String
    }
    let different: [Entry]
  }

  @Test func unreadableInputIs2() throws {
    let a = try write("a.pth", [("x", try .floats([1]))])
    #expect(try Program.run("diff", a, a + ".absent").exitCode == 2)
    #expect(try Program.run("diff", a, a, "--tolerance", "-1").exitCode == 64)
  }

  // MARK: Renaming, prefixes, half precision

  @Test func aPrefixIsFoundAndItsRenamingWorks() throws {
    let bare = try write(
      "bare.pth", [("a.weight", try .floats([1])), ("b.bias", try .floats([2]))])
    let inside = try write(
      "inside.pth",
      [
        ("backbone.a.weight", try .floats([1])), ("backbone.b.bias", try .floats([2])),
        ("head.x", try .floats([3])),
      ])
    let outcome = try Program.run("diff", inside, bare)
    #expect(outcome.exitCode == 1)
    #expect(outcome.text.hasPrefix("different: "))
    let advice = #"--rename '^backbone\.='"#
    #expect(outcome.text.contains(advice), "\(outcome.text)")
    let renamed = try Program.run("diff", inside, bare, "--rename", #"^backbone\.="#, "--json")
    let output: Output = try renamed.json()
    #expect(output.identical == 2 && output.only_in_first == ["head.x"])
    let back = try Program.run("diff", bare, inside, "--rename", "^=backbone.", "--json")
    #expect(try back.json(Output.self).identical == 2)
    let clash = try Program.run("diff", bare, inside, "--rename", "^.*=x")
    #expect(clash.exitCode == 2 && clash.errors.contains("two tensors the name x"))
  }

  @Test(arguments: [DType.float16, .bfloat16])
  func roundingIsForgivenOnDemand(_ dtype: DType) throws {
    let values: [Float] = [0.1, -3.7, 1e-7, 0, 123.456]
    let whole = try write("whole.pth", [("w", try .floats(values))])
    let half = try write("half.pth", [("w", try Tensor.floats(values).cast(to: dtype))])
    #expect(try Program.run("diff", whole, half).exitCode == 1)
    let forgiven = try Program.run("diff", whole, half, "--ignore-dtype", "--json")
    #expect(forgiven.exitCode == 0)
    #expect(try forgiven.json(Output.self).within_tolerance == 1)
    // Twice the rounding is no rounding.
    var other = values
    other[1] = -3.7 * (1 + (dtype == .float16 ? 0x1p-10 : 0x1p-7))
    let changed = try write("changed.pth", [("w", try .floats(other))])
    #expect(try Program.run("diff", changed, half, "--ignore-dtype").exitCode == 1)
    // Two types of one precision have nothing to forgive.
    #expect(try Program.run("diff", whole, changed, "--ignore-dtype").exitCode == 1)
  }
}

extension Tensor {
  /// A one-dimensional float32 tensor.
  static func floats(_ values: [Float]) throws -> Tensor {
    let bytes = Bytes(values.flatMap { value in withUnsafeBytes(of: value) { Array($0) } })
    let storage = TensorStorage(key: "", bytes: bytes)
    return try Tensor(storage: storage, dtype: .float32, shape: [values.count])
  }
}
