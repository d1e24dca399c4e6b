extension Substring {
  /// The words between the dots, empty ones included. Works on bytes: a dot is never part of a
  /// longer character in UTF-8, and looking for character boundaries would take ten times as long.
  package var keyComponents: [Substring] {
    let offsets = withUTF8Bytes { bytes in
      bytes.indices.filter { bytes[$0] == UInt8(ascii: ".") }
    }
    var components: [Substring] = []
    components.reserveCapacity(offsets.count + 1)
    var start = startIndex
    for offset in offsets {
      let end = utf8.index(startIndex, offsetBy: offset)
      components.append(self[start..<end])
      start = utf8.index(after: end)
    }
    components.append(self[start...])
    return components
  }
}

extension Substring {
  /// The word before the first dot.
  package var firstKeyComponent: Substring {
    self[..<(utf8.firstIndex(of: UInt8(ascii: ".")) ?? endIndex)]
  }
}

extension String {
  /// The words between the dots, empty ones included.
  package var keyComponents: [Substring] { self[...].keyComponents }

  /// The word before the first dot.
  package var firstKeyComponent: Substring { self[...].firstKeyComponent }

  /// What stands behind a prefix that the name has.
  package func withoutPrefix(_ prefix: String) -> Substring {
    self[(utf8.index(startIndex, offsetBy: prefix.utf8.count, limitedBy: endIndex) ?? endIndex)...]
  }
}
