import PthBytes
import PthCheckpoints
import Foundation
import PthTensors
import TestSupport
import Testing

@testable import PthImages

/// Pictures against what Pillow and torchvision made of them.
@Suite struct ImageInputTests {
  private static func bytes(_ name: String) throws -> Bytes {
    Bytes(try Fixtures.data("images/\(name)"))
  }

  private static func floats(_ tensor: Tensor) throws -> [Float] {
    let memory = OwnedBuffer(count: tensor.byteCount)
    try tensor.read(at: 0, into: memory.memory)
    return Array(memory.memory.bindMemory(to: Float.self))
  }

  @Test(arguments: [
    "rgb.png", "alpha.png", "grey.png", "palette.png", "bits.png", "rgb.jpg", "progressive.jpg",
    "grey.jpg",
  ]) func isWhatTorchvisionMakesOfIt(_ name: String) throws {
    let truth = try Checkpoint.open(Fixtures.path("images/tensors.safetensors"))
    let expected = try #require(truth.stateDict[name])
    #expect(ImageInput.isImage(try Self.bytes(name)))
    let tensor = try ImageInput.tensor(Self.bytes(name))
    #expect(tensor.shape == expected.shape)
    // PNG is exact but for the rounding of two divisions; JPEG decoders may differ by one step.
    let tolerance: Float = name.hasSuffix("png") ? 1e-6 : 1.01 / 255 / 0.224
    for (value, wanted) in zip(try Self.floats(tensor), try Self.floats(expected)) {
      #expect(abs(value - wanted) <= tolerance)
    }
  }

  @Test(arguments: ["rgb.png", "rgb.jpg"])
  func cutOffAtAnyPlaceIsAnError(_ name: String) throws {
    let whole = try Fixtures.data("images/\(name)")
    // The end mark itself is not needed for the pixels.
    for count in stride(from: 8, to: whole.count - 16, by: 37) {
      #expect(throws: ImageError.self) { try ImageInput.tensor(Bytes(whole.prefix(count))) }
    }
  }

  @Test(arguments: ["rgb.png", "palette.png", "rgb.jpg", "progressive.jpg"])
  func flippedBytesNeverCrash(_ name: String) throws {
    let whole = try Fixtures.data("images/\(name)")
    var generator = LinearGenerator()
    for _ in 0..<500 {
      var data = whole
      data[Int.random(in: 8..<data.count, using: &generator)] = .random(
        in: 0...255, using: &generator)
      // Whatever comes out: an image of some size, or a sentence.
      do { #expect(try ImageInput.tensor(Bytes(data)).shape.count == 4) } catch {
        #expect(error is ImageError)
      }
    }
  }

  @Test func aGiantIsRefusedBeforeItTakesMemory() throws {
    // A PNG header that claims 65,536 times 65,536 pixels, with its right CRC, and nothing behind.
    var data = try Fixtures.data("images/rgb.png")
    data.replaceSubrange(16..<24, with: [0, 1, 0, 0, 0, 1, 0, 0])
    data.replaceSubrange(29..<33, with: Self.crc32(data[12..<29]))
    let error = #expect(throws: ImageError.self) { try ImageInput.tensor(Bytes(data)) }
    #expect(
      error?.reason.contains("65536 x 65536 pixels") == true, "\(String(describing: error))")
  }

  /// 96 million pixels of 12 kB; a photograph of that size takes megabytes.
  @Test func aSmallFileHasFewPixels() throws {
    var data = try Fixtures.data("images/rgb.png")
    data.replaceSubrange(16..<24, with: [0, 0xf4, 0x24, 0, 0, 0, 0, 6])
    data.replaceSubrange(29..<33, with: Self.crc32(data[12..<29]))
    let error = #expect(throws: ImageError.self) { try ImageInput.tensor(Bytes(data)) }
    #expect(
      error?.reason.contains("16000000 x 6 pixels") == true, "\(String(describing: error))")
  }

  /// Every scan goes over the whole picture.
  @Test func jpegOfAThousandScans() throws {
    var data = try Fixtures.data("images/progressive.jpg")
    #expect(try ImageInput.tensor(Bytes(data)).shape.count == 4)
    data.removeLast(2)
    for _ in 0..<1000 { data += [0xff, 0xda, 0, 8, 1, 1, 0, 0, 0, 0, 0] }
    let error = #expect(throws: ImageError.self) { try ImageInput.tensor(Bytes(data)) }
    #expect(error?.reason.contains("scans") == true)
  }

  @Test func coloursOfPrintingAreRefused() throws {
    let data = try Fixtures.data("images/cmyk.jpg")
    let error = #expect(throws: ImageError.self) { try ImageInput.tensor(Bytes(data)) }
    #expect(error?.reason.contains("CMYK") == true)
  }

  @Test func anotherFileIsNoImage() throws {
    #expect(!ImageInput.isImage(Bytes(Array("PK\u{3}\u{4}".utf8))))
    #expect(throws: ImageError.self) { try ImageInput.tensor(Bytes([1, 2, 3])) }
  }

  /// CRC-32, big-endian, as PNG has it.
  private static func crc32(_ bytes: Data) -> [UInt8] {
    var crc: UInt32 = .max
    for byte in bytes {
      crc ^= UInt32(byte)
      for _ in 0..<8 { crc = crc >> 1 ^ (crc & 1 == 1 ? 0xedb8_8320 : 0) }
    }
    return withUnsafeBytes(of: (~crc).bigEndian, Array.init)
  }
}

/// The same numbers in each run (Knuth's MMIX generator, its upper half).
private struct LinearGenerator: RandomNumberGenerator {
  private var state: UInt64 = 0x5eed

  mutating func next() -> UInt64 {
    func step() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state >> 32
    }
    return step() << 32 | step()
  }
}
