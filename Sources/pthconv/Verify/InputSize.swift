import ArgumentParser
import PthConvKit

/// A value of `--size`: `224`, `224,224` or `224x224`, height first.
struct InputSize: ExpressibleByArgument {
  let size: Size2D

  init?(argument: String) {
    let parts = argument.split(omittingEmptySubsequences: false) { ",x×".contains($0) }
    let numbers = parts.compactMap { Int($0) }.filter { $0 > 0 }
    guard numbers.count == parts.count, let height = numbers.first, numbers.count <= 2 else {
      return nil
    }
    size = Size2D(height, numbers.last ?? height)
  }

  var defaultValueDescription: String { "\(size.height),\(size.width)" }
}
