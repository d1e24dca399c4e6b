import PthBytes
import PthImages

/// The images that a network is run on: some of those that were named, sampled evenly, resized and cut
/// as evaluation on ImageNet does.
package struct WitnessImages: Sendable {
  /// Square pictures of one size.
  package let pictures: [Picture]
  /// The files that they are of, in the same order.
  package let paths: [String]
  /// Height and width.
  package let size: Int
  /// How many images there were to choose from.
  package let foundCount: Int
  /// How many files are the same picture as one before them: it counts once.
  package let repeatedCount: Int
  /// Files that begin as an image and could not be read: `path: reason`.
  package let unreadable: [String]

  /// The fewest that statistics are taken of.
  package static let fewest = 8
  /// The most that are taken: the figures hardly change with more.
  package static let most = 32

  /// - Parameter paths: Files; those that are no PNG or JPEG are passed over.
  /// - Throws: ``InputProblem`` if there are fewer than ``fewest``.
  package init(paths: [String], size: Int) throws {
    let found = paths.filter { path in
      (try? MappedFile(path: path).bytes).map(ImageInput.isImage) ?? false
    }
    let count = min(Self.most, found.count)
    let chosen = (0..<count).map { found[$0 * found.count / count] }
    var pictures: [Picture] = []
    var read: [String] = []
    var unreadable: [String] = []
    var repeated = 0
    for path in chosen {
      do {
        let picture = try Picture(decoding: MappedFile(path: path).bytes).evaluationCrop(size)
        // Copies would make the choice of images look certain.
        guard !pictures.contains(where: { $0.pixels == picture.pixels }) else {
          repeated += 1
          continue
        }
        pictures.append(picture)
        read.append(path)
      } catch {
        unreadable.append("\(path): \(error)")
      }
    }
    guard pictures.count >= Self.fewest else {
      let reason = unreadable.first.map { "; \($0)" } ?? ""
      throw InputProblem(
        "\(pictures.count) different image\(pictures.count == 1 ? "" : "s") (PNG or JPEG) can be "
          + "read, and statistics need at "
          + "least \(Self.fewest), better 32\(reason)")
    }
    self.pictures = pictures
    self.paths = read
    self.size = size
    foundCount = found.count
    self.unreadable = unreadable
    repeatedCount = repeated
  }
}

extension WitnessImages {
  /// The batch size. It is more than one, since the statistics of a batch normalise its images.
  static let batchSize = 8

  /// The images in batches, as equal as possible, so that none is of a single image.
  var batches: [Range<Int>] {
    let count = (pictures.count + Self.batchSize - 1) / Self.batchSize
    return (0..<count).map { $0 * pictures.count / count..<($0 + 1) * pictures.count / count }
  }
}

extension WitnessImages {
  /// The sentence that pictures were given more than once; nil if none was.
  package static func sentence(repeated count: Int) -> String? {
    count == 0
      ? nil
      : "\(count) of the files \(count == 1 ? "is" : "are") the same picture as another: each "
        + "counts once"
  }
}
