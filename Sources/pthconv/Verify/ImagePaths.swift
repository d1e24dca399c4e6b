import ArgumentParser
import PthConvKit
import PthReports

/// The images that `--images` names.
struct ImagePaths {
  let paths: [String]

  /// - Throws: `ExitCode` for a folder that cannot be read.
  init(_ named: [String]) throws {
    paths = try FoundFiles(in: named, searchesHidden: false, searchesMounts: false).files
      .map(\.path)
  }

  /// - Throws: `InputProblem` if there are too few.
  func read(size: Int) throws -> WitnessImages {
    try WitnessImages(paths: paths, size: size)
  }
}
