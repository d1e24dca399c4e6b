import PthBytes
import PthPickle
import PthTensors

/// Rebuilds numpy's arrays and scalars in pickles (`numpy.ndarray.__reduce__`), under the module names of numpy 1
/// (`numpy.core`) and 2 (`numpy._core`).
enum NumpyRebuilds {
  static let functions: [String: RebuildTable.Function] = {
    var table: [String: RebuildTable.Function] = [:]
    for core in ["numpy.core", "numpy._core"] {
      table["\(core).multiarray._reconstruct"] = array
      table["\(core).multiarray.scalar"] = scalar
      table["\(core).numeric._frombuffer"] = fromBuffer
    }
    return table
  }()

  /// `_reconstruct(ndarray, (0,), b'b')`, then the state (version, shape, dtype, is_fortran, data).
  private static let array: RebuildTable.Function = { reader, call in
    guard let state = call.states.last.map({ reader.document.firstElements($0, 8) }),
      state.count >= 5
    else {
      throw CheckpointError(.malformed("a numpy array without its state"))
    }
    guard let layout = try layout(state[2], reader) else {
      return .done(.opaque("numpy array of \(dtypeText(state[2], reader))"))
    }
    return .done(
      .tensor(
        try tensor(
          reader, layout, shape: try reader.integers(state[1], "shape"), data: state[4],
          isFortran: reader.document.bool(state[3]) ?? false)))
  }

  /// `scalar(dtype, bytes)`
  private static let scalar: RebuildTable.Function = { reader, call in
    guard let layout = try layout(try call.argument(0), reader) else {
      return .done(.opaque("numpy scalar of \(dtypeText(try call.argument(0), reader))"))
    }
    return .done(
      .numpyScalar(
        try tensor(reader, layout, shape: [], data: try call.argument(1), isFortran: false)))
  }

  /// `_frombuffer(buffer, dtype, shape, order)`: protocol 5 with an in-band buffer.
  private static let fromBuffer: RebuildTable.Function = { reader, call in
    guard let layout = try layout(try call.argument(1), reader) else {
      return .done(.opaque("numpy array of \(dtypeText(try call.argument(1), reader))"))
    }
    return .done(
      .tensor(
        try tensor(
          reader, layout, shape: try reader.integers(try call.argument(2), "shape"),
          data: try call.argument(0), isFortran: reader.keyText(try call.argument(3)) == "F")))
  }

  private static func tensor(
    _ reader: ObjectReader, _ layout: NumpyDType, shape: [Int], data: PickleHandle, isFortran: Bool
  ) throws -> Tensor {
    guard let bytes = bytes(data, reader) else {
      throw CheckpointError(.malformed("a numpy array's data are no bytes"))
    }
    // The tensor's bytes are swapped from a big-endian array's, so they have no offset in the file.
    let isInFile =
      [.bytes, .byteArray].contains(reader.document.kind(data)) && !layout.isBigEndian
    let start = isInFile ? reader.document.position(data) : nil
    return try layout.tensor(
      key: "", bytes: bytes, shape: shape, isFortran: isFortran,
      fileOffset: start.flatMap { start in reader.fileOffset.map { $0 + start } })
  }

  /// The dtype from `numpy.dtype('f4', …)` with the state (version, byte order, …); nil for a dtype that PyTorch does
  /// not have (text, records, objects).
  private static func layout(_ handle: PickleHandle, _ reader: ObjectReader) throws -> NumpyDType? {
    guard let call = reader.document.call(handle),
      reader.globalName(call.callable)?.description == "numpy.dtype",
      let code = reader.document.firstElements(call.arguments, 1).first
    else { return nil }
    let state =
      reader.document.states(handle).last.map { reader.document.firstElements($0, 8) } ?? []
    let order = state.count > 1 ? reader.keyText(state[1]) : "<"
    return NumpyDType(order + reader.keyText(code))
  }

  private static func dtypeText(_ handle: PickleHandle, _ reader: ObjectReader) -> String {
    guard let call = reader.document.call(handle),
      let code = reader.document.firstElements(call.arguments, 1).first
    else { return "unknown dtype" }
    return "dtype \(reader.keyText(code))"
  }

  /// The contents of bytes, or of a call that makes bytes, such as protocol 2's `_codecs.encode(text, 'latin1')`.
  static func bytes(_ handle: PickleHandle, _ reader: ObjectReader) -> Bytes? {
    if let bytes = reader.document.rawBytes(handle) { return bytes }
    guard let call = reader.document.call(handle),
      let name = reader.globalName(call.callable)?.description
    else { return nil }
    let arguments = reader.document.firstElements(call.arguments, 2)
    switch name {
    case "_codecs.encode":
      return arguments.first.flatMap(reader.latin1)
    case "builtins.bytes", "__builtin__.bytes", "builtins.bytearray", "__builtin__.bytearray":
      guard let first = arguments.first else { return .empty }
      return reader.document.rawBytes(first)
    default: return nil
    }
  }
}
