import PthBytes
import PthPickle

/// The header of an `.npy` file: `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`.
struct NpyHeader {
  /// The type of an array's items.
  enum Items: Equatable {
    case values
    /// References to Python objects: numpy reads a pickle instead of numbers.
    case objects
    /// A dtype that this reader does not know.
    case unknown
  }

  /// The dtype's text; for a structured dtype the text of the whole header.
  let descriptor: String
  let items: Items
  let isFortran: Bool
  let shape: [Int]
  let dataOffset: Int

  /// - Throws: ``CheckpointError`` for a header that numpy would refuse, or that is not understood.
  init(_ bytes: Bytes) throws {
    let malformed = CheckpointError(.malformed("the npy header cannot be parsed"), position: 0)
    guard bytes.starts(with: NpyContainer.magic), bytes.count >= 10 else { throw malformed }
    let isShort = bytes[6] == 1
    guard (1...3).contains(bytes[6]), bytes[7] == 0 else {
      throw CheckpointError(.unsupported("npy version \(bytes[6]).\(bytes[7])"), position: 6)
    }
    let length =
      isShort
      ? Int(try bytes.integer(at: 8, as: UInt16.self))
      : Int(try bytes.integer(at: 8, as: UInt32.self))
    let start = isShort ? 10 : 12
    // numpy itself refuses more than 10,000 bytes unless it is asked to trust the file.
    let maximumLength = 1 << 20
    guard length <= maximumLength else {
      throw CheckpointError(.unsupported("an npy header of \(length) bytes"), position: 8)
    }
    guard let header = try? bytes.slice(at: start, count: length) else {
      throw CheckpointError(.truncated("the file ends inside the npy header"), position: start)
    }
    dataOffset = start + length
    // Headers are Latin-1 before version 3, UTF-8 from then on.
    let text =
      bytes[6] == 3
      ? header.text
      : String(String.UnicodeScalarView((0..<length).lazy.map { Unicode.Scalar(header[$0]) }))
    guard case .dict(let entries)? = PythonLiteral(text) else { throw malformed }
    // Of equal keys, Python keeps the last.
    let values = Dictionary(
      entries.compactMap { entry -> (String, PythonLiteral)? in
        if case .text(let key) = entry.key { (key, entry.value) } else { nil }
      }, uniquingKeysWith: { _, last in last })
    guard Set(values.keys) == ["descr", "fortran_order", "shape"], let descriptor = values["descr"],
      case .bool(let isFortran)? = values["fortran_order"],
      case .tuple(let sizes)? = values["shape"]
    else { throw malformed }
    if case .text(let name) = descriptor { self.descriptor = name } else { self.descriptor = text }
    items = Self.items(descriptor)
    self.isFortran = isFortran
    shape = try sizes.map { size in
      guard case .int(let size) = size else { throw malformed }
      return size
    }
  }

  /// A structured dtype is a list of (name, dtype[, shape]); a sub-array is a tuple of dtype and shape.
  private static func items(_ descriptor: PythonLiteral) -> Items {
    switch descriptor {
    case .text(let name):
      switch NumpyDTypeText(name) {
      case .objects?: return .objects
      case .values?, .void?: return .values
      case nil: return .unknown
      }
    case .tuple(let parts) where parts.count == 2: return items(parts[0])
    case .list(let fields):
      var worst = Items.values
      for field in fields {
        guard case .tuple(let parts) = field, parts.count == 2 || parts.count == 3 else {
          return .unknown
        }
        let inner = items(parts[1])
        if inner == .unknown || worst == .unknown {
          worst = .unknown
        } else if inner == .objects {
          worst = .objects
        }
      }
      return worst
    default: return .unknown
    }
  }
}
