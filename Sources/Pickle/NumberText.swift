/// Parses numbers in text as CPython's two unpicklers do: `int()` and `strtol` for integers, `float()` and
/// `PyOS_string_to_double` for floats. A number that either unpickler accepts is accepted here.
enum NumberText {
  enum Integer: Equatable {
    case small(Int64)
    /// More than 64 bits.
    case long
  }

  /// The line up to a NUL, where the C unpickler's functions stop, without blanks around it.
  static func trimmed(_ line: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (9...13).contains(byte) }
    var end = line.firstIndex(of: 0) ?? line.count
    var start = 0
    while start < end, isBlank(line[start]) { start += 1 }
    while end > start, isBlank(line[end - 1]) { end -= 1 }
    return UnsafeRawBufferPointer(rebasing: line[start..<end])
  }

  /// An integer: a sign, a prefix `0x`, `0o` or `0b` if `hasPrefixes`, and digits with single
  /// underscores between them. Nil for any other text.
  static func integer(_ text: UnsafeRawBufferPointer, hasPrefixes: Bool) -> Integer? {
    var rest = text[...]
    let isNegative = rest.first == UInt8(ascii: "-")
    if isNegative || rest.first == UInt8(ascii: "+") { rest = rest.dropFirst() }
    var radix: Int64 = 10
    var mayBeginWithUnderscore = false
    if hasPrefixes, rest.count > 1, rest.first == UInt8(ascii: "0") {
      switch rest[rest.startIndex + 1] | 0x20 {
      case UInt8(ascii: "x"): radix = 16
      case UInt8(ascii: "o"): radix = 8
      case UInt8(ascii: "b"): radix = 2
      default: break
      }
      mayBeginWithUnderscore = true
      if radix != 10 {
        rest = rest.dropFirst(2)
      } else {
        radix = 8  // `strtol` reads 010 as 8, where `int` refuses it.
      }
    }
    return digits(rest, radix, isNegative: isNegative, underscoreFirst: mayBeginWithUnderscore)
  }

  private static func digits(
    _ text: Slice<UnsafeRawBufferPointer>, _ radix: Int64, isNegative: Bool, underscoreFirst: Bool
  ) -> Integer? {
    var value: Int64 = 0
    var isLong = false
    var wasDigit = underscoreFirst
    for byte in text {
      if byte == UInt8(ascii: "_") {
        guard wasDigit else { return nil }
        wasDigit = false
        continue
      }
      guard let digit = digit(byte), digit < radix else { return nil }
      wasDigit = true
      let (product, overflow) = value.multipliedReportingOverflow(by: radix)
      let (sum, carry) =
        isNegative
        ? product.subtractingReportingOverflow(digit) : product.addingReportingOverflow(digit)
      isLong = isLong || overflow || carry
      value = sum
    }
    guard wasDigit, !text.isEmpty else { return nil }
    return isLong ? .long : .small(value)
  }

  private static func digit(_ byte: UInt8) -> Int64? {
    switch byte {
    case 48...57: Int64(byte) - 48
    case 65...90: Int64(byte) - 55
    case 97...122: Int64(byte) - 87
    default: nil
    }
  }

  /// A float; underscores may only occur between digits.
  static func float(_ text: UnsafeRawBufferPointer) -> Double? {
    var plain: [UInt8] = []
    for (index, byte) in text.enumerated() {
      guard byte == UInt8(ascii: "_") else {
        plain.append(byte)
        continue
      }
      let isDigit = { (index: Int) in
        index >= 0 && index < text.count && (48...57).contains(text[index])
      }
      guard isDigit(index - 1), isDigit(index + 1) else { return nil }
    }
    return Double(String(decoding: plain, as: UTF8.self))
  }
}
