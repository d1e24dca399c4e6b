import PthBytes
import PthTensors

/// One array in numpy's `.npy` format (NEP 1): magic, version, a Python dict literal, the data.
struct NpyContainer {
  let tensor: Tensor
  let isBigEndian: Bool

  static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

  /// - Parameters:
  ///   - key: What to call the storage.
  ///   - fileOffset: Where `bytes` begins in the file; nil if it is compressed there.
  /// - Throws: ``CheckpointError``; for dtypes that PyTorch lacks, with reason `unsupported`.
  init(_ bytes: Bytes, key: String = "", fileOffset: Int?) throws {
    let header = try NpyHeader(bytes)
    guard let layout = NumpyDType(header.descriptor) else {
      throw CheckpointError(
        .unsupported(
          header.isObject
            ? "holds Python objects (a pickle), no tensor"
            : "dtype '\(header.descriptor)' has no counterpart in PyTorch"))
    }
    isBigEndian = layout.isBigEndian
    let data = try bytes.suffix(from: header.dataOffset)
    guard let elements = Self.product(header.shape),
      let needed = layout.dtype.byteCount(elements: elements)
    else {
      throw CheckpointError(.malformed("shape \(header.shape) overflows"))
    }
    guard needed <= data.count else {
      throw CheckpointError(
        .truncated("needs \(needed) bytes of data and there are \(data.count)"),
        position: fileOffset.map { $0 + header.dataOffset })
    }
    tensor = try layout.tensor(
      key: key, bytes: try data.slice(at: 0, count: needed), shape: header.shape,
      isFortran: header.isFortran, fileOffset: fileOffset.map { $0 + header.dataOffset })
  }

  private static func product(_ shape: [Int]) -> Int? {
    var result = 1
    for size in shape {
      guard size >= 0 else { return nil }
      let (product, overflow) = result.multipliedReportingOverflow(by: size)
      if overflow { return nil }
      result = product
    }
    return result
  }
}

/// The header of an `.npy` file: `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`.
struct NpyHeader {
  let descriptor: String
  let isFortran: Bool
  let shape: [Int]
  let dataOffset: Int

  /// Object arrays hold a pickle instead of numbers.
  var isObject: Bool { descriptor.hasSuffix("O") }

  init(_ bytes: Bytes) throws {
    let malformed = CheckpointError(.malformed("the npy header cannot be parsed"), position: 0)
    guard bytes.starts(with: NpyContainer.magic), bytes.count >= 10 else { throw malformed }
    let isShort = bytes[6] == 1
    guard (1...3).contains(bytes[6]) else {
      throw CheckpointError(.unsupported("npy version \(bytes[6])"), position: 6)
    }
    let length =
      isShort
      ? Int(try bytes.integer(at: 8, as: UInt16.self))
      : Int(try bytes.integer(at: 8, as: UInt32.self))
    let start = isShort ? 10 : 12
    guard let text = try? bytes.slice(at: start, count: length).text else {
      throw CheckpointError(.truncated("the file ends inside the npy header"), position: start)
    }
    dataOffset = start + length
    guard let descriptor = Self.value(of: "descr", in: text),
      let order = Self.value(of: "fortran_order", in: text),
      let shape = Self.value(of: "shape", in: text), shape.hasPrefix("("), shape.hasSuffix(")")
    else { throw malformed }
    // A record's descriptor is a list; it stays as it is, for the message.
    self.descriptor = descriptor.trimmingQuotes()
    isFortran = order == "True"
    self.shape = try shape.dropFirst().dropLast().split(separator: ",")
      .map { $0.filter { $0 != " " && $0 != "L" } }.filter { !$0.isEmpty }
      .map { digits in
        guard let size = Int(digits) else { throw malformed }
        return size
      }
  }

  /// The literal after `'key':`, up to the comma that ends it.
  private static func value(of key: String, in text: String) -> String? {
    let marker = ["'\(key)':", "\"\(key)\":"].first { text.contains($0) }
    guard let marker, let range = text.firstRange(of: marker) else { return nil }
    var depth = 0
    var quote: Character?
    var value = ""
    for character in text[range.upperBound...] {
      if let open = quote {
        if character == open { quote = nil }
      } else if character == "'" || character == "\"" {
        quote = character
      } else if "([{".contains(character) {
        depth += 1
      } else if ")]}".contains(character) {
        if depth == 0 { break }
        depth -= 1
      } else if character == ",", depth == 0 {
        break
      }
      value.append(character)
    }
    return value.drop { $0 == " " }.trimmingSuffix { $0 == " " || $0 == "\n" }
  }
}

extension StringProtocol {
  fileprivate func trimmingSuffix(while predicate: (Character) -> Bool) -> String {
    var result = String(self)
    while let last = result.last, predicate(last) { result.removeLast() }
    return result
  }

  fileprivate func trimmingQuotes() -> String {
    guard count >= 2, let quote = first, quote == last, quote == "'" || quote == "\"" else {
      return String(self)
    }
    return String(dropFirst().dropLast())
  }
}
