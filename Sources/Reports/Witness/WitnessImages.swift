import PthBytes
import PthImages

/// The images that a network is run on: a sample of the given files, resized and cropped as in evaluation on ImageNet.
package struct WitnessImages: Sendable {
  /// Square pictures of one size.
  package let pictures: [Picture]
  /// The files of ``pictures``, in the same order.
  package let paths: [String]
  /// Height and width of each picture.
  package let size: Int
  /// The number of images among the given files.
  package let foundCount: Int
  /// The number of sampled files with the same picture as an earlier file; these are left out.
  package let repeatedCount: Int
  /// Files that begin as an image but could not be decoded: `path: reason`.
  package let unreadable: [String]

  /// The fewest images for statistics.
  package static let fewest = 8
  /// The most images that are used: more hardly change the figures.
  package static let most = 32

  /// - Parameters:
  ///   - paths: Files; files that are neither PNG nor JPEG are skipped.
  ///   - size: Height and width of the pictures.
  /// - Throws: ``InputProblem`` if fewer than ``fewest`` different images can be read.
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
        // Copies of one picture would make sampling noise look smaller than it is.
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
  /// The largest batch. A batch needs several images, since it is normalised with its own statistics.
  static let batchSize = 8

  /// Ranges of images, as equal as possible, so that no batch has a single image.
  var batches: [Range<Int>] {
    let count = (pictures.count + Self.batchSize - 1) / Self.batchSize
    return (0..<count).map { $0 * pictures.count / count..<($0 + 1) * pictures.count / count }
  }
}

extension WitnessImages {
  /// A sentence that pictures were given more than once; nil if `count` is 0.
  package static func sentence(repeated count: Int) -> String? {
    count == 0
      ? nil
      : "\(count) of the files \(count == 1 ? "is" : "are") the same picture as another: each "
        + "counts once"
  }
}
