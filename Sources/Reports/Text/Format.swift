import Glibc

/// Numbers and columns as text.
package enum Format {
  /// `148.6 MB`, in powers of 1000.
  package static func bytes(_ count: Int) -> String {
    scaled(Double(count), units: ["bytes", "kB", "MB", "GB", "TB"], exact: count)
  }

  /// `37.1 M`, in powers of 1000.
  package static func count(_ count: Int) -> String {
    scaled(Double(count), units: ["", "k", "M", "G", "T"], exact: count)
  }

  private static func scaled(_ value: Double, units: [String], exact: Int) -> String {
    var (value, unit) = (value, 0)
    while value >= 999.95, unit < units.count - 1 {
      value /= 1000
      unit += 1
    }
    if unit == 0 { return units[0].isEmpty ? "\(exact)" : "\(exact) \(units[0])" }
    return "\(fixed(value, digits: value < 9.995 ? 2 : 1)) \(units[unit])"
  }

  /// `1,234,567`
  package static func grouped(_ number: Int) -> String {
    var result = ""
    for (index, digit) in String(number.magnitude).reversed().enumerated() {
      if index > 0, index % 3 == 0 { result.append(",") }
      result.append(digit)
    }
    return (number < 0 ? "-" : "") + String(result.reversed())
  }

  /// `1 tensor`, `1,234 tensors`
  package static func tensors(_ count: Int) -> String {
    "\(grouped(count)) tensor\(count == 1 ? "" : "s")"
  }

  /// A number with exactly `digits` decimals.
  package static func fixed(_ value: Double, digits: Int) -> String {
    printf("%.\(digits)f", value)
  }

  /// A number with 4 significant digits: `0.02351`, `1.3e-07`; `-` for nil.
  package static func short(_ value: Double?) -> String {
    guard let value else { return "-" }
    return printf("%.4g", value)
  }

  /// A number with at most `digits` significant digits.
  package static func significant(_ value: Double, digits: Int) -> String {
    printf("%.\(digits)g", value)
  }

  package static func scientific(_ value: Double, digits: Int) -> String {
    printf("%.\(digits)e", value)
  }

  private static func printf(_ format: String, _ value: Double) -> String {
    var buffer = [CChar](repeating: 0, count: 352)
    let length = withVaList([value]) { vsnprintf(&buffer, buffer.count, format, $0) }
    return String(
      decoding: buffer.prefix(Int(max(0, length))).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// `97.5 %`; `100 %` only for a share of exactly 1.
  package static func percent(_ share: Double) -> String {
    share == 1 ? "100 %" : "\(fixed(min(share * 100, 99.9), digits: 1)) %"
  }

  /// `[64, 3, 7, 7]`
  package static func shape(_ shape: [Int]) -> String {
    "[" + shape.map(String.init).joined(separator: ", ") + "]"
  }

  /// The text padded with spaces to `width`; `right` aligns it right, for numbers.
  package static func column(_ text: String, _ width: Int, right: Bool = false) -> String {
    let padding = String(repeating: " ", count: max(0, width - text.count))
    return right ? padding + text : text + padding
  }

  /// The text in at most `width` columns, with an ellipsis in its middle if it is longer. A width up to 4 cuts nothing.
  package static func elided(_ text: String, _ width: Int) -> String {
    guard text.count > width, width > 4 else { return text }
    let head = (width - 1) / 3
    return text.prefix(head) + "…" + text.suffix(width - 1 - head)
  }
}
