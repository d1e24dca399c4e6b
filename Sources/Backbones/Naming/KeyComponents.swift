extension Substring {
  /// The words between the dots, empty ones included.
  ///
  /// Works on bytes: in UTF-8 the byte of a dot is never part of a longer character, and finding character
  /// boundaries would take ten times as long.
  package var keyComponents: [Substring] {
    withUTF8Bytes { bytes in
      var components: [Substring] = []
      components.reserveCapacity(8)
      var start = startIndex
      for offset in 0..<bytes.count where bytes[offset] == UInt8(ascii: ".") {
        let end = utf8.index(startIndex, offsetBy: offset)
        components.append(self[start..<end])
        start = utf8.index(after: end)
      }
      components.append(self[start...])
      return components
    }
  }
}

extension Substring {
  /// The word before the first dot.
  package var firstKeyComponent: Substring {
    let length = withUTF8Bytes { bytes in
      var offset = 0
      while offset < bytes.count, bytes[offset] != UInt8(ascii: ".") { offset += 1 }
      return offset
    }
    return self[..<utf8.index(startIndex, offsetBy: length)]
  }
}

extension String {
  /// The words between the dots, empty ones included.
  package var keyComponents: [Substring] { self[...].keyComponents }

  /// The word before the first dot.
  package var firstKeyComponent: Substring { self[...].firstKeyComponent }

  /// The rest of the name behind a prefix, which the name must have.
  package func withoutPrefix(_ prefix: String) -> Substring {
    self[(utf8.index(startIndex, offsetBy: prefix.utf8.count, limitedBy: endIndex) ?? endIndex)...]
  }
}
