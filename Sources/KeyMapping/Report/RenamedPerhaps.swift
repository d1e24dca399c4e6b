/// Whether what is missing may be in the file after all, under names that are not known here.
enum RenamedPerhaps {
  /// Whether each missing tensor has an unused one of its shape to itself. Layers of a network have
  /// few shapes, so this shows no more than that it may be so.
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
