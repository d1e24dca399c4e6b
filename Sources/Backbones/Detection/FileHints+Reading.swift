extension FileHints {
  /// The words of the file's name and of the network's name, in lower case, split at everything but letters
  /// and digits and between a letter and a digit.
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

  /// The backbone's dict in the configuration; nil if there is none or it cannot be read.
  var configuredBackbone: ArgumentValue? { configured("backbone") }

  /// The first readable dict with this name (`backbone`) in the configuration in an OpenMMLab checkpoint's
  /// `meta`; nil if there is none.
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

  /// The text up to the bracket that closes the first bracket; brackets inside of strings are skipped.
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
