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
    if let what = dangerous(global) { return .dangerous(what) }
    if global.module == "builtins" { return .dangerous("is a function of Python itself") }
    // `torch.nn.modules.module` has an attribute `torch`, which has `os`, which has `system`.
    if global.name.contains("."), trustedPackages.contains(package) {
      return .dangerous("reaches through a module by a dotted name")
    }
    return .unknown
  }

  /// What is dangerous about a name, wherever its dotted path is cut: the module `torch` and the
  /// name `hub.load` are the same as `torch.hub` and `load`.
  private static func dangerous(_ global: GlobalName) -> String? {
    var path = ""
    for part in global.description.split(separator: ".") {
      path += path.isEmpty ? String(part) : "." + part
      if let what = dangerousPaths[path] { return what }
    }
    return nil
  }

  private static func isHarmless(_ global: GlobalName) -> Bool {
    WeightsOnlyTable.contains(harmless, global)
      || WeightsOnlyTable.contains(TorchModuleClasses.names, global)
      || WeightsOnlyTable.allows(global)
      || (global.module == "torch"
        && torchSuffixes.contains { suffix in
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

  /// Bases that `copyreg._reconstructor` is given by real pickles.
  static let plainBases: Set<String> = [
    "builtins.object", "builtins.dict", "builtins.list", "builtins.set", "builtins.tuple",
    "builtins.int", "builtins.float", "builtins.str",
  ]

  /// Functions and classes that real files name as values and never call while loading.
  static func isReferenceOnly(_ global: GlobalName) -> Bool {
    ["torch.nn.functional", "enum", "typing", "torch.distributed.device_mesh"]
      .contains(global.module)
  }

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
    "numpy.random._pcg64": "PCG64 PCG64DXSM",
    "numpy.random._philox": "Philox",
    "numpy.random._sfc64": "SFC64",
    "numpy.random.bit_generator": "SeedSequence __pyx_unpickle_SeedSequence",
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
    "pytorch_lightning.utilities.parsing": "AttributeDict",
    "lightning_fabric.utilities.data": "AttributeDict",
    "lightning.fabric.utilities.data": "AttributeDict",
    "pytorch_lightning.callbacks.model_checkpoint": "ModelCheckpoint",
    "pytorch_lightning.callbacks.early_stopping": "EarlyStopping",
    "lightning.pytorch.callbacks.model_checkpoint": "ModelCheckpoint",
    "lightning.pytorch.callbacks.early_stopping": "EarlyStopping",
  ]

  /// Modules of which every function may do harm, single functions of others, and what harm.
  private static let dangerousPaths: [String: String] = {
    let groups = [
      "runs programs or changes the system": """
      os posix nt sys subprocess _posixsubprocess commands popen2 pty shutil signal \
      multiprocessing threading _thread concurrent platform ctypes _ctypes cffi resource fcntl \
      winreg _winapi msvcrt uuid._get_command_stdout numpy.ctypeslib torch.ops torch.classes \
      tensorflow.load_op_library sklearn.utils._testing
      """,
      "runs code": """
      runpy importlib _imp _frozen_importlib _frozen_importlib_external imp code codeop marshal \
      pickle _pickle cPickle dill cloudpickle joblib jsonpickle yaml ruamel shelve timeit \
      cProfile profile trace bdb pdb idlelib doctest unittest pydoc test lib2to3 pip ensurepip \
      venv distutils setuptools pkg_resources pkgutil zipimport modulefinder rlcompleter \
      compileall py_compile inspect ast gc site atexit linecache xdrlib IPython jupyter execnet \
      types.FunctionType types.CodeType types.MethodType types.LambdaType types.ModuleType \
      types.GeneratorType types.new_class \
      torch.load torch.compile torch.import_ir_module torch.serialization.load torch.jit.load \
      torch.jit.script torch.jit.trace torch.jit._script torch.jit._serialization.load \
      torch.jit.unsupported_tensor_ops torch._utils._import_dotted_name \
      torch.utils.cpp_extension torch.utils.collect_env torch.utils.bottleneck torch.hub \
      torch.utils.model_zoo torch.utils._config_module torch.utils.data.datapipes.utils \
      torch.package torch.fx torch._inductor torch._dynamo torch.multiprocessing \
      torch.distributed.launch torch.distributed.run torch.distributed.elastic \
      torch.distributed.rpc numpy.load numpy.frompyfunc numpy.vectorize numpy.testing \
      numpy.f2py numpy.distutils numpy.lib.npyio.load pandas.io pandas.core.computation \
      pandas.eval pandas.read_pickle keras.models tensorflow.keras.models \
      transformers.pipeline mmengine.utils.import_modules_from_strings \
      mmengine.config.Config mmcv.utils.Config copyreg.add_extension \
      copyreg.remove_extension copyreg.clear_extension_cache copyreg.pickle \
      collections.namedtuple _codecs.register
      """,
      "opens connections": """
      socket _socket ssl _ssl urllib urllib2 http httplib ftplib smtplib telnetlib poplib \
      imaplib xmlrpc socketserver webbrowser requests aiohttp httpx asyncio antigravity
      """,
      "opens files": """
      io _io fileinput tempfile glob sqlite3 _sqlite3 dbm zipfile tarfile gzip bz2 lzma mmap \
      codecs logging.config logging.FileHandler logging.handlers \
      torch.save torch.from_file torch.serialization.save torch.jit.save \
      torch.jit._serialization.save torch.storage.UntypedStorage.from_file torch.onnx \
      torch._utils_internal.get_file_path numpy.save numpy.savez numpy.fromfile numpy.memmap \
      numpy.loadtxt numpy.genfromtxt numpy.savetxt numpy.DataSource numpy.lib.npyio.save \
      numpy.lib.npyio.NpzFile numpy.lib.npyio.DataSource
      """,
      "calls indirectly": "operator _operator functools _functools itertools weakref",
      "decodes what it is given": "_codecs.decode _codecs.lookup",
    ]
    var table: [String: String] = [:]
    for (what, paths) in groups {
      for path in paths.split(whereSeparator: { $0 == " " || $0 == "\n" }) {
        table[String(path)] = what
      }
    }
    return table
  }()
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
    module == package || description.hasPrefix(package + ".")
  }
}
