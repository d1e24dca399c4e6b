/// Decides whether missing tensors may be in the file under unknown names.
enum RenamedPerhaps {
  /// Whether each missing tensor can be paired with a different unused one of its shape. Layers of a network have
  /// few different shapes, so this is only a possibility.
  static func holds(missing: [[Int]], unused: [[Int]]) -> Bool {
    guard !missing.isEmpty, missing.count <= unused.count else { return false }
    var left: [[Int]: Int] = [:]
    for shape in unused { left[shape, default: 0] += 1 }
    return missing.allSatisfy { shape in
      guard let count = left[shape], count > 0 else { return false }
      left[shape] = count - 1
      return true
    }
  }
}
