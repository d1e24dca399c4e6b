import Foundation
import PthBytes
import Testing

@testable import PthImages

/// What evaluation does to an image, against Pillow and torchvision.
@Suite struct PictureTests {
  private static func picture(_ name: String) throws -> Picture {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Fixtures")
    return try Picture(
      decoding: Bytes(try Data(contentsOf: folder.appending(path: name))))
  }

  @Test(arguments: [21, 64]) func isWhatTorchvisionCuts(_ size: Int) throws {
    let crop = try Self.picture("images/rgb.png").evaluationCrop(size)
    let wanted = try Self.picture("witness/crop-\(size).png")
    #expect(crop.height == size && crop.width == size)
    #expect(crop.pixels == wanted.pixels)
  }

  @Test func aFlatImageStaysFlat() {
    let picture = Picture(height: 5, width: 90, pixels: [UInt8](repeating: 77, count: 5 * 90 * 3))
    #expect(picture.evaluationCrop(32).pixels.allSatisfy { $0 == 77 })
  }
}
