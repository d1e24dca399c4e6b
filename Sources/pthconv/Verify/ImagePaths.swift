import ArgumentParser
import PthConvKit
import PthReports

/// The files that `--images` names.
struct ImagePaths {
  let paths: [String]

  /// - Throws: `ExitCode` 2 if a named folder cannot be opened.
  init(_ named: [String]) throws {
    paths = try FoundFiles(in: named, searchesHidden: false, searchesMounts: false).files
      .map(\.path)
  }

  /// - Throws: `InputProblem` if too few images can be read.
  func read(size: Int) throws -> WitnessImages {
    try WitnessImages(paths: paths, size: size)
  }
}
