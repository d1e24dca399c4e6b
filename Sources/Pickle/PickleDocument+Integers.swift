import PthBytes

/// Integers beyond 64 bits, which are binary or text in a pickle.
extension PickleDocument {
  /// A long integer: its text if the pickle has it as text, otherwise hexadecimal.
  package func bigIntText(_ handle: PickleHandle) -> String? {
    let node = node(handle)
    guard node.kind == .bigInt else { return nil }
    guard node.form == 1 else { return TextForm.hexadecimal(run(node)) }
    return run(node).text.filter { $0 != "_" && $0 != "+" }
  }

  /// The little-endian two's-complement bytes of a long integer, possibly more than necessary; nil for other kinds.
  /// O(n²) for n digits of text.
  package func integerBytes(_ handle: PickleHandle) -> [UInt8]? {
    let node = node(handle)
    guard node.kind == .bigInt else { return nil }
    guard node.form == 1 else { return run(node).withUnsafeBytes { Array($0) } }
    let text = (bigIntText(handle) ?? "0").lowercased()
    let isNegative = text.hasPrefix("-")
    var digits = text.utf8.drop { $0 == UInt8(ascii: "-") }
    var radix = 10
    if digits.first == UInt8(ascii: "0"), let prefix = digits.dropFirst().first {
      // As in `NumberText`, a leading zero alone means octal.
      let prefixes = [UInt8(ascii: "x"): 16, UInt8(ascii: "o"): 8, UInt8(ascii: "b"): 2]
      radix = prefixes[prefix] ?? 8
      digits = digits.dropFirst(prefixes[prefix] == nil ? 1 : 2)
    }
    var bytes: [UInt8] = []
    for character in digits {
      var carry = Int(character) - (character < 58 ? 48 : 87)
      for index in bytes.indices {
        carry += Int(bytes[index]) * radix
        bytes[index] = UInt8(carry & 255)
        carry >>= 8
      }
      if carry > 0 { bytes.append(UInt8(carry)) }
    }
    bytes.append(0)
    guard isNegative else { return bytes }
    var carry = 1
    for index in bytes.indices {
      carry += Int(~bytes[index])
      bytes[index] = UInt8(carry & 255)
      carry >>= 8
    }
    return bytes
  }
}
