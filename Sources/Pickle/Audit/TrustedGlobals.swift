/// The allow-list, and a deny-list that names dangers. Names on neither list are unknown, since a deny-list alone can
/// always be evaded.
enum TrustedGlobals {
  /// The verdict on a name without regard to its use.
  enum Standing {
    case harmless
    /// Harmless only with certain arguments, which ``PickleAudit`` checks.
    case conditional
    case dangerous(String)
    case unknown
  }

  static func standing(of global: GlobalName) -> Standing {
    let global = global.inPython3
    let package = String(global.module.prefix { $0 != "." })
    if CallRule.of(global)?.isConditional == true { return .conditional }
    if isHarmless(global) { return .harmless }
    if let what = dangerous(global) { return .dangerous(what) }
    if global.module == "builtins" {
      return plainFunctions.contains(global.name)
        ? .unknown : .dangerous("is a function of Python itself")
    }
    if isMethod(global) { return .unknown }
    // `torch.nn.modules.module` has an attribute `torch`, which has `os`, which has `system`.
    if global.name.contains("."), trustedPackages.contains(package) {
      return .dangerous("reaches through a module by a dotted name")
    }
    return .unknown
  }

  /// Whether a name is a method of a class that pickles may instantiate. Objects keep such bound methods as
  /// attributes.
  static func isMethod(_ global: GlobalName) -> Bool {
    let parts = global.name.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[1].hasPrefix("__") else { return false }
    switch CallRule.of(GlobalName(module: global.module, name: String(parts[0])).inPython3) {
    case .module?, .object?: return true
    default: return false
    }
  }

  static func isDenied(_ global: GlobalName) -> Bool { dangerous(global.inPython3) != nil }

  /// Why a name is dangerous, at any split between module and name: `hub.load` of the module `torch` is `load` of
  /// `torch.hub`.
  private static func dangerous(_ global: GlobalName) -> String? {
    guard !plainTypes.contains(global.description) else { return nil }
    var path = ""
    for part in global.description.split(separator: ".") {
      path += path.isEmpty ? String(part) : "." + part
      if let what = dangerousPaths[path] { return what }
    }
    return nil
  }

  private static func isHarmless(_ global: GlobalName) -> Bool {
    values.contains(global) || constants.contains(global)
      || TorchModuleClasses.table.contains(global)
      || WeightsOnlyTable.allows(global) || CallRule.of(global) != nil
      || isFunction(global) || isStorage(global)
      || (global.module == "torch" && global.name.hasSuffix("Tensor")
        && !global.name.contains("."))
  }

  /// Whether calls of the name are judged by their arguments and not by the name alone.
  static func isTrusted(_ global: GlobalName) -> Bool {
    switch standing(of: global) {
    case .harmless, .conditional: true
    case .dangerous, .unknown: false
    }
  }

  /// Whether the name is a storage class. torch finds it by its name, whatever the stated module is.
  static func isStorage(_ global: GlobalName) -> Bool {
    ["torch", "torch.cuda", "torch.storage"].contains(global.module)
      && global.name.hasSuffix("Storage") && !global.name.contains(".")
  }

  /// Whether the name is a value and not a class or function.
  static func isConstant(_ global: GlobalName) -> Bool {
    let global = global.inPython3
    return constants.contains(global)
      || (global.module == "torch" && global.name.first?.isLowercase == true
        && global.name != "device" && WeightsOnlyTable.allows(global))
  }

  /// Whether the name is a function that layers keep as an attribute.
  static func isFunction(_ global: GlobalName) -> Bool {
    functions.contains(global)
  }

  static func isLiteralAttribute(_ path: GlobalName) -> Bool {
    literalAttributes.contains(path)
  }

  private static let trustedPackages: Set<String> = [
    "torch", "numpy", "builtins", "collections", "datetime", "pathlib", "argparse", "copyreg",
    "mmengine", "omegaconf", "lightning", "pytorch_lightning", "lightning_fabric", "timm",
    "zoneinfo",
  ]

  /// Attributes that real checkpoints reach by `getattr(class, name)`, the pickled form of a class's method: the
  /// statistics of mmengine's HistoryBuffer.
  private static let literalAttributes = NameTable([
    "mmengine.logging.history_buffer": """
    HistoryBuffer.min HistoryBuffer.max HistoryBuffer.mean HistoryBuffer.current
    """
  ])

  /// Encodings with which `_codecs.encode` writes bytes in protocol 2.
  static let literalEncodings: Set<String> = ["latin1", "latin-1", "ascii", "utf-8", "utf8"]

  /// Base classes that real pickles pass to `copyreg._reconstructor`.
  static let plainBases: Set<String> = [
    "builtins.object", "builtins.dict", "builtins.list", "builtins.set", "builtins.tuple",
    "builtins.int", "builtins.float", "builtins.str",
  ]

  /// Factories of `defaultdict` in real files.
  static let factories: Set<String> = [
    "builtins.dict", "builtins.list", "builtins.set", "builtins.int", "builtins.float",
    "builtins.str", "builtins.tuple", "builtins.bool", "collections.OrderedDict",
    // Python 2's `int` type for long integers, as protocols below 3 write it.
    "builtins.long",
  ]

  static let arrayClasses: Set<String> = ["numpy.ndarray"]

  /// Classes and functions that numpy's rebuild functions of random generators call.
  static let generatorClasses: Set<String> = [
    "numpy.random._pickle.__bit_generator_ctor", "numpy.random._mt19937.MT19937",
    "numpy.random._pcg64.PCG64", "numpy.random._pcg64.PCG64DXSM", "numpy.random._philox.Philox",
    "numpy.random._sfc64.SFC64", "numpy.random.bit_generator.SeedSequence",
  ]

  /// Builtin functions that only inspect values, by calling the values' methods.
  private static let plainFunctions: Set<String> = [
    "abs", "all", "any", "ascii", "bin", "chr", "divmod", "enumerate", "hash", "hex", "id",
    "isinstance", "issubclass", "len", "max", "min", "oct", "ord", "repr", "reversed", "round",
    "sorted", "sum", "zip",
  ]

  /// Types that only hold values, in modules where everything else may do harm.
  private static let plainTypes: Set<String> = [
    "os.stat_result", "os.terminal_size", "http.HTTPStatus", "http.HTTPMethod", "signal.Signals",
    "socket.AddressFamily", "socket.SocketKind", "io.BytesIO", "_io.BytesIO", "io.StringIO",
    "_io.StringIO",
  ]

  private static let constants = NameTable([
    "builtins": "Ellipsis NotImplemented",
    "torch": """
    sparse_coo sparse_csr sparse_csc sparse_bsr sparse_bsc strided jagged \
    contiguous_format channels_last channels_last_3d preserve_format
    """,
    // Memory formats are pickled with a dotted name.
    "torch._utils": """
    torch.contiguous_format torch.channels_last torch.channels_last_3d torch.preserve_format
    """,
  ])

  private static let functions = NameTable([
    "torch.nn.functional": """
    relu relu6 gelu silu mish elu selu celu leaky_relu prelu sigmoid tanh softmax log_softmax \
    hardswish hardsigmoid hardtanh softplus pairwise_distance
    """,
    "torch": "relu sigmoid tanh softmax log_softmax selu celu rrelu cosine_similarity",
    // The module under which pickle saves functions such as `torch.relu`.
    "torch._C": """
    _VariableFunctionsClass.relu _VariableFunctionsClass.sigmoid _VariableFunctionsClass.tanh \
    _VariableFunctionsClass.softmax _VariableFunctionsClass.log_softmax \
    _VariableFunctionsClass.selu _VariableFunctionsClass.celu _VariableFunctionsClass.rrelu \
    _VariableFunctionsClass.cosine_similarity
    """,
    "torch._C._nn": "gelu silu mish elu leaky_relu hardswish hardsigmoid hardtanh softplus",
  ])

  /// Names that real files contain as values, in addition to the names that ``CallRule`` allows to call.
  private static let values = NameTable([
    "enum": "Enum IntEnum",
    "typing": "Any",
    "numpy": "ndarray bool void",
    "numpy.dtypes": """
    BoolDType Float16DType Float32DType Float64DType Int8DType Int16DType Int32DType Int64DType \
    UInt8DType UInt16DType UInt32DType UInt64DType Complex64DType Complex128DType
    """,
    "torch": "dtype Storage",
    "torch._C": "_VariableFunctionsClass",
    "torch.distributed.device_mesh": "DeviceMesh",
  ])

  /// Modules whose every function may do harm, and single harmful functions of other modules, by kind of harm.
  private static let dangerousPaths: [String: String] = {
    let groups = [
      "runs programs or changes the system": """
      os posix nt sys subprocess _posixsubprocess commands popen2 pty shutil signal \
      multiprocessing threading _thread concurrent platform ctypes _ctypes cffi resource fcntl \
      winreg _winapi msvcrt uuid._get_command_stdout numpy.ctypeslib torch.ops torch.classes \
      tensorflow.load_op_library sklearn.utils._testing _aix_support _osx_support _pyrepl
      """,
      "runs code": """
      runpy importlib _imp _frozen_importlib _frozen_importlib_external imp code codeop marshal \
      pickle _pickle cPickle dill cloudpickle jsonpickle yaml ruamel shelve timeit \
      cProfile profile trace bdb pdb idlelib doctest unittest pydoc test lib2to3 pip ensurepip \
      venv distutils setuptools pkg_resources pkgutil zipimport modulefinder rlcompleter \
      compileall py_compile inspect ast gc site atexit linecache xdrlib IPython jupyter execnet \
      types.FunctionType types.CodeType types.MethodType types.LambdaType types.ModuleType \
      types.GeneratorType types.new_class \
      joblib.load joblib.Memory joblib.Parallel joblib.memory joblib.parallel joblib.externals \
      joblib.numpy_pickle.load joblib.numpy_pickle_compat joblib.func_inspect joblib.pool \
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
      torch.save torch.from_file torch._C._VariableFunctionsClass.from_file torch.serialization.save torch.jit.save \
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
  /// The name with Python 2's module replaced by Python 3's, as unpickling does below protocol 3.
  var inPython3: GlobalName {
    Self.modulesOfPython2[module].map { GlobalName(module: $0, name: name) } ?? self
  }

  private static let modulesOfPython2 = [
    "__builtin__": "builtins", "copy_reg": "copyreg", "exceptions": "builtins",
    "UserDict": "collections",
  ]

  /// Whether the name belongs to a package: its module is the package or below it, or the dotted name leads there.
  func isInside(_ package: String) -> Bool {
    module == package || description.hasPrefix(package + ".")
  }
}
