import Glibc

/// The text of one file after mmengine's substitutions (``Template``), with a map back to the file.
final class SourceText {
  /// A range of the file and the range of its replacement in the text.
  private struct Substitution {
    var inText: Range<Int>
    var inFile: Range<Int>
  }

  /// The path of the file, as it was given.
  let path: String
  /// The file's bytes.
  let file: [UInt8]
  /// The bytes that are parsed: the file's, with `{{ … }}` substituted.
  let text: [UInt8]
  private let substitutions: [Substitution]
  private let lineStarts: [Int]

  /// - Parameter path: The file to read.
  convenience init(path: String) throws(ConfigError) {
    try self.init(path: path, file: try ConfigFile.read(path))
  }

  /// - Parameter file: The bytes of the file.
  init(path: String, file: [UInt8]) throws(ConfigError) {
    self.path = path
    self.file = file
    var lineStarts = [0]
    for offset in file.indices {
      // A carriage return without a line feed also ends a line.
      let isLast = offset + 1 == file.count
      if file[offset] == 0x0A || file[offset] == 0x0D && (isLast || file[offset + 1] != 0x0A) {
        lineStarts.append(offset + 1)
      }
    }
    self.lineStarts = lineStarts
    var text: [UInt8] = []
    var substitutions: [Substitution] = []
    var copied = 0
    var position = 0
    while position + 1 < file.count {
      guard file[position] == UInt8(ascii: "{"), file[position + 1] == UInt8(ascii: "{") else {
        position += 1
        continue
      }
      let line = Self.line(of: position, in: lineStarts)
      guard let template = try Template(at: position, in: file, path: path, line: line) else {
        position += 1
        continue
      }
      text += file[copied..<position]
      substitutions.append(
        Substitution(
          inText: text.count..<text.count + template.replacement.count,
          inFile: position..<template.end))
      text += template.replacement
      position = template.end
      copied = position
    }
    if substitutions.isEmpty {
      text = file
    } else {
      text += file[copied...]
    }
    self.text = text
    self.substitutions = substitutions
  }

  /// The range in the file for a range of the text.
  func fileRange(_ range: Range<Int>) -> Range<Int> {
    guard !substitutions.isEmpty else { return range }
    let lower = fileOffset(range.lowerBound, isEnd: false)
    return lower..<max(lower, fileOffset(range.upperBound, isEnd: true))
  }

  /// The location in the file for a range of the text.
  func location(_ range: Range<Int>) -> ConfigLocation {
    let range = fileRange(range)
    return ConfigLocation(
      path: path, line: Self.line(of: range.lowerBound, in: lineStarts), bytes: range)
  }

  /// The file's bytes for a range of the text, as a string.
  func excerpt(_ range: Range<Int>) -> String {
    String(decoding: file[fileRange(range)], as: UTF8.self)
  }

  func error(at offset: Int, _ reason: String) -> ConfigError {
    let offset = min(offset, text.count)
    return ConfigError(path: path, line: location(offset..<offset).line, reason: reason)
  }

  private func fileOffset(_ offset: Int, isEnd: Bool) -> Int {
    var low = 0
    var high = substitutions.count
    while low < high {
      let middle = (low + high) / 2
      let starts = substitutions[middle].inText.lowerBound
      if isEnd ? starts < offset : starts <= offset { low = middle + 1 } else { high = middle }
    }
    guard low > 0 else { return offset }
    let last = substitutions[low - 1]
    if offset >= last.inText.upperBound && !(offset == last.inText.upperBound && isEnd) {
      return offset - last.inText.upperBound + last.inFile.upperBound
    }
    return isEnd ? last.inFile.upperBound : last.inFile.lowerBound
  }

  private static func line(of offset: Int, in starts: [Int]) -> Int {
    var low = 0
    var high = starts.count
    while low < high {
      let middle = (low + high) / 2
      if starts[middle] <= offset { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
