import PthBytes
import OrderedCollections
import PthTensors

/// The storages of a torch file, and the view of them that each tensor is.
///
/// A storage that several tensors share is written once. A storage is written whole if views are to be kept, or if
/// that takes no more bytes than its tensors' elements; otherwise each tensor's elements are written separately, in C
/// order.
struct TorchStorages {
  struct Storage {
    let data: OutputData
    let dtype: DType
    /// The size that the file states: elements, or bytes for a dtype without a storage class.
    var elementCount: Int {
      data.byteCount / (TorchNames.storageClass(dtype) == nil ? 1 : dtype.itemSize)
    }
  }

  /// A tensor as a view of a storage in ``storages``, with offset and strides in elements.
  struct View {
    let storage: Int
    let dtype: DType
    let offset: Int
    let shape: [Int]
    let strides: [Int]
    let quantizer: Quantizer?
  }

  private(set) var storages: [Storage] = []
  private var plans: [ObjectIdentifier: Plan] = [:]
  private let keepsViews: Bool

  /// What is known about one storage of the source.
  private struct Plan {
    /// Distinct views of the storage.
    var views: Set<Region> = []
    /// The storage's number in the output if it is written whole.
    var whole: Int?
    /// The numbers of the views that are written separately.
    var separate: [Region: Int] = [:]
  }

  private struct Region: Hashable {
    let source: DType
    let dtype: DType
    let offset: Int
    let shape: [Int]
    let strides: [Int]
    let byteCount: Int
  }

  /// - Parameter tensors: All tensors that will be written, so that sharing is known in advance.
  init(_ tensors: [(tensor: Tensor, dtype: DType)], keepsViews: Bool) {
    self.keepsViews = keepsViews
    for (tensor, dtype) in tensors {
      let (root, region) = Self.locate(tensor, as: dtype)
      plans[ObjectIdentifier(root), default: Plan()].views.insert(region)
    }
  }

  /// The outermost storage that contains the tensor's elements, and their place in it.
  private static func locate(_ tensor: Tensor, as dtype: DType) -> (TensorStorage, Region) {
    var offset = tensor.storageOffset
    var root = tensor.storage
    if let parent = root.parent, let start = root.offsetInParent,
      start % tensor.dtype.itemSize == 0
    {
      offset += start / tensor.dtype.itemSize * tensor.dtype.elementsPerByte
      root = parent
    }
    return (
      root,
      Region(
        source: tensor.dtype, dtype: dtype, offset: offset, shape: tensor.shape,
        strides: tensor.strides, byteCount: tensor.byteCount)
    )
  }

  /// The view for a tensor; the storage gets its number when it is first used.
  ///
  /// - Parameter index: The tensor's index, under which elements that become infinite are counted.
  mutating func view(of tensor: Tensor, as dtype: DType, index: Int) throws -> View {
    let (root, region) = Self.locate(tensor, as: dtype)
    let identity = ObjectIdentifier(root)
    var plan = plans[identity] ?? Plan(views: [region])
    defer { plans[identity] = plan }
    if isKeptWhole(root, plan) {
      let number = plan.whole ?? storages.count
      if plan.whole == nil {
        let flat = try root.flatTensor(tensor.dtype)
        storages.append(Storage(data: try OutputData(flat, as: dtype, index: index), dtype: dtype))
        plan.whole = number
      }
      return View(
        storage: number, dtype: dtype, offset: region.offset, shape: tensor.shape,
        strides: tensor.strides, quantizer: tensor.quantizer)
    }
    let number = plan.separate[region] ?? storages.count
    if plan.separate[region] == nil {
      storages.append(
        Storage(data: try OutputData(tensor, as: dtype, index: index), dtype: dtype))
      plan.separate[region] = number
    }
    return View(
      storage: number, dtype: dtype, offset: 0, shape: tensor.shape,
      strides: Tensor.contiguousStrides(of: tensor.shape) ?? [], quantizer: tensor.quantizer)
  }

  private func isKeptWhole(_ root: TensorStorage, _ plan: Plan) -> Bool {
    // PyTorch refuses one storage with two dtypes.
    guard let first = plan.views.first,
      plan.views.allSatisfy({ $0.source == first.source && $0.dtype == first.dtype })
    else { return false }
    return keepsViews || root.byteCount <= plan.views.reduce(0) { $0 + $1.byteCount }
  }
}
