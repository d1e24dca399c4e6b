"""Pickles that would run code, or look as if they might. They are written as bytes and never loaded."""

import io
import pickle
import struct
import zipfile

import numpy as np

from common import HOSTILE, ROOT, write_json

ECHO = "echo pwned"


def put(name, data, scan, why, *, exit=0, contains=None):
    """One fixture. scan: the verdict, None when nothing can be said; exit: of `inspect`, None when either will do."""
    path = HOSTILE / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    truth = {"scan": scan, "why": why, "inspect_exit": exit}
    if contains:
        truth["errors_contain"] = contains
    write_json(path.with_name(path.name + ".json"), truth)


# ---------------------------------------------------------------- pieces of pickles


def name(module, attribute):
    return b"c" + module.encode() + b"\n" + attribute.encode() + b"\n"


def stack_name(module, attribute):
    return text(module) + text(attribute) + b"\x93"


def text(value):
    data = value.encode()
    return b"X" + struct.pack("<I", len(data)) + data


def value(plain):
    """The opcodes of a plain value, without header, memo and STOP."""
    out = io.BytesIO()
    pickler = pickle._Pickler(out, 2)
    pickler.fast = True
    pickler.dump(plain)
    return out.getvalue()[2:-1]


def raw(data):
    """A bytes object."""
    return b"B" + struct.pack("<I", len(data)) + data


def tuple_of(*parts):
    return b"(" + b"".join(parts) + b"t"


def call(function, *parts):
    """REDUCE of `function` (opcodes) with arguments (opcodes, or plain values)."""
    return function + tuple_of(*(part if isinstance(part, bytes) else value(part) for part in parts)) + b"R"


def whole(body, protocol=2):
    return b"\x80" + bytes([protocol]) + body + b"."


SYSTEM = call(name("os", "system"), ECHO)

# ---------------------------------------------------------------- plain calls

# module, name, arguments, what it does
CALLS = [
    ("os", "system", (ECHO,), "runs a shell command"),
    ("posix", "system", (ECHO,), "runs a shell command"),
    ("nt", "system", (ECHO,), "runs a shell command on Windows"),
    ("os", "popen", (ECHO,), "runs a shell command"),
    ("os", "execv", ("/bin/echo", ["echo", "pwned"]), "replaces the process"),
    ("subprocess", "Popen", (["echo", "pwned"],), "starts a process"),
    ("subprocess", "check_output", (["echo", "pwned"],), "starts a process"),
    ("commands", "getoutput", (ECHO,), "Python 2's name of subprocess.getoutput"),
    ("asyncio.subprocess", "create_subprocess_shell", (ECHO,), "starts a process"),
    ("pty", "spawn", ("echo",), "starts a process"),
    ("builtins", "eval", ("1+1",), "evaluates Python source"),
    ("builtins", "exec", ("x = 1",), "executes Python source"),
    ("__builtin__", "eval", ("1+1",), "Python 2's name of builtins.eval"),
    ("__builtin__", "execfile", ("x.py",), "executes a file in Python 2"),
    ("__builtin__", "apply", (), "calls anything in Python 2"),
    ("builtins", "compile", ("1", "x", "eval"), "compiles Python source"),
    ("builtins", "__import__", ("os",), "imports a module"),
    ("builtins", "open", ("x", "w"), "opens a file"),
    ("builtins", "breakpoint", (), "starts the debugger"),
    ("builtins", "setattr", ({}, "a", 1), "changes any object"),
    ("builtins", "map", (), "calls its first argument later"),
    ("builtins", "filter", (), "calls its first argument later"),
    ("functools", "reduce", (), "calls its first argument"),
    ("functools", "partial", (), "wraps a call"),
    ("operator", "attrgetter", ("system",), "reaches any attribute"),
    ("operator", "methodcaller", ("system", ECHO), "calls any method"),
    ("importlib", "import_module", ("os",), "imports a module"),
    ("runpy", "run_path", ("x.py",), "runs a file"),
    ("pydoc", "locate", ("os.system",), "imports by dotted name"),
    ("torch._utils", "_import_dotted_name", ("os.system",), "imports by dotted name, from a module full of harmless names"),
    ("torch.hub", "load", ("nobody/none", "x"), "downloads and runs code"),
    ("torch", "load", ("x.pth",), "loads another file, unrestricted"),
    ("torch.jit", "load", ("x.pt",), "loads another file"),
    ("torch.serialization", "load", ("x.pth",), "loads another file, unrestricted"),
    ("torch.utils.cpp_extension", "load_inline", ("x", "int main;"), "compiles and loads C++"),
    ("torch.utils.collect_env", "run", (ECHO,), "runs a shell command"),
    ("torch._inductor.codecache", "compile_file", ("x", "y", "z"), "compiles C++"),
    ("torch.jit.unsupported_tensor_ops", "execWrapper", ("x = 1", {}, {}), "executes Python source"),
    ("torch.fx.graph_module", "_forward_from_src", ("x = 1", {}), "executes Python source"),
    ("numpy.testing._private.utils", "runstring", ("x = 1", {}), "executes Python source"),
    ("numpy.f2py.crackfortran", "getlincoef", ("1+1", {}), "evaluates Python source"),
    ("numpy", "load", ("x.npy",), "loads another file"),
    ("numpy", "fromfile", ("x",), "reads another file"),
    ("pip", "main", (["install", "x"],), "installs packages"),
    ("idlelib.pyshell", "ModifiedInterpreter.runcode", ("x",), "executes code"),
    ("bdb", "Bdb.run", ("x = 1",), "executes Python source"),
    ("pdb", "run", ("x = 1",), "executes Python source"),
    ("timeit", "timeit", ("x = 1",), "executes Python source"),
    ("cProfile", "runctx", ("x = 1", {}, {}), "executes Python source"),
    ("code", "InteractiveInterpreter", (), "executes Python source"),
    ("doctest", "debug_script", ("x = 1",), "executes Python source"),
    ("types", "CodeType", (0,), "makes a code object"),
    ("types", "FunctionType", (), "makes a function of a code object"),
    ("marshal", "loads", (b"N",), "reads code objects"),
    ("pickle", "loads", (b"N.",), "loads a nested pickle"),
    ("_pickle", "loads", (b"N.",), "loads a nested pickle"),
    ("dill", "loads", (b"N.",), "loads a nested pickle"),
    ("cloudpickle.cloudpickle", "_make_function", (), "makes a function of a code object"),
    ("joblib", "load", ("x",), "loads another file"),
    ("ctypes", "CDLL", ("libc.so.6",), "loads a native library"),
    ("socket", "create_connection", (("localhost", 1),), "opens a connection"),
    ("urllib.request", "urlopen", ("http://localhost/",), "opens a connection"),
    ("requests", "get", ("http://localhost/",), "opens a connection"),
    ("webbrowser", "open", ("http://localhost/",), "opens a browser"),
    ("shutil", "rmtree", ("x",), "deletes files"),
    ("os", "remove", ("x",), "deletes a file"),
    ("sys", "exit", (1,), "ends the process"),
    ("logging.config", "listen", (0,), "opens a port that evaluates what it is sent"),
    ("lib2to3.pgen2.grammar", "Grammar.loadgrammar", ("x",), "loads another pickle"),
    ("copyreg", "add_extension", ("os", "system", 1), "prepares an extension code"),
]

# Further names for the table of globals: nobody needs a file for each.
MORE_DANGEROUS = """
os.spawnv os.posix_spawn os.fork os.kill os.unlink os.rename os.chmod os.putenv os.environ os.fdopen os.open nt.popen
posix.popen posix.execve posix.fork subprocess.run subprocess.call subprocess.check_call subprocess.getoutput popen2.popen3
builtins.getattr builtins.delattr builtins.vars builtins.globals builtins.locals builtins.input builtins.help __builtin__.file __builtin__.reload
__builtin__.getattr __builtin__.__import__ __builtin__.reduce __builtin__.map __builtin__.compile
operator.call functools.partialmethod functools.singledispatch itertools.starmap itertools.accumulate
importlib.reload importlib._bootstrap._load importlib.machinery.SourceFileLoader imp.load_source runpy.run_module runpy._run_code
pkgutil.resolve_name zipimport.zipimporter code.interact code.InteractiveConsole codeop.compile_command
bdb.Bdb pdb.Pdb pdb.set_trace profile.run profile.Profile cProfile.run trace.Trace timeit.main timeit.Timer doctest.testmod
types.MethodType types.ModuleType types.LambdaType types.new_class marshal.load pickle.load pickle.Unpickler _pickle.load
cPickle.loads shelve.open dill.load cloudpickle.loads joblib.numpy_pickle.load yaml.load yaml.unsafe_load jsonpickle.decode
pip._internal.main ensurepip._run_pip venv.create distutils.core.run_setup setuptools.setup distutils.file_util.write_file
ctypes.cdll ctypes.PyDLL _ctypes.dlopen ctypes.util.find_library cffi.FFI gc.get_objects inspect.getattr_static
socket.socket _socket.socket ssl.wrap_socket http.client.HTTPConnection http.server.HTTPServer ftplib.FTP smtplib.SMTP
telnetlib.Telnet xmlrpc.client.ServerProxy urllib.request.urlretrieve urllib2.urlopen httplib.HTTPConnection aiohttp.ClientSession
httpx.get asyncio.run asyncio.create_subprocess_exec asyncio.unix_events._UnixSubprocessTransport._start
multiprocessing.Process multiprocessing.util.spawnv_passfds concurrent.futures.ProcessPoolExecutor threading.Thread _thread.start_new_thread
signal.signal atexit.register sys.setprofile sys.settrace sys.modules sys.path site.main shutil.move shutil.copy shutil.copytree
tempfile.mktemp tempfile.NamedTemporaryFile glob.glob fileinput.input io.open io.FileIO _io.open codecs.open linecache.getline
tarfile.open zipfile.ZipFile sqlite3.connect dbm.open mmap.mmap resource.setrlimit
idlelib.run.Executive.runcode idlelib.autocomplete.AutoComplete.get_entity idlelib.calltip.get_entity idlelib.debugobj.ObjectTreeItem.SetText
test.support.script_helper.assert_python_ok uuid._get_command_stdout platform._syscmd_ver pydoc.pipepager pydoc.safeimport
lib2to3.pgen2.pgen.ParserGenerator.make_label logging.config.dictConfig logging.FileHandler unittest.mock._importer
torch.hub.load_state_dict_from_url torch.hub.download_url_to_file torch.jit._script.script torch.jit.script torch.package.PackageImporter
torch.ops.load_library torch.classes.load_library torch.utils.cpp_extension.load torch.utils.bottleneck.__main__.run_cprofile
torch.utils.data.datapipes.utils.decoder.basichandlers torch._dynamo.guards.GuardBuilder.get torch.utils._config_module.ConfigModule.load_config
torch.fx.experimental.symbolic_shapes.ShapeEnv.evaluate_guards_expression torch.distributed.rpc.rpc_sync torch.multiprocessing.spawn
torch.from_file torch.save torch.utils.model_zoo.load_url torch.onnx.export torch.compile torch.storage.UntypedStorage.from_file
numpy.memmap numpy.save numpy.savez numpy.loadtxt numpy.genfromtxt numpy.frompyfunc numpy.vectorize numpy.distutils.exec_command.exec_command
numpy.lib.npyio.load numpy.f2py.crackfortran._eval_length numpy.ctypeslib.load_library
mmengine.utils.import_modules_from_strings mmengine.config.Config.fromfile mmcv.utils.Config.fromfile
tensorflow.load_op_library tensorflow.keras.models.load_model keras.models.load_model pandas.read_pickle pandas.eval
sklearn.utils._testing.check_subprocess transformers.pipeline
""".split()

SAFE = """
collections.OrderedDict collections.Counter collections.defaultdict builtins.set __builtin__.set builtins.frozenset builtins.complex
builtins.bytearray builtins.bytes builtins.dict builtins.list builtins.tuple builtins.int builtins.float builtins.bool builtins.str
builtins.slice builtins.range builtins.object builtins.Ellipsis __builtin__.xrange __builtin__.long __builtin__.unicode _codecs.encode
copy_reg._reconstructor copyreg._reconstructor datetime.datetime datetime.date datetime.timedelta pathlib.PosixPath pathlib.PurePosixPath
pathlib.WindowsPath argparse.Namespace decimal.Decimal fractions.Fraction
torch.FloatStorage torch.cuda.FloatStorage torch.HalfStorage torch.BFloat16Storage torch.QInt8Storage torch.storage.UntypedStorage
torch.storage.TypedStorage torch.storage._load_from_bytes torch.FloatTensor torch.Tensor torch.Size torch.device torch.float32 torch.bfloat16
torch.float8_e4m3fn torch.per_tensor_affine torch.nn.parameter.Parameter torch.nn.parameter.Buffer
torch._utils._rebuild_tensor torch._utils._rebuild_tensor_v2 torch._utils._rebuild_tensor_v3 torch._utils._rebuild_parameter
torch._utils._rebuild_parameter_with_state torch._utils._rebuild_qtensor torch._utils._rebuild_sparse_tensor
torch._utils._rebuild_meta_tensor_no_storage torch._utils._rebuild_device_tensor_from_numpy torch._utils._rebuild_wrapper_subclass
torch._tensor._rebuild_from_type_v2 torch.serialization._get_layout
torch.nn.modules.conv.Conv2d torch.nn.modules.batchnorm.BatchNorm2d torch.nn.modules.container.Sequential torch.nn.modules.linear.Linear
torch.nn.modules.activation.ReLU torch.nn.parallel.data_parallel.DataParallel torch.nn.parallel.distributed.DistributedDataParallel
numpy.ndarray numpy.dtype numpy.core.multiarray._reconstruct numpy._core.multiarray._reconstruct numpy.core.multiarray.scalar
numpy._core.multiarray.scalar numpy.float64 numpy.int64 numpy.core.numeric._frombuffer numpy._core.numeric._frombuffer
mmengine.logging.history_buffer.HistoryBuffer torch.nn.functional.relu torch.nn.utils.weight_norm.WeightNorm
lightning_fabric.utilities.data.AttributeDict pytorch_lightning.callbacks.model_checkpoint.ModelCheckpoint
easydict.EasyDict
""".split()

UNKNOWN = """
models.yolo.Model ultralytics.nn.tasks.DetectionModel timm.models.resnet.ResNet project.config.Config __main__.Net user_project.Detector
torch.nn.modules.module.warnings torch.nn.modules.container.operator torch.nn.NoSuchLayer torch.nn.modules.conv.NoSuchLayer
numpy.random.__RandomState_ctor sklearn.linear_model._base.LinearRegression omegaconf.dictconfig.DictConfig
""".split()


def plain_calls():
    for module, attribute, arguments, why in CALLS:
        file = f"call-{module}-{attribute}".replace(".", "-").replace("_", "").lower() + ".pkl"
        put(file, whole(call(name(module, attribute), *map(value, arguments))), "dangerous", f"calls {module}.{attribute}: {why}")
    table = {"dangerous": [f"{m}.{a}" for m, a, _, _ in CALLS] + MORE_DANGEROUS, "safe": SAFE, "unknown": UNKNOWN}
    assert len({n for names in table.values() for n in names}) == sum(map(len, table.values()))
    write_json(ROOT / "globals.json", table)


# ---------------------------------------------------------------- forms and disguises


def forms():
    """One and the same call in every form a pickle can give it."""
    def dangerous(file, data, why):
        put(f"form-{file}.pkl", data, "dangerous", why)

    dangerous("protocol0", b"cos\nsystem\n(S'echo pwned'\ntR.", "a call in text opcodes")
    dangerous("inst", b"(S'echo pwned'\nios\nsystem\n.", "INST calls while it names")
    dangerous("obj", b"(cos\nsystem\nS'echo pwned'\no.", "OBJ calls what stands behind the mark")
    dangerous("newobj", whole(name("subprocess", "Popen") + value((["echo"],)) + b"\x81"), "NEWOBJ makes a subprocess.Popen")
    dangerous("newobj-ex", whole(name("subprocess", "Popen") + value(()) + value({"args": ["echo"]}) + b"\x92", 4), "NEWOBJ_EX makes a subprocess.Popen")
    dangerous("stack-global", whole(call(stack_name("os", "system"), ECHO), 4), "the name is taken from the stack")
    dangerous("stack-global-memo", whole(text("system") + b"\x94" + text("os") + b"\x94" + b"00" + b"h\x01h\x00\x93" + tuple_of(text(ECHO)) + b"R", 4),
              "both halves of the name come out of the memo, in another order than they stand in the file")
    dangerous("stack-global-dup", whole(text("code") + b"2\x93" + b")R", 4), "one text serves as module and as name")
    dangerous("stack-global-computed", whole(text("os") + call(name("builtins", "str"), b"C\x06system", "ascii") + b"\x93" + tuple_of(text(ECHO)) + b"R", 4),
              "the name is the result of a call, so nobody can read it in the file")
    dangerous("memo-overwritten", whole(name("collections", "OrderedDict") + b"q\x00" + name("os", "system") + b"q\x00" + b"00h\x00" + tuple_of(text(ECHO)) + b"R"),
              "a memo slot holds a harmless name first")
    dangerous("popped", whole(name("os", "system") + b"0N"), "a dangerous name that is dropped at once: importing it already runs a module")
    dangerous("never-called", whole(b"]" + name("os", "system") + b"a"), "a dangerous name that is only stored")
    dangerous("called-and-dropped", whole(SYSTEM + b"0" + value({"weight": 1})), "the call's result is dropped, a harmless value remains")
    dangerous("after-mark", whole(b"(" + SYSTEM + b"1" + value({"weight": 1})), "the call's result is dropped with its mark")
    dangerous("as-key", whole(b"}" + SYSTEM + b"K\x01s"), "the call is a dict key")
    dangerous("in-state", whole(name("torch.nn.modules.linear", "Linear") + b")\x81}" + text("hook") + SYSTEM + b"sb"), "the call is in an object's state")
    dangerous("in-persistent-id", whole(tuple_of(text("storage"), SYSTEM) + b"Q"), "the call is in a persistent id")
    dangerous("extension", whole(b"\x82\x05" + tuple_of(text(ECHO)) + b"R"), "calls an extension code: what it names is decided by the loading process")
    dangerous("long-name", whole(call(name("os.path.os.path.os", "system"), ECHO)), "the module is reached through other modules")
    dangerous("second-pickle", whole(value({"weight": 1})) + whole(SYSTEM), "a second pickle stands behind the first")
    dangerous("frame", b"\x80\x04\x95" + struct.pack("<Q", len(SYSTEM) + 1) + SYSTEM + b".", "the call is in a frame")
    put("form-no-stop.pkl", b"\x80\x02" + SYSTEM, "dangerous", "the pickle ends without STOP, but Python calls before it notices", exit=2)
    put("form-broken-later.pkl", b"\x80\x02" + SYSTEM + b"\xff\xff", "dangerous", "the pickle breaks, but Python calls before it notices", exit=2)


def disguises():
    """Dangerous through harmless names, or with nothing but harmless names."""
    def dangerous(file, body, why, protocol=2):
        put(f"disguise-{file}.pkl", whole(body, protocol), "dangerous", why)

    dangerous("dotted-torch", call(stack_name("torch.nn.modules.module", "torch.os.system"), ECHO), "a dotted name leaves the module that it seems to be in", 4)
    dangerous("dotted-torch-short", call(stack_name("torch", "os.system"), ECHO), "a dotted name leaves torch", 4)
    dangerous("dotted-class", call(stack_name("torch.nn.modules.linear", "Linear.__init__.__globals__"), ECHO), "a dotted name reaches a function's globals", 4)
    dangerous("dotted-builtins", call(stack_name("builtins", "object.__subclasses__")), "a dotted name reaches every class", 4)
    dangerous("dotted-ordered-dict", call(stack_name("collections", "OrderedDict.__class__.__base__"), 1), "a dotted name leaves an allowed class", 4)
    dangerous("module-itself", call(name("torch.serialization", "os.system"), ECHO), "a dotted name in a text opcode")
    dangerous("getattr-os", call(call(name("builtins", "getattr"), name("torch", "os"), "system"), ECHO), "getattr(torch.os, 'system')")
    dangerous("getattr-string", call(name("builtins", "getattr"), name("torch", "Tensor"), "__init__"), "getattr with another attribute than the harmless ones")
    dangerous("getattr-history", call(name("builtins", "getattr"), name("mmengine.logging.history_buffer", "HistoryBuffer"), "__init__"),
              "mmengine's harmless getattr(HistoryBuffer, 'min') with another attribute")
    dangerous("getattr-computed", call(name("builtins", "getattr"), name("mmengine.logging.history_buffer", "HistoryBuffer"), call(name("builtins", "str"), "min")),
              "the attribute is the result of a call")
    dangerous("defaultdict", call(name("collections", "defaultdict"), name("os", "getcwd")), "a defaultdict calls its factory at the first missing key")
    dangerous("defaultdict-exit", call(name("collections", "defaultdict"), name("builtins", "exit")), "a defaultdict whose factory ends the process")
    dangerous("map", call(name("builtins", "list"), call(name("builtins", "map"), name("os", "system"), [ECHO])), "list(map(os.system, …))")
    dangerous("reduce", call(name("functools", "reduce"), name("os", "system"), [ECHO, ECHO]), "reduce(os.system, …)")
    dangerous("reconstructor", call(name("copy_reg", "_reconstructor"), name("subprocess", "Popen"), name("__builtin__", "object"), None), "the harmless _reconstructor of a dangerous class")
    dangerous("rebuild-from-type", call(name("torch._tensor", "_rebuild_from_type_v2"), name("os", "system"), name("torch", "Tensor"), value((ECHO,)), b"N"),
              "torch's own _rebuild_from_type_v2 calls the function that it is given")
    dangerous("rebuild-from-type-eval", call(name("torch._tensor", "_rebuild_from_type_v2"), name("builtins", "eval"), name("torch", "Tensor"), value(("1",)), b"N"),
              "torch's own _rebuild_from_type_v2 calls the function that it is given")
    dangerous("parameter-state", call(name("torch._utils", "_rebuild_parameter_with_state"), b"N", True, name("collections", "OrderedDict") + b")R",
                                      b"}" + text("hook") + name("os", "system") + b"s"), "a parameter's state holds a dangerous name")
    dangerous("build-class", name("torch.nn.modules.linear", "Linear") + tuple_of(b"N", b"}" + text("forward") + name("builtins", "print") + b"s") + b"b",
              "BUILD on a class, not on an object: it changes the class for the whole process")
    dangerous("build-module", name("torch", "nn") + tuple_of(b"N", value({"a": 1})) + b"b", "BUILD on a module: it changes it for the whole process")
    dangerous("build-setstate", name("torch.nn.modules.linear", "Linear") + b")\x81}" + text("__setstate__") + name("os", "system") + b"sb" + text(ECHO) + b"b",
              "the state replaces __setstate__, and a second BUILD calls it")
    dangerous("setattr-class", call(name("builtins", "setattr"), name("torch.nn.modules.module", "Module"), "__call__", name("builtins", "eval")), "replaces a method of torch")
    dangerous("nested-bytes", call(name("torch.storage", "_load_from_bytes"), raw(whole(SYSTEM))), "the bytes of a storage are a pickle of their own, loaded without restriction")
    dangerous("nested-twice", call(name("torch.storage", "_load_from_bytes"), raw(whole(call(name("torch.storage", "_load_from_bytes"), raw(whole(SYSTEM)))))), "bytes within bytes")
    dangerous("nested-computed", call(name("torch.storage", "_load_from_bytes"), call(name("_codecs", "encode"), whole(SYSTEM).decode("latin-1"), "latin1")), "the bytes come from a harmless call")
    dangerous("torch-alias", call(name("torch.tensor", "os.system"), ECHO), "torch maps the module torch.tensor to torch._tensor while it loads")
    dangerous("storage-name", call(name("os", "systemStorage"), ECHO), "torch treats every name with Storage in it as a storage type, Python does not")
    dangerous("object-array", call(name("numpy.core.multiarray", "_reconstruct"), name("numpy", "ndarray"), (0,), b"b")
              + tuple_of(value(1), value((1,)), call(name("numpy", "dtype"), "O8", False, True), value(False), b"](" + SYSTEM + b"e") + b"b",
              "an object array holds a call")
    put("disguise-user-class.pkl", whole(call(name("project.models", "Net"), 1)), "unknown", "a class from somebody's own project")
    put("disguise-lookalike.pkl", whole(call(name("torch.nn.modules.conv2d", "Conv2D"), 1)), "unknown", "looks like a class of torch, but torch has no such module")
    put("harmless-history.pkl", whole(call(name("builtins", "getattr"), name("mmengine.logging.history_buffer", "HistoryBuffer"), "min")),
        "safe", "mmengine's getattr(HistoryBuffer, 'min') reaches a plain method")
    put("harmless-word.pkl", whole(value({"note": "os.system", "cmd": "cos\nsystem\n(S'echo'\ntR.", "posix": "eval"})), "safe", "dangerous words, but only as text")
    bomb = b"]" + b"q\x00" + b"".join(b"](" + b"h" + bytes([i]) + (b"h" + bytes([i])) * 9 + b"e" + b"q" + bytes([i + 1]) for i in range(60))
    put("memo-bomb.pkl", whole(b"(" + bomb + b"l"), "safe", "sixty lists, each ten times in the next: 10^60 items for who walks them as a tree")


def containers():
    """numpy's own way to hold a pickle."""
    header = b"{'descr': '|O', 'fortran_order': False, 'shape': (1,), }"
    header = header.ljust(117) + b"\n"
    array = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + whole(SYSTEM)
    put("object-array.npy", array, "dangerous", "an object array is a pickle, and this one calls os.system", exit=None)
    out = io.BytesIO()
    np.savez(out, weight=np.arange(3.0))
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr(zipfile.ZipInfo("objects.npy"), array)
    put("object-array.npz", out.getvalue(), "dangerous", "an object array in the archive is a pickle that calls os.system")


def generate():
    plain_calls()
    forms()
    disguises()
    containers()
