import PthPickle
import PthTensors

/// The pickle of a state dict as `torch.save` writes it, in protocol 2.
struct TorchPickle {
  private let contents: OutputContents
  private let options: OutputOptions
  private let isLegacy: Bool
  private(set) var storages: TorchStorages
  private var views: [TorchStorages.View] = []

  static let orderedDict = GlobalName(module: "collections", name: "OrderedDict")

  init(_ contents: OutputContents, _ options: OutputOptions, isLegacy: Bool = false) throws {
    self.contents = contents
    self.options = options
    self.isLegacy = isLegacy
    let kept = contents.surroundings?.tensors ?? []
    let all = contents.entries.map { ($0.tensor, $0.dtype) } + kept.map { ($0, $0.dtype) }
    let scales = all.flatMap { $0.0.quantizer?.tensors ?? [] }
    storages = TorchStorages(
      all + scales.map { ($0, $0.dtype) }, keepsViews: options.keepsViews)
  }

  /// Encodes the object pickle; afterwards ``storages`` is complete.
  mutating func encode() throws -> [UInt8] {
    var pickle = PickleEncoder()
    if let surroundings = contents.surroundings,
      options.wrapsStateDict || surroundings.surroundsStateDict
    {
      let write = options.wrapsStateDict ? surroundings.writeWrapped : surroundings.write
      try write(&pickle) { pickle, part in
        switch part {
        case .stateDict: try stateDict(&pickle)
        case .tensor(let tensor): try self.tensor(tensor, as: tensor.dtype, index: 0, &pickle)
        }
      }
    } else if options.wrapsStateDict {
      let meta = contents.metadata.sorted { $0.key < $1.key }
      try pickle.dict(["meta", "state_dict"]) { pickle, key in
        pickle.string(key)
        if key == "state_dict" { return try stateDict(&pickle) }
        pickle.dict(meta) { pickle, pair in
          pickle.string(pair.key)
          pickle.string(pair.value)
        }
      }
    } else {
      try stateDict(&pickle)
    }
    return pickle.finish()
  }

  private mutating func stateDict(_ pickle: inout PickleEncoder) throws {
    pickle.reduce(Self.orderedDict) { $0.tuple(0) { _ in } }
    try pickle.setItems(contents.entries.enumerated()) { pickle, item in
      let (index, entry) = item
      pickle.string(entry.name)
      try tensor(entry.tensor, as: entry.dtype, index: index, &pickle)
    }
    pickle.build { pickle in
      pickle.dict(["_metadata"]) { pickle, key in
        pickle.string(key)
        pickle.reduce(Self.orderedDict) { $0.tuple(0) { _ in } }
        pickle.setItems(contents.orderedModuleVersions) { pickle, module in
          pickle.string(module.path)
          pickle.dict(["version"]) { pickle, key in
            pickle.string(key)
            pickle.int(module.version)
          }
        }
      }
    }
  }

  private mutating func tensor(
    _ tensor: Tensor, as dtype: DType, index: Int, _ pickle: inout PickleEncoder
  ) throws {
    let view = try storages.view(of: tensor, as: dtype, index: index)
    let isTyped = TorchNames.storageClass(dtype) != nil
    let function = view.quantizer != nil ? "qtensor" : isTyped ? "tensor_v2" : "tensor_v3"
    let rebuild = GlobalName(module: "torch._utils", name: "_rebuild_\(function)")
    let count = view.quantizer != nil || !isTyped ? 7 : 6
    try pickle.reduce(rebuild) { pickle in
      try pickle.tuple(count) { pickle in
        persistentID(of: view, &pickle)
        pickle.int(view.offset)
        integers(view.shape, &pickle)
        integers(view.strides, &pickle)
        if let quantizer = view.quantizer { try self.quantizer(quantizer, index: index, &pickle) }
        pickle.bool(false)
        pickle.reduce(Self.orderedDict) { $0.tuple(0) { _ in } }
        if !isTyped { pickle.global(GlobalName(module: "torch", name: dtype.rawValue)) }
      }
    }
  }

  private func persistentID(of view: TorchStorages.View, _ pickle: inout PickleEncoder) {
    let storage = storages.storages[view.storage]
    pickle.persistentID { pickle in
      pickle.tuple(isLegacy ? 6 : 5) { pickle in
        pickle.string("storage")
        pickle.global(
          TorchNames.storageClass(view.dtype)
            ?? GlobalName(module: "torch.storage", name: "UntypedStorage"))
        pickle.string(String(view.storage))
        pickle.string("cpu")
        pickle.int(storage.elementCount)
        // Not a view of another storage.
        if isLegacy { pickle.none() }
      }
    }
  }

  private func integers(_ values: [Int], _ pickle: inout PickleEncoder) {
    pickle.tuple(values.count) { pickle in for value in values { pickle.int(value) } }
  }

  private mutating func quantizer(
    _ quantizer: Quantizer, index: Int, _ pickle: inout PickleEncoder
  ) throws {
    switch quantizer {
    case .perTensor(let scale, let zeroPoint):
      pickle.tuple(3) { pickle in
        pickle.global(GlobalName(module: "torch", name: "per_tensor_affine"))
        pickle.float(scale)
        pickle.int(zeroPoint)
      }
    case .perChannel(let scales, let zeroPoints, let axis):
      try pickle.tuple(4) { pickle in
        pickle.global(GlobalName(module: "torch", name: "per_channel_affine"))
        try tensor(scales, as: scales.dtype, index: index, &pickle)
        try tensor(zeroPoints, as: zeroPoints.dtype, index: index, &pickle)
        pickle.int(axis)
      }
    }
  }
}

extension Quantizer {
  /// The tensors of the quantizer's parameters.
  fileprivate var tensors: [Tensor] {
    if case .perChannel(let scales, let zeroPoints, _) = self { [scales, zeroPoints] } else { [] }
  }
}
