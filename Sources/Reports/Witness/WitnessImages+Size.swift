import PthBytes
import PthImages

extension WitnessImages {
  /// Chooses the largest size up to 224 for which at least half of nine sampled images need not be enlarged: enlarged
  /// images are less sharp than training images.
  ///
  /// - Throws: ``InputProblem`` if fewer than ``fewest`` different images can be read.
  package init(paths: [String]) throws {
    let count = min(Self.lookedAt, paths.count)
    let sides = (0..<count).compactMap { index -> Int? in
      let path = paths[index * paths.count / count]
      guard let bytes = try? MappedFile(path: path).bytes, ImageInput.isImage(bytes),
        let picture = try? Picture(decoding: bytes)
      else { return nil }
      return min(picture.height, picture.width)
    }.sorted()
    let side = sides.isEmpty ? Self.largestSize : sides[sides.count / 2]
    let sizes = stride(from: Self.largestSize, to: Self.smallestSize, by: -32)
    try self.init(paths: paths, size: sizes.first { $0 * 8 / 7 <= side } ?? Self.smallestSize)
  }

  private static let lookedAt = 9
  private static let largestSize = 224
  private static let smallestSize = 32
}
