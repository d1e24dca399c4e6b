import PthBytes
import PthPickle
import PthTensors

/// Checks the indices of sparse tensors, as `torch.load(weights_only=True)` does before it returns.
struct SparseIndices {
  enum Finding: Equatable {
    case fine
    case wrong(String)
    /// Not checked: the indices have an unknown form, or there are too many.
    case untold
  }

  private static let functions: Set<String> = [
    "torch._utils._rebuild_sparse_tensor", "torch._utils._rebuild_sparse_csr_tensor",
  ]
  private static let compressedLayouts: Set<String> = [
    "sparse_csr", "sparse_csc", "sparse_bsr", "sparse_bsc",
  ]
  /// The maximum number of indices that are read.
  private static let maximumCount = 1 << 24

  private let reader: ObjectReader
  private var left = Self.maximumCount

  /// Whether the pickle rebuilds sparse tensors.
  static func occur(in document: PickleDocument) -> Bool {
    document.handles.contains {
      document.kind($0) == .global
        && document.globalName($0).map { functions.contains($0.description) } == true
    }
  }

  /// - Parameter storages: The storages behind the pickle's persistent ids.
  static func check(_ document: PickleDocument, _ storages: StorageTable) -> Finding {
    var check = SparseIndices(
      reader: ObjectReader(document, persistentObjects: storages))
    var worst = Finding.fine
    for handle in document.handles {
      guard let call = document.call(handle),
        let name = document.globalName(call.callable), functions.contains(name.description)
      else { continue }
      switch (try? check.finding(call)) ?? .untold {
      case .wrong(let what): return .wrong(what)
      case .untold: worst = .untold
      case .fine: break
      }
    }
    return worst
  }

  private mutating func finding(_ call: PickleCall) throws -> Finding {
    let arguments = reader.document.firstElements(call.arguments, 3)
    guard arguments.count == 2 else { return .untold }
    let parts = reader.document.firstElements(arguments[1], 6)
    let layout = try RebuildTable.layoutName(reader, arguments[0])
    switch layout.split(separator: ".").last.map(String.init) {
    case "sparse_coo"? where parts.count == 3 || parts.count == 4:
      let isCoalesced = parts.count == 4 && reader.document.bool(parts[3]) != false
      return try coordinates(
        reader.tensor(parts[0], "indices"), reader.tensor(parts[1], "values"),
        reader.integers(parts[2], "size"), isCoalesced: isCoalesced)
    case let name? where Self.compressedLayouts.contains(name) && parts.count == 4:
      let values = try reader.tensor(parts[2], "values")
      var size = try reader.integers(parts[3], "size")
      var block = Array(values.shape.dropFirst())
      if !name.hasPrefix("sparse_b"), block.isEmpty { block = [1, 1] }
      guard size.count == 2, block.count == 2,
        zip(size, block).allSatisfy({ $1 > 0 && $0 % $1 == 0 })
      else { return .untold }
      size = zip(size, block).map { $0 / $1 }
      return try compressed(
        reader.tensor(parts[0], "compressed indices"), reader.tensor(parts[1], "plain indices"),
        count: values.shape[0], name.hasSuffix("r") ? size : size.reversed())
    default: return .untold
    }
  }

  /// Checks COO: `indices` of shape (sparse dimensions, items), and `values` with one row per item.
  private mutating func coordinates(
    _ indices: Tensor, _ values: Tensor, _ size: [Int], isCoalesced: Bool
  ) throws -> Finding {
    guard indices.shape.count == 2, let count = values.shape.first, count == indices.shape[1],
      indices.shape[0] + values.shape.count - 1 == size.count,
      Array(values.shape.dropFirst()) == Array(size.dropFirst(indices.shape[0]))
    else { return .wrong("a sparse tensor whose parts do not fit together") }
    guard let numbers = try integers(indices) else { return .untold }
    for (position, number) in numbers.enumerated() {
      let limit = size[position / count]
      guard number >= 0, number < limit else { return Self.outside(number, limit) }
    }
    // A coalesced tensor's indices are strictly ascending, since equal ones were summed.
    for item in 1..<max(isCoalesced ? count : 1, 1) {
      let differing = (0..<indices.shape[0]).first {
        numbers[$0 * count + item] != numbers[$0 * count + item - 1]
      }
      guard let row = differing,
        numbers[row * count + item] > numbers[row * count + item - 1]
      else { return .wrong("a sparse tensor that is said to be coalesced and is not") }
    }
    return .fine
  }

  private static func outside(_ number: Int, _ size: Int) -> Finding {
    .wrong("a sparse tensor with the index \(number) where the size is \(size)")
  }

  /// Checks CSR and similar layouts: the start of each row among the items, and columns that ascend within a row.
  private mutating func compressed(
    _ starts: Tensor, _ plain: Tensor, count: Int, _ size: [Int]
  ) throws -> Finding {
    guard starts.shape == [size[0] + 1], plain.shape == [count] else { return .untold }
    guard let starts = try integers(starts), let plain = try integers(plain) else { return .untold }
    guard starts.first == 0, starts.last == plain.count else {
      return .wrong("a sparse tensor whose rows do not hold all of its items")
    }
    for (start, end) in zip(starts, starts.dropFirst()) {
      guard start <= end, end <= plain.count, end - start <= size[1] else {
        return .wrong("a sparse tensor with a row from item \(start) to \(end)")
      }
      var last = -1
      for number in plain[start..<end] {
        guard number >= 0, number < size[1] else { return Self.outside(number, size[1]) }
        guard number > last else {
          return .wrong("a sparse tensor whose indices do not ascend in a row")
        }
        last = number
      }
    }
    return .fine
  }

  /// The values of an int64 or int32 tensor; nil for other dtypes, or if there are too many.
  private mutating func integers(_ tensor: Tensor) throws -> [Int]? {
    guard tensor.elementCount <= left else { return nil }
    left -= tensor.elementCount
    let bytes = try tensor.contiguousBytes()
    switch tensor.dtype {
    case .int64:
      return try (0..<tensor.elementCount).map {
        Int(try bytes.integer(at: 8 * $0, as: Int64.self))
      }
    case .int32:
      return try (0..<tensor.elementCount).map {
        Int(try bytes.integer(at: 4 * $0, as: Int32.self))
      }
    default: return nil
    }
  }
}

extension FileAudit.WeightsOnly {
  /// The prediction for a file that is accepted except perhaps for its sparse tensors.
  init(_ finding: SparseIndices.Finding) {
    switch finding {
    case .fine: self = .accepted
    case .wrong(let what): self = .refused(what)
    case .untold: self = .notApplicable
    }
  }
}
