extension FileHints {
  /// The words of the file's and of the network's name in lower case; numbers are words of their
  /// own.
  var words: [[String]] {
    [fileName, architecture].compactMap(\.self).map { name in
      var words: [String] = []
      var word = ""
      for character in name.lowercased() + "." {
        let isWord = character.isLetter || character.isNumber
        if let last = word.last, !isWord || last.isNumber != character.isNumber {
          words.append(word)
          word = ""
        }
        if isWord { word.append(character) }
      }
      return words
    }
  }

  /// The backbone's dict in the configuration; nil if there is none that can be read.
  var configuredBackbone: ArgumentValue? { configured("backbone") }

  /// The first dict of this name (`backbone`) in the configuration that an OpenMMLab checkpoint keeps in
  /// its `meta`; nil if there is none that can be read.
  public func configured(_ name: String) -> ArgumentValue? {
    guard let text = configuration else { return nil }
    for place in text.ranges(of: name) {
      let rest = text[place.upperBound...].drop { " '\"=:".contains($0) }
      guard rest.hasPrefix("dict(") || rest.hasPrefix("{") else { continue }
      var parser = LiteralParser(String(Self.balanced(rest)))
      if let value = try? parser.parse() { return value }
    }
    return nil
  }

  /// The text up to the bracket that closes its first one; brackets in strings do not count.
  private static func balanced(_ text: Substring) -> Substring {
    var depth = 0
    var quote: Character?
    for index in text.indices {
      let character = text[index]
      if let open = quote {
        if character == open { quote = nil }
      } else if character == "'" || character == "\"" {
        quote = character
      } else if "([{".contains(character) {
        depth += 1
      } else if ")]}".contains(character) {
        depth -= 1
        if depth == 0 { return text[...index] }
      }
    }
    return text
  }
}
