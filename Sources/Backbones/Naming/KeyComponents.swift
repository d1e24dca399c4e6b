extension Substring {
  /// The words between the dots, empty ones included. Works on bytes: a dot is never part of a
  /// longer character in UTF-8, and looking for character boundaries would take ten times as long.
  package var keyComponents: [Substring] {
    var components: [Substring] = []
    var start = startIndex
    for index in utf8.indices where utf8[index] == UInt8(ascii: ".") {
      components.append(self[start..<index])
      start = utf8.index(after: index)
    }
    components.append(self[start...])
    return components
  }
}

extension String {
  /// The words between the dots, empty ones included.
  package var keyComponents: [Substring] { self[...].keyComponents }

  /// The word before the first dot.
  package var firstKeyComponent: Substring {
    self[..<(utf8.firstIndex(of: UInt8(ascii: ".")) ?? endIndex)]
  }
}
