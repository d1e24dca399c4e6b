import PthBytes
import OrderedCollections
import PthTensors

/// Which storages a torch file gets, and which view of them each tensor is.
///
/// A storage into which several tensors look is written once. It is kept whole if that is not
/// larger than what its tensors show, or if views are to be kept; otherwise each tensor brings its
/// own elements, in C order.
struct TorchStorages {
  struct Storage {
    let data: OutputData
    let dtype: DType
    /// As the file counts them: elements, or bytes of a type without a storage class of its own.
    var elementCount: Int {
      data.byteCount / (TorchNames.storageClass(dtype) == nil ? 1 : dtype.itemSize)
    }
  }

  /// A tensor in terms of ``storages``.
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

  /// The plan for one storage of the source.
  private struct Plan {
    /// Distinct views of it.
    var views: Set<Region> = []
    /// Its number if it is kept whole.
    var whole: Int?
    /// The numbers of the views' own storages.
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

  /// - Parameter tensors: All that will be asked for, so that sharing is known before.
  init(_ tensors: [(tensor: Tensor, dtype: DType)], keepsViews: Bool) throws {
    self.keepsViews = keepsViews
    for (tensor, dtype) in tensors {
      let (root, region) = try Self.locate(tensor, as: dtype)
      plans[ObjectIdentifier(root), default: Plan()].views.insert(region)
    }
  }

  /// The outermost storage that contains the tensor's elements, and where they lie in it.
  private static func locate(_ tensor: Tensor, as dtype: DType) throws -> (TensorStorage, Region) {
    var offset = tensor.storageOffset
    var root = tensor.storage
    if let parent = root.parent {
      let distance = try root.bytes().baseAddress - parent.bytes().baseAddress
      if distance >= 0, distance % tensor.dtype.itemSize == 0 {
        offset += distance / tensor.dtype.itemSize * tensor.dtype.elementsPerByte
        root = parent
      }
    }
    return (
      root,
      Region(
        source: tensor.dtype, dtype: dtype, offset: offset, shape: tensor.shape,
        strides: tensor.strides, byteCount: tensor.byteCount)
    )
  }

  /// The view for a tensor; its storage gets a number at the first use.
  ///
  /// - Parameter index: of the tensor, under which its overflows are counted.
  mutating func view(of tensor: Tensor, as dtype: DType, index: Int) throws -> View {
    let (root, region) = try Self.locate(tensor, as: dtype)
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
    // PyTorch refuses one storage under two types.
    guard let first = plan.views.first,
      plan.views.allSatisfy({ $0.source == first.source && $0.dtype == first.dtype })
    else { return false }
    return keepsViews || root.byteCount <= plan.views.reduce(0) { $0 + $1.byteCount }
  }
}
