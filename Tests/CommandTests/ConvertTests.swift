import Foundation
import OrderedCollections
import PthBytes
import PthCheckpoints
import PthTensors
import TestSupport
import Testing

/// `pthconv convert` through the program.
@Suite struct ConvertTests {
  struct Output: Decodable {
    struct File: Decodable {
      let file: String
      let bytes: Int
    }
    struct Overflow: Decodable {
      let name: String
      let elements: Int
    }
    let input: String
    let format: String
    let tensors: Int
    let input_bytes: Int
    let output_bytes: Int
    struct LeftOut: Decodable, Equatable {
      let key: String
      let reason: String
    }
    let files: [File]
    let left_out: [LeftOut]
    let overflows: [Overflow]
  }

  private let folder: TemporaryFolder
  private let source = "checkpoints/zip-res2net.pth"

  init() throws { folder = try TemporaryFolder() }

  private func path(_ name: String) -> String { folder.url.appending(path: name).path }

  private func names() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.url.path).sorted()
  }

  @Test(arguments: [
    ("a.pth", [], "torch", "torch-zip"), ("a.safetensors", [], "safetensors", "safetensors"),
    ("a.npz", [], "npz", "npz"), ("a.pth", ["--legacy"], "torch-legacy", "torch-legacy"),
    ("a.weights", ["--to", "safetensors"], "safetensors", "safetensors"),
  ])
  func formatsAreNamedByEndingOrOption(
    name: String, options: [String], format: String, container: String
  ) throws {
    let outcome = try Program.run(["convert", source, path(name), "--json"] + options)
    #expect(outcome.exitCode == 0, "\(outcome.errors)")
    let output: Output = try outcome.json()
    #expect(output.input == source && output.format == format)
    #expect(output.input_bytes == (try Fixtures.data(source).count))
    #expect(output.files.map(\.file) == [path(name)])
    #expect(try output.output_bytes == Data(contentsOf: URL(filePath: path(name))).count)
    let written = try Checkpoint.open(path(name))
    #expect(written.format.rawValue == container)
    #expect(written.stateDict.tensors.count == output.tensors)
    #expect(try Program.run("diff", source, path(name)).exitCode == 0)
    #expect(try names() == [name])
  }

  @Test func existingOutputNeedsForceAndTheInputIsSafe() throws {
    let file = try folder.write("in.pth", Fixtures.data(source))
    let before = try Data(contentsOf: file)
    try FileManager.default.createSymbolicLink(
      atPath: path("link.pth"), withDestinationPath: "in.pth")
    for target in ["in.pth", "link.pth"] {
      let outcome = try Program.run("convert", file.path, path(target), "--force")
      #expect(outcome.exitCode == 2)
      #expect(outcome.errors.hasSuffix("is the input; name another output\n"), "\(outcome.errors)")
    }
    #expect(try Data(contentsOf: file) == before)
    let old = try folder.write("old.npz", Data("old".utf8))
    let refused = try Program.run("convert", file.path, old.path)
    #expect(refused.exitCode == 2)
    #expect(refused.errors.hasSuffix("old.npz: exists already; --force replaces it\n"))
    #expect(try Data(contentsOf: old) == Data("old".utf8))
    #expect(try Program.run("convert", file.path, old.path, "--force").exitCode == 0)
    #expect(try Program.run("diff", file.path, old.path).exitCode == 0)
    #expect(try names() == ["in.pth", "link.pth", "old.npz"])
  }

  @Test func keysAreKeptDroppedAndRenamed() throws {
    let outcome = try Program.run(
      "convert", source, path("a.pth"), "--keep", "^layer1", "--keep", "^bn1", "--drop",
      "num_batches_tracked$", "--rename", #"^layer1\.(\d+)=stage.\1"#)
    #expect(outcome.exitCode == 0, "\(outcome.errors)")
    let all = try Checkpoint.open(Fixtures.root.appending(path: source).path).stateDict.keys
    let expected = all.filter {
      ($0.hasPrefix("layer1") || $0.hasPrefix("bn1")) && !$0.hasSuffix("num_batches_tracked")
    }
    .map { $0.replacing("layer1.", with: "stage.") }
    #expect(!expected.isEmpty && expected.contains { $0.hasPrefix("stage.0.") })
    let state = try Checkpoint.open(path("a.pth")).stateDict
    #expect(Array(state.keys) == expected)
    #expect(state.moduleVersions?["stage.0.bn1"] == 2)
    let collision = try Program.run("convert", source, path("b.pth"), "--rename", "^.*$=x")
    #expect(collision.exitCode == 2)
    #expect(collision.errors.contains("x: two tensors would have this name"))
    let nothing = try Program.run("convert", source, path("b.pth"), "--keep", "^nothing$")
    #expect(nothing.exitCode == 2)
    #expect(try names() == ["a.pth"])
  }

  @Test(arguments: ["float16", "bfloat16"])
  func typesAreCastExceptStatistics(dtype: String) throws {
    let before = try Checkpoint.open(Fixtures.root.appending(path: source).path).stateDict
    for castsAll in [false, true] {
      let options = ["--dtype", dtype, "--force"] + (castsAll ? ["--cast-statistics"] : [])
      #expect(try Program.run(["convert", source, path("a.pth")] + options).exitCode == 0)
      let state = try Checkpoint.open(path("a.pth")).stateDict
      for (name, tensor) in state.tensors {
        let isStatistic = name.hasSuffix("running_mean") || name.hasSuffix("running_var")
        let original = try #require(before[name])
        let isCast = original.dtype == .float32 && (castsAll || !isStatistic)
        #expect(tensor.dtype.rawValue == (isCast ? dtype : original.dtype.rawValue), "\(name)")
        guard isCast else { continue }
        let (wide, narrow) = (try original.contiguousBytes(), try tensor.contiguousBytes())
        for index in 0..<tensor.elementCount {
          let value: UInt32 = try wide.integer(at: index * 4)
          let bits: UInt16 = try narrow.integer(at: index * 2)
          let expected =
            dtype == "float16"
            ? Float16(Float(bitPattern: value)).bitPattern
            : Self.bfloat16(value)
          guard bits == expected else {
            Issue.record("\(name)[\(index)]: \(value) became \(bits)")
            return
          }
        }
      }
    }
  }

  /// Rounded to the nearest by comparing distances, ties to the even one.
  private static func bfloat16(_ bits: UInt32) -> UInt16 {
    let (below, rest) = (UInt16(bits >> 16), bits & 0xffff)
    if rest == 0x8000 { return below % 2 == 0 ? below : below + 1 }
    return rest > 0x8000 ? below + 1 : below
  }

  @Test func overflowsAreReported() throws {
    let contents = OutputContents(entries: [
      .init(name: "big", tensor: try .floats([1e6, 65504, -1e6, .infinity, .nan])),
      .init(name: "small", tensor: try .floats([1, 2])),
    ])
    try OutputWriter(contents, as: .safetensors, to: path("in.safetensors")).write()
    let outcome = try Program.run(
      "convert", path("in.safetensors"), path("a.pth"), "--dtype", "float16", "--json")
    let output: Output = try outcome.json()
    #expect(output.overflows.map(\.name) == ["big"])
    #expect(output.overflows.map(\.elements) == [2])
  }

  @Test func mapsIntoABackbone() throws {
    let outcome = try Program.run(
      "convert", source, path("a.safetensors"), "--backbone", "Res2Net", "--to-prefix", "backbone")
    #expect(outcome.exitCode == 0, "\(outcome.errors)")
    #expect(outcome.errors.contains("tensors are not in the file and were initialised"))
    let complete = try Program.run(
      "convert", path("a.safetensors"), path("e.pth"), "--backbone", "Res2Net")
    #expect(complete.exitCode == 0 && !complete.errors.contains("initialised"))
    let mapped = try Program.run(
      "map", source, "--backbone", "Res2Net", "--to-prefix", "backbone", "--output",
      path("b.pth"))
    #expect(mapped.exitCode == 0, "\(mapped.errors)")
    #expect(try Program.run("diff", path("a.safetensors"), path("b.pth")).exitCode == 0)
    #expect(
      try Checkpoint.open(path("b.pth")).stateDict.keys.allSatisfy { $0.hasPrefix("backbone.") })
    #expect(
      try Program.run("convert", source, path("c.pth"), "--prefix", "x").exitCode == 64)
  }

  /// Torch files keep plain data as they are and where they are, safetensors as texts.
  @Test func metadataAreKeptWhenAsked() throws {
    let train = "checkpoints/train-mmcv.pth"
    for (name, keeps) in [("a.pth", false), ("b.pth", true)] {
      let options = keeps ? ["--keep-metadata"] : []
      #expect(try Program.run(["convert", train, path(name)] + options).exitCode == 0)
      let written = try Checkpoint.open(path(name))
      #expect(written.stateDictKey == (keeps ? "state_dict" : ""))
      guard keeps else {
        #expect(written.metadata.texts.isEmpty)
        continue
      }
      guard case .dict(let top, _) = written.metadata, case .dict(let meta, _)? = top.first?.value
      else {
        Issue.record("no dict around the state dict")
        continue
      }
      #expect(top.map(\.key) == ["meta", "state_dict", "optimizer"])
      #expect(meta.map(\.key) == ["mmdet_version", "epoch", "iter", "CLASSES", "env_info"])
      guard case .int(12) = meta[1].value, case .list(let classes, 2) = meta[3].value,
        case .string("dog") = classes[1]
      else {
        Issue.record("the values have changed: \(meta)")
        continue
      }
      #expect(try FileScanner.audit(written).weightsOnly == .accepted)
    }
    #expect(
      try Program.run("convert", train, path("c.safetensors"), "--keep-metadata").exitCode == 0)
    let texts = try Checkpoint.open(path("c.safetensors")).metadata.texts
    #expect(texts["meta.epoch"] == "12" && texts["meta.CLASSES.1"] == "dog")
    // From there they are texts, and the state dict needs a dict around it to have them beside it.
    let back = try Program.run("convert", path("c.safetensors"), path("d.pth"), "--keep-metadata")
    #expect(back.exitCode == 0, "\(back.errors)")
    #expect(try Checkpoint.open(path("d.pth")).metadata.texts["meta.meta.epoch"] == "12")
  }

  /// The optimizer's tensors go along, bit for bit, in both torch containers.
  @Test(arguments: ["train-adam", "train-mmcv", "train-ema", "train-cuda", "train-candidates"])
  func whatHasTensorsIsKept(_ name: String) throws {
    let fixture = "checkpoints/\(name).pth"
    let source = try Checkpoint.open(Fixtures.root.appending(path: fixture).path)
    try #require(source.candidates.count > 1)
    for options in [["--keep-metadata"], ["--keep-metadata", "--legacy"]] {
      let outcome = try Program.run(["convert", fixture, path("a.pth"), "--force"] + options)
      #expect(outcome.exitCode == 0, "\(outcome.errors)")
      let written = try Checkpoint.open(path("a.pth"))
      #expect(written.stateDictKey == source.stateDictKey)
      #expect(
        written.candidates.map { "\($0.key) \($0.tensorCount)" }
          == source.candidates.map { "\($0.key) \($0.tensorCount)" })
      for candidate in source.candidates {
        let original = try Checkpoint.open(
          Fixtures.root.appending(path: fixture).path, key: candidate.key
        ).stateDict
        let kept = try Checkpoint.open(path("a.pth"), key: candidate.key).stateDict
        #expect(kept.keys == original.keys, "\(candidate.key)")
        for (key, tensor) in original.tensors {
          let copy = try #require(kept[key])
          #expect(copy.dtype == tensor.dtype && copy.shape == tensor.shape)
          #expect(
            try copy.contiguousBytes().withUnsafeBytes { Data($0) }
              == tensor.contiguousBytes().withUnsafeBytes { Data($0) },
            "\(candidate.key).\(key)")
        }
      }
    }
  }

  /// What is not written is said, and why.
  @Test func whatIsLeftOutIsNamed() throws {
    func leftOut(_ name: String, _ output: String, _ options: String...) throws -> [Output.LeftOut]
    {
      let outcome = try Program.run(
        ["convert", "checkpoints/\(name).pth", path(output), "--force", "--json"] + options)
      return (try outcome.json() as Output).left_out
    }
    #expect(
      try leftOut("train-adam", "a.pth").map(\.key)
        == ["optimizer_state_dict", "epoch", "loss", "history", "rng"])
    #expect(
      try leftOut("train-adam", "a.pth", "--keep-metadata")
        == [.init(key: "loss", reason: "has numpy._core.multiarray.scalar")])
    #expect(
      try leftOut("train-namespace", "a.pth", "--keep-metadata")
        == [.init(key: "args", reason: "has argparse.Namespace")])
    #expect(
      try leftOut("train-mmcv", "a.safetensors", "--keep-metadata")
        == [.init(key: "optimizer", reason: "has tensors")])
    #expect(try leftOut("zip-res2net", "a.pth").isEmpty)
    // A sparse tensor is written as its parts, in the state dict or, with the metadata, only there.
    #expect(try leftOut("zip-sparse", "a.safetensors").isEmpty)
    #expect(try leftOut("zip-sparse", "a.pth", "--keep-metadata").isEmpty)
    #expect(try Checkpoint.open(path("a.pth")).candidates.count == 1)
    // What is beside the state dict inside of its parent is named as well.
    #expect(
      try leftOut("train-optimizer-only", "a.pth").map(\.key).prefix(3)
        == ["param_groups", "state.1", "state.2"])
    let odd = try leftOut("zip-values", "a.pth", "--keep-metadata")
    #expect(odd.contains(.init(key: "loop", reason: "has a value that contains itself")))
    #expect(odd.contains(.init(key: "date", reason: "has datetime.datetime")))
    guard case .dict(let members, _) = try Checkpoint.open(path("a.pth")).metadata else {
      Issue.record("no dict around the state dict")
      return
    }
    #expect(Set(members.map(\.key)).isDisjoint(with: odd.map(\.key)))
    #expect(Set(members.map(\.key)).isSuperset(of: ["nested", "int_keys", "set", "dtype", "size"]))
    let text = try Program.run("convert", "checkpoints/train-mmcv.pth", path("a.pth"), "--force")
    #expect(text.text.contains("left out: meta, optimizer; --keep-metadata keeps them"))
    // The option is advised where it would keep something.
    func sentence(_ source: String, _ output: String) throws -> String {
      try Program.run("convert", "checkpoints/\(source).pth", path(output), "--force").text
    }
    #expect(!(try sentence("train-mmcv", "a.npz").contains("--keep-metadata")))
    #expect(try sentence("train-mmcv", "a.npz").contains("left out: meta, optimizer\n"))
    #expect(
      try sentence("train-mmcv", "a.safetensors").contains("; --keep-metadata keeps meta\n"))
    #expect(!(try sentence("train-namespace", "a.pth").contains("keeps args")))
    let quantised = try Program.run(
      "convert", "checkpoints/zip-quantised.pth", path("q.safetensors"), "--dtype", "float32")
    #expect(quantised.exitCode == 2 && quantised.errors.contains("leave them out, with --drop\n"))
    // `map` has no such option and says nothing.
    let mapped = try Program.run(
      "map", source, "--backbone", "Res2Net", "--output", path("m.pth"))
    #expect(!mapped.text.contains("left out:"))
  }

  @Test func metadataGoUnderMetaWhenWrapped() throws {
    let source = "checkpoints/train-adam.pth"
    for options in [["--wrap"], ["--wrap", "--keep-metadata"]] {
      #expect(
        try Program.run(["convert", source, path("a.pth"), "--force"] + options).exitCode == 0)
      let written = try Checkpoint.open(path("a.pth"))
      #expect(written.stateDictKey == "state_dict")
      // The optimizer goes beside `meta`, where training programs look for it.
      let optimizers = written.candidates.filter { $0.key.hasPrefix("optimizer_state_dict.") }
      #expect(optimizers.isEmpty == (options.count == 1))
      let texts = written.metadata.texts
      #expect(texts["meta.epoch"] == (options.count > 1 ? "4" : nil))
      #expect(texts["meta.history.loss.2"] == (options.count > 1 ? "0.25" : nil))
    }
  }

  /// Whatever a pickle nests or shares, what is kept of it is written, or refused in a sentence.
  @Test func hostileMetadataAreKeptOrRefused() throws {
    for name in Fixtures.names(in: "hostile") + Fixtures.names(in: "checkpoints") {
      let outcome = try Program.run("convert", name, path("a.pth"), "--force", "--keep-metadata")
      #expect([0, 2].contains(outcome.exitCode), "\(name): \(outcome.exitCode)")
      guard outcome.exitCode == 0 else { continue }
      let written = try Checkpoint.open(path("a.pth"))
      #expect(try FileScanner.audit(written).weightsOnly == .accepted, "\(name)")
      #expect(try written.byteCount < 2 * Fixtures.data(name).count + (4 << 20), "\(name)")
    }
  }

  @Test func shardsGetAnIndex() throws {
    let outcome = try Program.run(
      "convert", source, path("m.safetensors"), "--shard-size", "20KB", "--json")
    let output: Output = try outcome.json()
    #expect(output.files.count > 2)
    #expect(output.files.last?.file == path("m.safetensors.index.json"))
    #expect(try Program.run("diff", source, path("m.safetensors.index.json")).exitCode == 0)
  }

  @Test(arguments: [
    (["--to", "onyx"], "--to takes one of"),
    (["--dtype", "int8"], "'int8' is invalid for '--dtype"),
    (["--shard-size", "5 apples"], "--shard-size takes"),
    (["--shard-size", "5"], "--shard-size takes"),
    (["--to", "npz", "--keep-metadata"], "npz has no place for metadata"),
    (["--keep-metadata", "--shard-size", "1MB"], "shards hold tensors alone"),
    (["--to", "npz", "--keep-views"], "--keep-views is for torch formats"),
    (["--to", "safetensors", "--wrap"], "--wrap is for torch formats"),
    (["--to", "onnx", "--backbone", "Res2Net", "--keep-metadata"], "--keep-metadata is for state"),
    (["--legacy", "--to", "npz"], "contradict"), (["--keep", "("], "cannot use the pattern"),
  ])
  func wrongUsageIs64(options: [String], text: String) throws {
    let outcome = try Program.run(["convert", source, path("a.pth")] + options)
    #expect(outcome.exitCode == 64)
    #expect(outcome.errors.contains(text), "\(outcome.errors)")
    #expect(try names().isEmpty)
  }

  @Test func anUnknownEndingIs64() throws {
    let outcome = try Program.run("convert", source, path("a.xyz"))
    #expect(outcome.exitCode == 64 && outcome.errors.contains("the ending names no format"))
  }
}
