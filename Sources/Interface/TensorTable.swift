import CPthInterface
import OrderedCollections
import PthBytes
import PthTensors

/// A state dict in C structures: flat arrays that are neither moved nor changed.
final class TensorTable: @unchecked Sendable {
  /// The storages, in the order of the table.
  let storages: [TensorStorage]
  /// The tensors, in the order of the table.
  let tensors: [Tensor]
  /// The C structure; valid as long as this object lives.
  let table: UnsafePointer<pthconv_table>

  private let memory: [OwnedBuffer]

  /// - Parameter files: The files that storages may be mapped from.
  init(_ state: StateDict, in files: [MappedFile]) {
    let tensors = Array(state.tensors.values)
    var storages = StorageRows(files)
    let indices = tensors.map { storages.index(of: $0.storage) }
    let names = NamePool(state.tensors.keys)
    let dtypes = NamePool(DType.allCases.map(\.rawValue))
    let dtypeIndex = Dictionary(
      uniqueKeysWithValues: DType.allCases.enumerated().map { ($0.element, $0.offset) })
    let dimensionCount = tensors.reduce(0) { $0 + 2 * $1.shape.count }
    let (dimensionMemory, dimensions) = Self.array(of: Int64.self, count: dimensionCount)
    let (tensorMemory, rows) = Self.array(of: pthconv_tensor.self, count: tensors.count)
    var next = 0
    func add(_ lengths: [Int]) -> UnsafePointer<Int64> {
      let start = dimensions + next
      for length in lengths {
        (dimensions + next).initialize(to: Int64(length))
        next += 1
      }
      return UnsafePointer(start)
    }
    for (number, tensor) in tensors.enumerated() {
      let (shape, strides) = (add(tensor.shape), add(tensor.strides))
      let storage = storages.rows[indices[number]]
      let quantization = Quantization(tensor.quantizer)
      (rows + number).initialize(
        to: pthconv_tensor(
          name: names.start(number), name_length: UInt64(names.length(number)),
          dtype: dtypes.start(dtypeIndex[tensor.dtype] ?? 0), ndim: UInt64(tensor.shape.count),
          shape: shape, strides: strides, storage_offset: UInt64(tensor.storageOffset),
          storage: UInt64(indices[number]), nbytes: UInt64(tensor.byteCount),
          // An empty tensor's offset may be beyond the end of its storage.
          data: tensor.elementCount == 0
            ? storage.data
            : storage.data.map {
              $0 + tensor.storageOffset * tensor.dtype.itemSize / tensor.dtype.elementsPerByte
            },
          quantization: quantization.kind, scale: quantization.scale,
          zero_point: quantization.zeroPoint))
    }
    let (storageMemory, storageRows) = Self.array(
      of: pthconv_storage.self, count: storages.rows.count)
    storageRows.initialize(from: storages.rows, count: storages.rows.count)
    let (mappingMemory, mappings) = Self.array(of: pthconv_mapping.self, count: files.count)
    for (number, file) in files.enumerated() {
      (mappings + number).initialize(
        to: pthconv_mapping(
          data: UnsafeMutableRawPointer(mutating: file.bytes.baseAddress),
          nbytes: UInt64(file.bytes.count)))
    }
    let (tableMemory, table) = Self.array(of: pthconv_table.self, count: 1)
    table.initialize(
      to: pthconv_table(
        tensors: rows, tensor_count: UInt64(tensors.count), storages: storageRows,
        storage_count: UInt64(storages.rows.count), mappings: mappings,
        mapping_count: UInt64(files.count), dimensions: dimensions,
        dimension_count: UInt64(dimensionCount), names: names.start(0),
        names_size: UInt64(names.size)))
    self.tensors = tensors
    self.storages = storages.storages
    self.table = UnsafePointer(table)
    memory = [
      dimensionMemory, tensorMemory, storageMemory, mappingMemory, tableMemory, names.memory,
      dtypes.memory,
    ]
  }

  private static func array<Element>(of type: Element.Type, count: Int) -> (
    OwnedBuffer, UnsafeMutablePointer<Element>
  ) {
    let buffer = OwnedBuffer(count: max(1, count) * MemoryLayout<Element>.stride)
    return (buffer, buffer.memory.baseAddress!.bindMemory(to: type, capacity: max(1, count)))
  }
}

/// The storages of a state dict, each listed once.
private struct StorageRows {
  private(set) var storages: [TensorStorage] = []
  private(set) var rows: [pthconv_storage] = []
  private var indices: [ObjectIdentifier: Int] = [:]
  private let mappings: [ObjectIdentifier: Int]

  init(_ files: [MappedFile]) {
    mappings = Dictionary(
      files.enumerated().map { (ObjectIdentifier($0.element), $0.offset) },
      uniquingKeysWith: { first, _ in first })
  }

  mutating func index(of storage: TensorStorage) -> Int {
    if let known = indices[ObjectIdentifier(storage)] { return known }
    var root: (index: Int, offset: Int)?
    let bytes = storage.bytesAtHand
    if let parent = storage.parent, let offset = storage.offsetInParent {
      root = (index(of: parent), offset)
    }
    let mapping = bytes.flatMap { MappedFile.origin(of: $0) }
      .flatMap { mappings[ObjectIdentifier($0.file)] }
    let index = storages.count
    indices[ObjectIdentifier(storage)] = index
    storages.append(storage)
    rows.append(
      pthconv_storage(
        data: bytes.map { UnsafeMutableRawPointer(mutating: $0.baseAddress) },
        nbytes: UInt64(storage.byteCount), root: UInt64(root?.index ?? index),
        root_offset: UInt64(root?.offset ?? 0), mapping: mapping.map(UInt64.init) ?? .max,
        is_meta: storage.isMeta ? 1 : 0))
    return index
  }
}

/// NUL-terminated strings in one block of memory.
private struct NamePool {
  let memory: OwnedBuffer
  let size: Int
  private let starts: [Int]

  init(_ names: some Sequence<String>) {
    var bytes: [UInt8] = []
    var starts: [Int] = []
    for name in names {
      starts.append(bytes.count)
      bytes.append(contentsOf: name.utf8)
      bytes.append(0)
    }
    memory = OwnedBuffer(count: max(1, bytes.count))
    memory.memory.copyBytes(from: bytes)
    size = bytes.count
    self.starts = starts + [bytes.count]
  }

  /// The string at this index; without strings, index 0 is the beginning of the block.
  func start(_ number: Int) -> UnsafePointer<CChar> {
    UnsafePointer(
      (memory.memory.baseAddress! + starts[number]).assumingMemoryBound(to: CChar.self))
  }

  func length(_ number: Int) -> Int { starts[number + 1] - starts[number] - 1 }
}

/// The quantizer's fields in a table row.
private struct Quantization {
  var kind: UInt64 = 0
  var scale = 0.0
  var zeroPoint: Int64 = 0

  init(_ quantizer: Quantizer?) {
    switch quantizer {
    case nil: break
    case .perTensor(let scale, let zeroPoint):
      (kind, self.scale, self.zeroPoint) = (1, scale, Int64(zeroPoint))
    case .perChannel: kind = 2
    }
  }
}
