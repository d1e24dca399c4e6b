import _StringProcessing

/// A regular expression and its replacement: one of mmengine's `revise_keys`.
///
/// The replacement is written as in Python's `re.sub`: `\1` or `\g<1>` for a group, `\g<name>` for
/// a named group, `\\` for a backslash.
public struct KeyRevision: Sendable, Hashable, CustomStringConvertible {
  package let pattern: String
  package let replacement: String
  private let pieces: [Piece]

  private enum Piece: Sendable, Hashable {
    case text(String)
    case group(Int)
    case named(String)
  }

  /// - Throws: ``KeyMappingError/invalidRevision(_:reason:)`` if the pattern is no valid regular
  ///   expression or the replacement has an invalid escape.
  public init(pattern: String, replacement: String) throws(KeyMappingError) {
    self.pattern = pattern
    self.replacement = replacement
    let whole = "\(pattern)=\(replacement)"
    do {
      _ = try Regex(pattern)
    } catch {
      throw .invalidRevision(whole, reason: "\(error)")
    }
    guard let pieces = Self.parse(replacement) else {
      throw .invalidRevision(whole, reason: "write \\1 or \\g<1> for a group")
    }
    self.pieces = pieces
  }

  /// Reads `REGEX=REPLACEMENT`, split at the last equals sign.
  ///
  /// - Throws: ``KeyMappingError/invalidRevision(_:reason:)`` without an equals sign, and as
  ///   ``init(pattern:replacement:)``.
  package init(parsing text: String) throws(KeyMappingError) {
    guard let sign = text.lastIndex(of: "=") else {
      throw .invalidRevision(text, reason: "write REGEX=REPLACEMENT")
    }
    try self.init(
      pattern: String(text[..<sign]), replacement: String(text[text.index(after: sign)...]))
  }

  public var description: String { "\(pattern) → \(replacement)" }

  /// The revision in the form that ``init(parsing:)`` reads.
  package var commandLineText: String { "\(pattern)=\(replacement)" }

  /// The keys with every match replaced, like `re.sub`.
  ///
  /// - Throws: ``KeyMappingError/invalidRevision(_:reason:)`` if the replacement refers to a group
  ///   that the pattern does not have and some key matches.
  package func apply(to keys: [String]) throws(KeyMappingError) -> [String] {
    let regex: Regex<AnyRegexOutput>
    do {
      regex = try Regex(pattern).matchingSemantics(.unicodeScalar)
    } catch {
      throw .invalidRevision("\(self)", reason: "\(error)")
    }
    var unknown: String?
    let revised = keys.map { key in
      key.replacing(regex) { match in
        pieces.reduce(into: "") { result, piece in
          switch piece {
          case .text(let text): result += text
          case .group(let number):
            if number < match.output.count {
              result += match.output[number].substring ?? ""
            } else {
              unknown = "\(number)"
            }
          case .named(let name):
            if let group = match.output.first(where: { $0.name == name }) {
              result += group.substring ?? ""
            } else {
              unknown = name
            }
          }
        }
      }
    }
    if let unknown {
      throw .invalidRevision("\(self)", reason: "the pattern has no group \(unknown)")
    }
    return revised
  }

  private static func parse(_ replacement: String) -> [Piece]? {
    var pieces: [Piece] = []
    var rest = Substring(replacement)
    while let character = rest.popFirst() {
      guard character == "\\" else {
        pieces.append(.text(String(character)))
        continue
      }
      guard let escaped = rest.popFirst() else { return nil }
      if escaped == "\\" {
        pieces.append(.text("\\"))
      } else if escaped == "g" {
        guard rest.popFirst() == "<", let end = rest.firstIndex(of: ">"), end != rest.startIndex
        else { return nil }
        let name = String(rest[..<end])
        pieces.append(Int(name).map(Piece.group) ?? .named(name))
        rest = rest[rest.index(after: end)...]
      } else if escaped.isASCII, let digit = escaped.wholeNumberValue {
        var number = digit
        if let next = rest.first, next.isASCII, let second = next.wholeNumberValue {
          number = number * 10 + second
          rest.removeFirst()
        }
        pieces.append(.group(number))
      } else {
        return nil
      }
    }
    return pieces
  }
}
