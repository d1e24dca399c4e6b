import PthBytes
import PthPickle
import PthTensors

/// The callables of PyTorch, numpy and Python's library that build tensors, with what they rebuild.
///
/// The parameter lists follow `torch/_utils.py`, `torch/_tensor.py`, `torch/storage.py` and `numpy/_core/multiarray`.
enum RebuildTable {
  typealias Function = @Sendable (ObjectReader, RebuildCall) throws -> Rebuilt

  static let functions: [String: Function] = torch.merging(NumpyRebuilds.functions) { first, _ in
    first
  }

  private static let torch: [String: Function] = [
    // (storage, storage_offset, size, stride[, requires_grad, hooks, metadata])
    "torch._utils._rebuild_tensor": tensor,
    "torch._utils._rebuild_tensor_v2": tensor,
    "torch._utils._rebuild_tensor_v3": tensorV3,
    "torch._utils._rebuild_qtensor": quantizedTensor,
    "torch._utils._rebuild_meta_tensor_no_storage": metaTensor,
    "torch._utils._rebuild_sparse_tensor": sparseTensor,
    "torch._utils._rebuild_sparse_csr_tensor": sparseTensor,
    "torch._utils._rebuild_nested_tensor": nestedTensor,
    "torch._utils._rebuild_wrapper_subclass": wrapperSubclass,
    // (data, …): the data.
    "torch._utils._rebuild_parameter": firstArgument,
    "torch._utils._rebuild_parameter_with_state": firstArgument,
    // (data, dtype, device, requires_grad)
    "torch._utils._rebuild_device_tensor_from_numpy": castTensor,
    "torch._utils._rebuild_device_tensor_from_cpu_tensor": castTensor,
    "torch._utils._rebuild_xla_tensor": castTensor,
    "torch.nn.parameter.Parameter": firstArgument,
    "torch.nn.parameter.Buffer": firstArgument,
    "torch.autograd.variable.Variable": firstArgument,
    "torch.jit._pickle.restore_type_tag": firstArgument,
    "torch.jit._pickle.build_intlist": firstArgument,
    "torch.jit._pickle.build_doublelist": firstArgument,
    "torch.jit._pickle.build_boollist": firstArgument,
    "torch.jit._pickle.build_tensorlist": firstArgument,
    "torch._tensor._rebuild_from_type": fromType,
    "torch._tensor._rebuild_from_type_v2": fromType,
    "torch.tensor._rebuild_from_type": fromType,
    "torch.storage._load_from_bytes": storageFromBytes,
    "torch.Size": size,
    "torch.device": device,
  ]

  private static let firstArgument: Function = { _, call in .same(as: try call.argument(0)) }

  private static let tensor: Function = { reader, call in
    let tensor = try reader.strided(
      storage: try call.argument(0), offset: try call.argument(1), size: try call.argument(2),
      stride: try call.argument(3))
    return .done(.tensor(try ViewBits(call, at: 6, reader).apply(to: tensor)))
  }

  /// (storage, storage_offset, size, stride, requires_grad, hooks, dtype[, metadata])
  private static let tensorV3: Function = { reader, call in
    let tensor = try reader.strided(
      storage: try call.argument(0), offset: try call.argument(1), size: try call.argument(2),
      stride: try call.argument(3), dtype: try reader.dtype(try call.argument(6)))
    return .done(.tensor(try ViewBits(call, at: 7, reader).apply(to: tensor)))
  }

  /// (storage, storage_offset, size, stride, quantizer_params, requires_grad, hooks), where
  /// quantizer_params is (scheme, scale, zero_point) or (scheme, scales, zero_points, axis).
  private static let quantizedTensor: Function = { reader, call in
    let parameters = reader.document.firstElements(try call.argument(4), 5)
    let quantizer: Quantizer
    if parameters.count == 3 {
      guard let scale = reader.document.float(parameters[1]) else {
        throw CheckpointError(.malformed("a quantiser's scale is not a number"))
      }
      quantizer = .perTensor(
        scale: scale, zeroPoint: try reader.integer(parameters[2], "zero point"))
    } else if parameters.count == 4 {
      quantizer = .perChannel(
        scales: try reader.tensor(parameters[1], "a quantiser's scales"),
        zeroPoints: try reader.tensor(parameters[2], "a quantiser's zero points"),
        axis: try reader.integer(parameters[3], "axis"))
    } else {
      throw CheckpointError(.unsupported("a quantiser with \(parameters.count) parameters"))
    }
    return .done(
      .tensor(
        try reader.strided(
          storage: try call.argument(0), offset: try call.argument(1), size: try call.argument(2),
          stride: try call.argument(3), quantizer: quantizer)))
  }

  /// (data, dtype, …): devices without their own pickling save a CPU copy, in a dtype that numpy has.
  private static let castTensor: Function = { reader, call in
    let data = try reader.tensor(try call.argument(0), "a device tensor's data")
    return .done(.tensor(try data.cast(to: try reader.dtype(try call.argument(1)))))
  }

  /// (dtype, size, stride, requires_grad)
  private static let metaTensor: Function = { reader, call in
    let dtype = try reader.dtype(try call.argument(0))
    let storage = TensorStorage.meta(key: "meta", byteCount: Int.max)
    return .done(
      .tensor(
        try Tensor(
          storage: storage, dtype: dtype, shape: try reader.integers(try call.argument(1), "size"),
          strides: try reader.integers(try call.argument(2), "stride"))))
  }

  /// (layout, (indices, values, size[, coalesced])) for COO, (layout, (compressed indices, plain
  /// indices, values, size)) for the compressed layouts.
  private static let sparseTensor: Function = { reader, call in
    let parts = reader.document.firstElements(try call.argument(1), 5)
    let layout = try layoutName(reader, try call.argument(0))
    let names = sparseComponents(layout)
    guard parts.count > names.count else {
      throw CheckpointError(.malformed("a sparse tensor has \(parts.count) parts"))
    }
    let size = try reader.integers(parts[names.count], "size").map(String.init)
    let whole =
      "a \(layout.split(separator: ".").last ?? "sparse") tensor of size "
      + size.joined(separator: " × ")
    return .done(
      .components(
        try zip(names, parts).map {
          ($0, try reader.tensor($1, "a sparse tensor's \($0)").part(of: whole))
        }))
  }

  private static func sparseComponents(_ layout: String) -> [String] {
    if layout.hasSuffix("coo") { return ["indices", "values"] }
    let isColumnMajor = layout.hasSuffix("csc") || layout.hasSuffix("bsc")
    return isColumnMajor
      ? ["ccol_indices", "row_indices", "values"] : ["crow_indices", "col_indices", "values"]
  }

  /// `torch.sparse_coo`, as a global or through `_get_layout('torch.sparse_coo')`.
  static func layoutName(_ reader: ObjectReader, _ handle: PickleHandle) throws -> String {
    if let name = reader.globalName(handle) { return name.name }
    if let call = reader.document.call(handle),
      let argument = reader.document.firstElements(call.arguments, 1).first
    {
      return reader.keyText(argument)
    }
    return reader.keyText(handle)
  }

  /// (buffer, sizes, strides, storage_offsets)
  private static let nestedTensor: Function = { reader, call in
    let names = ["buffer", "sizes", "strides", "storage_offsets"]
    return .done(
      .components(
        try zip(names, call.arguments).map {
          ($0, try reader.tensor($1, "a nested tensor's \($0)").part(of: "a nested tensor"))
        }
      ))
  }

  private static let maximumAttributeCount = 1024

  /// (class, dtype, size, …): a tensor without a storage; the tensors it wraps are attributes.
  private static let wrapperSubclass: Function = { reader, call in
    var components: [(name: String, tensor: Tensor)] = []
    let name = (try? call.argument(0)).flatMap(reader.globalName)
    let whole = "a tensor of class \(name.map { "\($0)" } ?? "unknown")"
    for state in call.states {
      guard let attributes = reader.attributeDictionary(state) else { continue }
      for (key, value) in reader.document.firstEntries(attributes, maximumAttributeCount) {
        guard case .tensor(let tensor) = try reader.meaning(of: value) else { continue }
        components.append((reader.keyText(key), tensor.part(of: whole)))
      }
    }
    return .done(.components(components))
  }

  /// (function, type, arguments[, state])
  private static let fromType: Function = { _, call in
    .call(
      try call.argument(0), arguments: try call.argument(2),
      state: call.arguments.count > 3 ? call.arguments[3] : nil)
  }

  private static let maximumNesting = 4

  /// (bytes): the file that `torch.save(storage)` wrote in the legacy container.
  private static let storageFromBytes: Function = { reader, call in
    let handle = try call.argument(0)
    guard let bytes = NumpyRebuilds.bytes(handle, reader) else {
      throw CheckpointError(.malformed("_load_from_bytes is given no bytes"))
    }
    let isInFile = [.bytes, .byteArray].contains(reader.document.kind(handle))
    let start = reader.document.position(handle).flatMap { start in
      reader.fileOffset.map { $0 + start }
    }
    if let known = reader.nestedStorages[bytes.baseAddress] { return .done(known) }
    guard reader.nesting < maximumNesting else {
      throw CheckpointError(.malformed("pickles are nested more than \(maximumNesting) deep"))
    }
    guard let magic = try? PickleDocument(parsing: bytes), LegacyContainer.isMagic(magic) else {
      return .done(.opaque("bytes that are no saved storage"))
    }
    let nested = try LegacyContainer(bytes, fileOffset: isInFile ? start : nil)
    let inner = nested.reader(nesting: reader.nesting + 1)
    guard case .storage(let storage, let dtype) = try inner.meaning(of: inner.document.root) else {
      throw CheckpointError(.malformed("_load_from_bytes holds no storage"))
    }
    reader.nestedStorages[bytes.baseAddress] = .storage(storage, dtype)
    return .done(.storage(storage, dtype))
  }

  private static let size: Function = { reader, call in
    .done(.size(try reader.integers(try call.argument(0), "torch.Size")))
  }

  private static let device: Function = { reader, call in
    .done(.device(call.arguments.map(reader.keyText).joined(separator: ":")))
  }
}

extension Tensor {
  fileprivate func part(of whole: String) -> Tensor {
    var part = self
    part.wholeTensor = whole
    return part
  }
}
