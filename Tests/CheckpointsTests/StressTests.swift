import OrderedCollections
import PthBytes
import PthPickle
import PthTensors
import Testing

@testable import PthCheckpoints

/// Pickles whose objects nest or share as no checkpoint does, read as checkpoints. Each takes
/// seconds at most; without limits they would take years, the memory or the stack.
@Suite struct StressTests {
  private static let million = 1_000_000
  private static let rebuild = "torch._utils"

  /// Opens the pickle that `body` writes and scans it; nil if it cannot be opened.
  private func open(_ bytes: [UInt8]) throws -> Checkpoint? {
    _ = try FileScanner.scan(Bytes(bytes), path: "stress")
    do {
      let checkpoint = try Checkpoint(Bytes(bytes), path: "stress", allowsIndex: false)
      _ = checkpoint.metadata
      return checkpoint
    } catch is CheckpointError {
      return nil
    }
  }

  private func name(_ module: String, _ name: String) -> [UInt8] {
    Array("c\(module)\n\(name)\n".utf8)
  }

  /// `{'w': f(f(…f(inner)…))}` where each call is `prefix + value + suffix`.
  private func nested(_ count: Int, in inner: [UInt8], prefix: [UInt8], suffix: [UInt8]) -> [UInt8]
  {
    var bytes: [UInt8] = [0x80, 2] + Array("}X\u{1}\u{0}\u{0}\u{0}w".utf8)
    for _ in 0..<count { bytes += prefix }
    bytes += inner
    for _ in 0..<count { bytes += suffix }
    return bytes + Array("s.".utf8)
  }

  /// A float32 array of two numbers, as numpy pickles it.
  private var array: [UInt8] {
    name("numpy._core.multiarray", "_reconstruct") + name("numpy", "ndarray")
      + Array("K\u{0}".utf8) + [0x85] + Array("C\u{1}b".utf8) + [0x87, 0x52]
      + Array("(K\u{1}K\u{2}".utf8) + [0x85] + name("numpy", "dtype")
      + Array("X\u{2}\u{0}\u{0}\u{0}f4".utf8) + [0x85, 0x52, 0x89]
      + Array("C\u{8}".utf8) + [0, 0, 0x80, 0x3f, 0, 0, 0, 0x40] + Array("tb".utf8)
  }

  private var castSuffix: [UInt8] {
    name("torch", "float64") + Array("X\u{3}\u{0}\u{0}\u{0}cpu".utf8) + [0x89] + Array("tR".utf8)
  }

  @Test func wrappedParameters() throws {
    let prefix = name(Self.rebuild, "_rebuild_parameter") + Array("(".utf8)
    let suffix: [UInt8] = [0x89] + Array("NtR".utf8)
    let few = try #require(try open(nested(8, in: array, prefix: prefix, suffix: suffix)))
    #expect(few.stateDict.tensors["w"]?.shape == [2])
    #expect(try open(nested(Self.million, in: array, prefix: prefix, suffix: suffix)) == nil)
  }

  @Test func rebuiltFromType() throws {
    let prefix =
      name("torch._tensor", "_rebuild_from_type_v2") + Array("(".utf8)
      + name("torch._tensor", "_rebuild_from_type_v2") + name("torch", "Tensor") + Array("(".utf8)
    let suffix = Array("tNtR".utf8)
    #expect(try open(nested(200_000, in: array, prefix: prefix, suffix: suffix)) == nil)
  }

  /// Each level is understood once: twenty levels that double would be a million.
  @Test func devicesTensors() throws {
    let prefix = name(Self.rebuild, "_rebuild_device_tensor_from_numpy") + Array("(".utf8)
    let few = try #require(try open(nested(20, in: array, prefix: prefix, suffix: castSuffix)))
    #expect(few.stateDict.tensors["w"]?.dtype == .float64)
    #expect(try open(nested(200_000, in: array, prefix: prefix, suffix: castSuffix)) == nil)
  }

  /// A storage saved within a storage within a storage…
  @Test func nestedStorages() throws {
    var inner: [UInt8] = Array("N.".utf8)
    for _ in 0..<300 {
      var outer: [UInt8] = [
        0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19,
      ]
      outer += [0x2e, 0x80, 2] + Array("M".utf8) + [0xe9, 3, 0x2e, 0x80, 2] + Array("}.".utf8)
      outer += [0x80, 3] + name("torch.storage", "_load_from_bytes") + Array("B".utf8)
      withUnsafeBytes(of: UInt32(inner.count).littleEndian) { outer += $0 }
      outer += inner + [0x85] + Array("R.".utf8) + [0x80, 2] + Array("].".utf8)
      inner = outer
    }
    #expect(try open(inner) == nil)
  }

  /// A million references to one list of a million, and to one dict.
  @Test(arguments: ["]", "}"])
  func sharedContainer(_ opcode: String) throws {
    var bytes: [UInt8] = [0x80, 2] + Array("]\(opcode)q\u{0}(".utf8)
    for _ in 0..<Self.million { bytes += Array("NN".utf8) }
    bytes += Array((opcode == "]" ? "e" : "u").utf8) + Array("a(".utf8)
    for _ in 0..<Self.million { bytes += Array("h\u{0}".utf8) }
    let checkpoint = try #require(try open(bytes + Array("e.".utf8)))
    #expect(checkpoint.stateDict.tensors.isEmpty)
  }

  /// A hundred thousand calls that share a million arguments.
  @Test func sharedArguments() throws {
    var bytes: [UInt8] =
      [0x80, 2] + name(Self.rebuild, "_rebuild_parameter") + Array("q\u{0}0(".utf8)
    bytes += [UInt8](repeating: UInt8(ascii: "N"), count: Self.million)
    bytes += Array("tq\u{1}0](".utf8)
    for _ in 0..<100_000 { bytes += Array("h\u{0}h\u{1}R".utf8) }
    let checkpoint = try #require(try open(bytes + Array("e.".utf8)))
    #expect(checkpoint.stateDict.tensors.isEmpty)
  }

  /// A hundred thousand arrays under one key of ten million bytes, in a dict each.
  @Test func longKeyUsedOften() throws {
    var bytes: [UInt8] = [0x80, 2] + Array("]".utf8) + array + Array("q\u{0}0X".utf8)
    withUnsafeBytes(of: UInt32(10_000_000).littleEndian) { bytes += $0 }
    bytes += [UInt8](repeating: UInt8(ascii: "k"), count: 10_000_000) + Array("q\u{1}0(".utf8)
    for _ in 0..<100_000 { bytes += Array("}h\u{1}h\u{0}s".utf8) }
    let checkpoint = try #require(try open(bytes + Array("e.".utf8)))
    #expect(checkpoint.candidates.count == 100_000)
  }

  /// Modules that contain the one before twice, forty levels: 2⁴⁰ of them.
  @Test func doublingModules() throws {
    func key(_ text: String) -> [UInt8] {
      Array("X".utf8) + [UInt8(text.utf8.count), 0, 0, 0] + Array(text.utf8)
    }
    var bytes: [UInt8] = [0x80, 2] + Array("N".utf8)
    for level in UInt8(0)..<40 {
      bytes +=
        [0x71, level, 0x30] + name("project", "Net") + Array(")".utf8) + [0x81] + Array("}(".utf8)
      bytes += key("_parameters") + Array("}".utf8) + key("_buffers") + Array("}".utf8)
      bytes +=
        key("_modules") + Array("}(".utf8) + key("a") + [0x68, level] + key("b") + [0x68, level]
      bytes += Array("uub".utf8)
    }
    #expect(try open(bytes + Array(".".utf8)) == nil)
  }

  /// A wrapper subclass that holds itself, and a quantiser whose scales are its own tensor.
  @Test func tensorsInThemselves() throws {
    let wrapper =
      name(Self.rebuild, "_rebuild_wrapper_subclass") + name("torch", "Tensor") + [0x85]
      + Array("Rq\u{0}}X\u{1}\u{0}\u{0}\u{0}wh\u{0}sb.".utf8)
    #expect(try open([0x80, 2] + wrapper) == nil)
    let quantised =
      Array("]q\u{0}0".utf8) + name(Self.rebuild, "_rebuild_qtensor") + Array("h\u{0}Rq\u{1}0".utf8)
      + Array("h\u{0}(NNN(Nh\u{1}h\u{1}K\u{0}teh\u{1}.".utf8)
    #expect(try open([0x80, 2] + quantised) == nil)
  }
}
