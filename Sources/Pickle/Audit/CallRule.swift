/// How an allow-listed callable may be called, and what its result is. A callable without a rule is harmless only as a
/// value.
enum CallRule {
  /// Plain arguments give a plain value.
  case plain
  /// A literal container or plain arguments give a container.
  case container(Members)
  /// `defaultdict`, which calls its first argument for each missing key.
  case factory
  /// Tensors and plain values give a tensor. `classAt` is the index of an argument that names a class, if there is
  /// one.
  case tensor(classAt: Int?)
  /// An instance made without arguments, which then gets a state: `torch.nn` modules.
  case module
  /// Plain arguments or tensors give an instance, which may then get items and a state.
  case object(Members, mayHoldNames: Bool)
  /// Returns its first argument.
  case identity
  /// A class that makes Python crash if a state is set before its constructor has run.
  case constructed
  case numpy(NumpyCall)
  /// Harmless only with certain arguments.
  case conditional(ConditionalCall)

  /// The kinds of items that a value accepts.
  struct Members: OptionSet {
    let rawValue: UInt8
    static let elements = Members(rawValue: 1)
    static let entries = Members(rawValue: 2)
  }

  enum NumpyCall { case dtype, reconstruct, scalar, fromBuffer, randomState, bitGenerator, wrapper }

  enum ConditionalCall {
    case attribute, encoding, nestedPickle, rebuildFromType, reconstructor, newObject, partial, type
  }

  var isConditional: Bool {
    if case .conditional = self { true } else { false }
  }

  static func of(_ global: GlobalName) -> CallRule? {
    if let rule = table[global] { return rule }
    guard TorchModuleClasses.table.contains(global) else { return nil }
    return global.name.hasPrefix("_") ? nil : .module
  }

  /// The names that have a rule, by module.
  private static let table: [GlobalName: CallRule] = {
    var table: [GlobalName: CallRule] = [:]
    for (rule, modules) in groups {
      for (module, names) in modules {
        for name in names.split(whereSeparator: { $0 == " " || $0 == "\n" }) {
          table[GlobalName(module: module, name: String(name))] = rule
        }
      }
    }
    return table
  }()

  private static let groups: [(CallRule, [String: String])] = [
    (
      .plain,
      [
        "builtins": """
        object bytes bytearray complex int float str bool slice range xrange long unicode \
        basestring ValueError TypeError KeyError RuntimeError Exception
        """,
        "datetime": "date datetime time timedelta timezone",
        "decimal": "Decimal",
        "fractions": "Fraction",
        "uuid": "SafeUUID",
        "zoneinfo": "ZoneInfo ZoneInfo._unpickle",
        "pathlib": "Path PosixPath WindowsPath PurePath PurePosixPath PureWindowsPath",
        "pathlib._local": "Path PosixPath WindowsPath PurePath PurePosixPath PureWindowsPath",
        "numpy": """
        bool_ float16 float32 float64 int8 int16 int32 int64 uint8 uint16 uint32 uint64 \
        complex64 complex128 longlong ulonglong str_ bytes_
        """,
        "torch": "Size device",
        "torch.serialization": "_get_layout",
        "torch.torch_version": "TorchVersion",
        "torch.distributed.checkpoint.metadata": "_MEM_FORMAT_ENCODING",
        "torch.nn.modules.module": "_IncompatibleKeys",
      ]
    ),
    (
      .container([.elements]),
      ["builtins": "list set frozenset tuple", "collections": "deque"]
    ),
    (
      .container([.entries]),
      ["builtins": "dict", "collections": "OrderedDict Counter"]
    ),
    (.factory, ["collections": "defaultdict"]),
    (
      .tensor(classAt: nil),
      [
        "torch._utils": """
        _rebuild_tensor _rebuild_tensor_v2 _rebuild_tensor_v3 _rebuild_parameter \
        _rebuild_parameter_with_state _rebuild_qtensor _rebuild_sparse_tensor \
        _rebuild_sparse_csr_tensor _rebuild_nested_tensor _rebuild_meta_tensor_no_storage \
        _rebuild_device_tensor_from_numpy _rebuild_device_tensor_from_cpu_tensor \
        _rebuild_xla_tensor
        """,
        "torch.nn.parameter": "Parameter Buffer UninitializedParameter UninitializedBuffer",
        "torch.autograd.variable": "Variable",
        "torch": """
        Tensor FloatTensor DoubleTensor HalfTensor BFloat16Tensor ByteTensor CharTensor \
        ShortTensor IntTensor LongTensor BoolTensor
        """,
        "torch.cuda": """
        FloatTensor DoubleTensor HalfTensor BFloat16Tensor ByteTensor CharTensor ShortTensor \
        IntTensor LongTensor BoolTensor
        """,
      ]
    ),
    (.tensor(classAt: 0), ["torch._utils": "_rebuild_wrapper_subclass"]),
    (
      .module,
      [
        "torch.nn.parallel.data_parallel": "DataParallel",
        "torch.nn.parallel.distributed": "DistributedDataParallel",
        "torch.nn.modules.module": "_WrappedHook",
        "torch.backends.cudnn.rnn": "Unserializable",
        "torch.optim.swa_utils": "AveragedModel",
      ]
    ),
    (
      .object([], mayHoldNames: false),
      [
        "uuid": "UUID",
        "torch.optim.sgd": "SGD",
        "torch.optim.adam": "Adam",
        "torch.optim.adamw": "AdamW",
        "torch.optim.adamax": "Adamax",
        "torch.optim.adadelta": "Adadelta",
        "torch.optim.adagrad": "Adagrad",
        "torch.optim.asgd": "ASGD",
        "torch.optim.nadam": "NAdam",
        "torch.optim.radam": "RAdam",
        "torch.optim.rmsprop": "RMSprop",
        "torch.optim.rprop": "Rprop",
        "torch.optim.lbfgs": "LBFGS",
        "torch.optim.lr_scheduler": """
        StepLR MultiStepLR ExponentialLR CosineAnnealingLR LambdaLR LinearLR ConstantLR \
        OneCycleLR CyclicLR ReduceLROnPlateau CosineAnnealingWarmRestarts PolynomialLR \
        SequentialLR MultiplicativeLR ChainedScheduler
        """,
        "torch.optim.swa_utils": "SWALR",
        "torch.distributed.tensor": "DTensor",
        "torch.distributed.tensor._dtensor_spec": "DTensorSpec TensorMeta",
        "torch.distributed.tensor.placement_types": "Replicate Shard Partial",
        "torch.distributed.checkpoint.metadata": """
        Metadata MetadataIndex TensorStorageMetadata ChunkStorageMetadata BytesStorageMetadata \
        TensorProperties StorageMeta
        """,
        "torch.distributed.checkpoint.filesystem": "_StorageInfo",
        "torch.nn.utils.rnn": "PackedSequence",
        "mmengine.logging.history_buffer": "HistoryBuffer",
        "pytorch_lightning.callbacks.model_checkpoint": "ModelCheckpoint",
        "pytorch_lightning.callbacks.early_stopping": "EarlyStopping",
        "lightning.pytorch.callbacks.model_checkpoint": "ModelCheckpoint",
        "lightning.pytorch.callbacks.early_stopping": "EarlyStopping",
      ]
    ),
    (
      .object([], mayHoldNames: true),
      ["argparse": "Namespace", "types": "SimpleNamespace"]
    ),
    (
      .object([.entries], mayHoldNames: false),
      [
        "mmengine.config.config": "ConfigDict",
        "mmcv.utils.config": "ConfigDict",
        "addict.addict": "Dict",
        "easydict": "EasyDict",
        "yacs.config": "CfgNode",
        "pytorch_lightning.utilities.parsing": "AttributeDict",
        "lightning_fabric.utilities.data": "AttributeDict",
        "lightning.fabric.utilities.data": "AttributeDict",
      ]
    ),
    (
      .identity,
      [
        "torch.jit._pickle": """
        build_intlist build_tensorlist build_doublelist build_boollist build_tensor_from_id \
        restore_type_tag
        """
      ]
    ),
    (.constructed, ["torch._C": "Generator", "torch": "Generator"]),
    (.numpy(.dtype), ["numpy": "dtype"]),
    (
      .numpy(.reconstruct),
      ["numpy.core.multiarray": "_reconstruct", "numpy._core.multiarray": "_reconstruct"]
    ),
    (.numpy(.scalar), ["numpy.core.multiarray": "scalar", "numpy._core.multiarray": "scalar"]),
    (
      .numpy(.fromBuffer),
      ["numpy.core.numeric": "_frombuffer", "numpy._core.numeric": "_frombuffer"]
    ),
    (
      .numpy(.randomState),
      ["numpy.random._pickle": "__randomstate_ctor __bit_generator_ctor __generator_ctor"]
    ),
    (
      .numpy(.bitGenerator),
      [
        "numpy.random._mt19937": "MT19937",
        "numpy.random._pcg64": "PCG64 PCG64DXSM",
        "numpy.random._philox": "Philox",
        "numpy.random._sfc64": "SFC64",
        "numpy.random.bit_generator": "SeedSequence __pyx_unpickle_SeedSequence",
      ]
    ),
    (.numpy(.wrapper), ["joblib.numpy_pickle": "NumpyArrayWrapper"]),
    (.conditional(.attribute), ["builtins": "getattr"]),
    (.conditional(.encoding), ["_codecs": "encode"]),
    (.conditional(.nestedPickle), ["torch.storage": "_load_from_bytes"]),
    (
      .conditional(.rebuildFromType),
      [
        "torch._tensor": "_rebuild_from_type_v2 _rebuild_from_type",
        "torch.tensor": "_rebuild_from_type",
      ]
    ),
    (.conditional(.reconstructor), ["copyreg": "_reconstructor"]),
    (.conditional(.newObject), ["copyreg": "__newobj__"]),
    (.conditional(.partial), ["functools": "partial"]),
    (.conditional(.type), ["builtins": "type"]),
  ]
}
