/// The allow-list and, to name the danger, a deny-list. What is on neither is unknown; a deny-list
/// alone can always be walked around.
enum TrustedGlobals {
  /// What the audit thinks of a name by itself.
  enum Standing {
    case harmless
    /// Harmless with certain arguments, which ``PickleAudit`` looks at.
    case conditional
    case dangerous(String)
    case unknown
  }

  static func standing(of global: GlobalName) -> Standing {
    let global = global.inPython3
    let package = String(global.module.prefix { $0 != "." })
    if conditional.contains(global.description) { return .conditional }
    if isHarmless(global) { return .harmless }
    if let what = dangerousModules.first(where: { global.isInside($0.key) })?.value {
      return .dangerous(what)
    }
    if let names = dangerousNames[global.module],
      names.split(separator: " ").contains(where: { global.name == $0 })
    {
      return .dangerous("can run code or touch the system")
    }
    if global.module == "builtins" { return .dangerous("is a function of Python itself") }
    // `torch.nn.modules.module` has an attribute `torch`, which has `os`, which has `system`.
    if global.name.contains("."), trustedPackages.contains(package) {
      return .dangerous("reaches through a module by a dotted name")
    }
    return .unknown
  }

  private static func isHarmless(_ global: GlobalName) -> Bool {
    WeightsOnlyTable.contains(harmless, global)
      || WeightsOnlyTable.contains(TorchModuleClasses.names, global)
      || WeightsOnlyTable.allows(global)
      || (global.module == "torch" && torchSuffixes.contains { suffix in
        global.name.hasSuffix(suffix) && !global.name.contains(".")
      })
  }

  private static let torchSuffixes = ["Storage", "Tensor"]

  private static let trustedPackages: Set<String> = [
    "torch", "numpy", "builtins", "collections", "datetime", "pathlib", "argparse", "copyreg",
    "mmengine", "omegaconf", "lightning", "pytorch_lightning", "lightning_fabric", "timm",
  ]

  /// Callables that are safe for some arguments.
  static let conditional: Set<String> = [
    "builtins.getattr", "_codecs.encode", "torch.storage._load_from_bytes",
    "torch._tensor._rebuild_from_type_v2", "torch._tensor._rebuild_from_type",
    "torch.tensor._rebuild_from_type", "copyreg._reconstructor", "copyreg.__newobj__",
  ]

  /// `getattr(class, name)` that real checkpoints do: mmengine's HistoryBuffer registers its
  /// statistics as methods.
  static let literalAttributes: [String: Set<String>] = [
    "mmengine.logging.history_buffer.HistoryBuffer": ["min", "max", "mean", "current"]
  ]

  /// Encodings that `_codecs.encode` is used with to write bytes in protocol 2.
  static let literalEncodings: Set<String> = ["latin1", "latin-1", "ascii", "utf-8", "utf8"]

  /// Constructors and rebuild functions that make values and do nothing else.
  private static let harmless: [String: String] = [
    "builtins": """
      object set frozenset list dict tuple bytes bytearray complex int float str bool slice range \
      xrange long unicode basestring \
      ValueError TypeError KeyError RuntimeError Exception Ellipsis NotImplemented
      """,
    "collections": "OrderedDict defaultdict Counter deque",
    "argparse": "Namespace",
    "types": "SimpleNamespace",
    "enum": "Enum IntEnum",
    "typing": "Any",
    "datetime": "date datetime time timedelta timezone",
    "decimal": "Decimal",
    "fractions": "Fraction",
    "uuid": "UUID SafeUUID",
    "pathlib": "Path PosixPath WindowsPath PurePath PurePosixPath PureWindowsPath",
    "pathlib._local": "Path PosixPath WindowsPath PurePath PurePosixPath PureWindowsPath",
    "numpy": """
      ndarray dtype bool bool_ float16 float32 float64 int8 int16 int32 int64 uint8 uint16 uint32 \
      uint64 complex64 complex128 longlong ulonglong str_ bytes_ void
      """,
    "numpy.dtypes": """
      BoolDType Float16DType Float32DType Float64DType Int8DType Int16DType Int32DType Int64DType \
      UInt8DType UInt16DType UInt32DType UInt64DType Complex64DType Complex128DType
      """,
    "numpy.core.multiarray": "_reconstruct scalar",
    "numpy._core.multiarray": "_reconstruct scalar",
    "numpy.core.numeric": "_frombuffer",
    "numpy._core.numeric": "_frombuffer",
    "numpy.random._pickle": "__randomstate_ctor __bit_generator_ctor __generator_ctor",
    "numpy.random._mt19937": "MT19937",
    "torch": """
      Tensor Size device dtype Generator Storage \
      sparse_coo sparse_csr sparse_csc sparse_bsr sparse_bsc strided \
      contiguous_format channels_last channels_last_3d preserve_format
      """,
    "torch._utils": """
      _rebuild_tensor _rebuild_tensor_v2 _rebuild_tensor_v3 _rebuild_parameter \
      _rebuild_parameter_with_state _rebuild_qtensor _rebuild_sparse_tensor \
      _rebuild_sparse_csr_tensor _rebuild_nested_tensor _rebuild_meta_tensor_no_storage \
      _rebuild_wrapper_subclass _rebuild_device_tensor_from_numpy \
      _rebuild_device_tensor_from_cpu_tensor _rebuild_xla_tensor
      """,
    "torch.autograd.variable": "Variable",
    "torch.nn.functional": """
      relu relu6 gelu silu mish elu selu celu leaky_relu prelu sigmoid tanh softmax log_softmax \
      hardswish hardsigmoid hardtanh softplus
      """,
    "torch.backends.cudnn.rnn": "Unserializable",
    "torch.jit._pickle": """
      build_intlist build_tensorlist build_doublelist build_boollist build_tensor_from_id \
      restore_type_tag
      """,
    "torch.optim.sgd": "SGD",
    "torch.optim.adam": "Adam",
    "torch.optim.adamw": "AdamW",
    "torch.optim.rmsprop": "RMSprop",
    "torch.optim.adagrad": "Adagrad",
    "torch.optim.lr_scheduler": """
      StepLR MultiStepLR ExponentialLR CosineAnnealingLR LambdaLR LinearLR ConstantLR OneCycleLR \
      CyclicLR ReduceLROnPlateau CosineAnnealingWarmRestarts PolynomialLR SequentialLR
      """,
    "torch.torch_version": "TorchVersion",
    "torch.distributed.tensor": "DTensor",
    "torch.distributed.tensor._dtensor_spec": "DTensorSpec TensorMeta",
    "torch.distributed.tensor.placement_types": "Replicate Shard Partial",
    "torch.distributed.device_mesh": "DeviceMesh",
    "mmengine.logging.history_buffer": "HistoryBuffer",
    "mmengine.config.config": "ConfigDict",
    "mmcv.utils.config": "ConfigDict",
    "addict.addict": "Dict",
    "easydict": "EasyDict",
    "yacs.config": "CfgNode",
    "omegaconf.dictconfig": "DictConfig",
    "omegaconf.listconfig": "ListConfig",
    "omegaconf.base": "ContainerMetadata Metadata Node",
    "omegaconf.nodes": "AnyNode StringNode IntegerNode FloatNode BooleanNode BytesNode PathNode",
    "pytorch_lightning.utilities.parsing": "AttributeDict",
    "lightning_fabric.utilities.data": "AttributeDict",
    "lightning.fabric.utilities.data": "AttributeDict",
    "pytorch_lightning.callbacks.model_checkpoint": "ModelCheckpoint",
    "pytorch_lightning.callbacks.early_stopping": "EarlyStopping",
    "lightning.pytorch.callbacks.model_checkpoint": "ModelCheckpoint",
    "lightning.pytorch.callbacks.early_stopping": "EarlyStopping",
  ]

  /// Modules of which every function may do harm, and what harm.
  private static let dangerousModules: [String: String] = {
    let groups = [
      "runs programs or changes the system": """
        os posix nt sys subprocess commands popen2 pty shutil signal multiprocessing threading \
        _thread concurrent platform ctypes _ctypes cffi resource fcntl winreg msvcrt
        """,
      "runs code": """
        runpy importlib imp code codeop marshal pickle _pickle cPickle dill cloudpickle joblib \
        shelve timeit cProfile profile trace bdb pdb idlelib doctest unittest pydoc test lib2to3 \
        pip ensurepip venv distutils setuptools pkg_resources pkgutil zipimport inspect ast gc \
        site linecache logging.config xdrlib IPython jupyter execnet \
        torch.utils.cpp_extension torch.utils.collect_env torch.utils.bottleneck torch.hub \
        torch.package torch.fx torch._inductor torch._dynamo torch.multiprocessing \
        torch.distributed.launch torch.distributed.run torch.distributed.elastic \
        numpy.testing numpy.f2py numpy.distutils pandas.io pandas.core.computation
        """,
      "opens connections": """
        socket ssl urllib urllib2 http httplib ftplib smtplib telnetlib poplib imaplib xmlrpc \
        socketserver webbrowser requests aiohttp asyncio antigravity
        """,
      "opens files": "io _io fileinput tempfile sqlite3 dbm zipfile tarfile mmap codecs",
      "calls indirectly": "operator _operator functools _functools itertools weakref",
    ]
    var table: [String: String] = [:]
    for (what, modules) in groups {
      for module in modules.split(whereSeparator: { $0 == " " || $0 == "\n" }) {
        table[String(module)] = what
      }
    }
    return table
  }()

  /// Single functions of modules that are otherwise unknown or harmless.
  private static let dangerousNames: [String: String] = [
    "torch": "load save compile import_ir_module",
    "torch.serialization": "load save",
    "torch.jit": "load save script trace",
    "torch.jit._serialization": "load save",
    "torch.jit.unsupported_tensor_ops": "execWrapper",
    "torch.storage": "_load_from_bytes",
    "torch._utils": "_import_dotted_name",
    "torch._utils_internal": "get_file_path",
    "numpy": "load save savez fromfile memmap loadtxt genfromtxt savetxt DataSource",
    "numpy.lib.npyio": "load save NpzFile DataSource",
    "types": "FunctionType CodeType MethodType LambdaType ModuleType GeneratorType",
    "copyreg": "add_extension remove_extension clear_extension_cache pickle",
    "collections": "namedtuple UserDict",
    "_codecs": "decode lookup register",
    "builtins": "eval exec compile __import__ open getattr setattr delattr",
  ]
}

extension GlobalName {
  /// Python 2's name for a thing translated to Python 3's, as unpickling does below protocol 3.
  var inPython3: GlobalName {
    let modules = [
      "__builtin__": "builtins", "copy_reg": "copyreg", "exceptions": "builtins",
      "UserDict": "collections",
    ]
    return modules[module].map { GlobalName(module: $0, name: name) } ?? self
  }

  /// Whether the name belongs to a package: its module is the package or lies in it, or the
  /// dotted name leads there.
  func isInside(_ package: String) -> Bool {
    module == package || module.hasPrefix(package + ".")
      || "\(module).\(name)".hasPrefix(package + ".")
  }
}
