"""Small pickles that between them use every opcode, with what CPython's own unpickler makes of them."""

import io
import pickle
import pickletools
import struct
from collections import Counter, OrderedDict, defaultdict, namedtuple
from datetime import date

from common import PICKLES, VERSIONS, write_json
from recorder import Recorder, render


used = set()


def write(name, data, error=None):
    """A fixture of one or more pickles in a row; `error` says in words why it cannot be read."""
    path = PICKLES / f"{name}.pkl"
    path.write_bytes(data)
    try:
        for opcode, _, _ in pickletools.genops(io.BytesIO(data)):
            used.add(opcode.name)
    except ValueError:
        pass  # pickletools knows no 8-bit text beyond ASCII, and no broken pickles
    stream, values = io.BytesIO(data), []
    try:
        while stream.tell() < len(data):
            recorder = Recorder(stream, fix_imports=False)
            values.append(render(recorder.load()))
        if error:
            pickle.loads(data)  # the C unpickler is stricter about frames; these streams name no globals
            raise AssertionError(f"{name} was read")
        truth = {"pickles": values, "generator": {"python": VERSIONS["python"]}}
    except (pickle.UnpicklingError, EOFError, IndexError, KeyError, ValueError, AttributeError, TypeError, OverflowError):
        if not error:
            raise
        truth = {"error": error, "generator": {"python": VERSIONS["python"]}}
    write_json(path.with_name(path.name + ".json"), truth)


# ---------------------------------------------------------------- the pickles

Point = namedtuple("Point", "x y")


class Plain:
    pass


class Keyword:
    def __new__(cls, *args, **kwargs):
        return super().__new__(cls)

    def __getnewargs_ex__(self):
        return (1, 2), {"depth": 50}


class Listed(list):
    pass


class Mapped(dict):
    pass


class External:
    """Pickled by persistent id."""


for local in (Point, Plain, Keyword, Listed, Mapped, External):
    local.__module__ = "project.classes"


class Pickler(pickle._Pickler):
    """CPython's own, for classes that are importable nowhere, and with persistent ids."""

    dispatch = dict(pickle._Pickler.dispatch)

    def persistent_id(self, value):
        if isinstance(value, External):
            return value.id if self.proto else "text-id"
        return None

    def save_global(self, value, name=None):
        if getattr(value, "__module__", "") != "project.classes":
            return super().save_global(value, name)
        name = name or value.__qualname__
        if self.proto >= 4:
            self.save("project.classes")
            self.save(name)
            self.write(pickle.STACK_GLOBAL)
        else:
            self.write(f"cproject.classes\n{name}\n".encode())
        self.memoize(value)

    dispatch[type] = save_global
    dispatch[type(len)] = save_global


def dumps(value, protocol):
    out = io.BytesIO()
    Pickler(out, protocol).dump(value)
    return out.getvalue()


def everything(protocol):
    plain, listed, mapped = Plain(), Listed([1, 2]), Mapped(a=1)
    plain.__dict__.update(epoch=3, name="small")
    listed.note = "after the items"
    external = External()
    external.id = ("storage", "0", 4)
    cycle, loop = [1], {}
    cycle.append(cycle)
    loop["self"] = loop
    text = "shared text"
    return {
        "ints": [0, 1, -1, 255, 256, 65535, 65536, 2**31 - 1, 2**31, -(2**31), -(2**31) - 1, 2**63, 2**64, -(2**64), 1 << 2100],
        "floats": [0.0, -0.0, 1.5, -2.25, 1e300, 5e-324, float("inf"), float("-inf"), float("nan")],
        "text": ["", "ascii", "ümläut\n\\ \r\0", "漢字", "🔥", "long " * 60, text, text],
        "bytes": [b"", b"\x00\xff\n", b"b" * 300], "bytearray": bytearray(b"\x00\x01\n"),
        "none": None, "bools": [True, False],
        "tuples": [(), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4)],
        "set": {1, 2, 3}, "frozenset": frozenset([7]), "empties": [[], {}, set(), frozenset()],
        "nested": {"a": [{"b": ({"c": None},)}]}, "cycle": cycle, "loop": loop,
        "objects": [plain, listed, mapped, Point(1, 2)] + ([Keyword()] if protocol >= 2 else []),
        "library": [OrderedDict(a=1), Counter("aab"), defaultdict(list, {"k": [1]}), date(2020, 4, 1), 1 + 2j, range(3), slice(1, 2)],
        "names": [OrderedDict, len, Plain], "external": external, "again": plain,
    }


def opcode(name):
    return next(o.code for o in pickletools.opcodes if o.name == name).encode("latin-1")


def text_forms():
    write("int-text", b"(lp0\nI0\naI-5\naI01\naI00\naI123456789012345678901\naI 42\na.")
    write("long-text", b"(L0L\nL-1L\nL99999999999999999999999999L\nL5\nt.")
    write("float-text", b"(F1.5\nF-0.0\nF1e308\nFinf\nF-inf\nFnan\nF5e-324\nt.")
    write("string-text", b"(S'plain'\nS\"double\"\nS'quo\\'te \\x00\\xff \\n\\\\ \\101'\nS''\nt.")
    write("unicode-text", "(V\nVascii\nV\\u6f22\\u5b57 \\U0001f525 \\u000a \\u005c\nVr\xe9sum\xe9\nt.".encode("latin-1"))
    write("memo-text", b"(V1\np0\nVtwo\np300\ng0\ng300\nVnew\np0\ng0\nt.")
    write("mark-forms", b"((lp0\nI1\na(I1\nI2\nl(d(I1\nVa\nI2\nVb\nd(t(I1\ntt.")
    write("persid-text", b"(Pfirst id\nP\nP12\nt.")


def binary_forms():
    write("long-binary", b"\x80\x02(\x8a\x00\x8a\x01\x00\x8a\x01\xff\x8a\x02\xff\x00\x8a\x09" + b"\0" * 8 + b"\x01"
          + b"\x8b\0\0\0\0\x8b\x05\0\0\0\x01\x02\x03\x04\x85t.")
    write("int-binary", b"\x80\x02(K\x00K\xffM\x00\x00M\xff\xffJ\xff\xff\xff\xffJ\xff\xff\xff\x7fJ\x00\x00\x00\x80t.")
    write("float-binary", b"(" + b"".join(b"G" + struct.pack(">d", x) for x in (0.0, -0.0, 1.5, float("inf"), 5e-324)) + b"t.")
    write("string-binary", b"\x80\x01(U\x00U\x03abcU\x02\xff\x00T\x04\x00\x00\x00wordT\x00\x00\x00\x00t.")
    write("unicode-binary", b"\x80\x04(X\x02\0\0\0hiX\x00\0\0\0\x8c\x03\xe2\x9c\x93\x8c\x00\x8d\x04" + b"\0" * 7 + "🔥".encode() + b"t.")
    write("surrogates", b"\x80\x02X\x05\x00\x00\x00a\xed\xa0\x80b.")
    write("bytes-forms", b"\x80\x05(C\x02\x00\xffC\x00B\x03\0\0\0abcB\0\0\0\0\x8e\x02" + b"\0" * 7 + b"xy\x96\x03" + b"\0" * 7 + b"123\x96" + b"\0" * 8 + b"t.")
    write("memo-binary", b"\x80\x02(X\x01\0\0\0aq\x00X\x01\0\0\0br\x00\x01\0\0h\x00j\x00\x01\0\0X\x01\0\0\0cr\xff\xff\xff\x7fj\xff\xff\xff\x7fK\x05q\x00h\x00t.")
    write("memoize", b"\x80\x04(\x8c\x01a\x94\x8c\x01b\x94h\x00h\x01\x8c\x01c\x94h\x02t.")
    write("memoize-after-put", b"\x80\x04(\x8c\x01aq\x05\x8c\x01b\x94h\x05h\x01t.")
    write("stack-moves", b"(K\x01K\x02K\x0302(K\x07K\x081K\x09t.")
    write("frames", b"\x80\x04\x95\x05" + b"\0" * 7 + b"(K\x01K\x02" + b"\x95\x03" + b"\0" * 7 + b"K\x03t" + b"\x95\x01" + b"\0" * 7 + b".")
    write("sets", b"\x80\x04(\x8f(K\x03K\x01K\x02\x90(K\x09\x90(K\x05K\x04\x91(\x91\x8ft.")
    write("containers", b"\x80\x02(]]K\x01a](K\x01K\x02e}}X\x01\0\0\0aK\x01s}(X\x01\0\0\0bK\x02X\x01\0\0\0cK\x03u)(K\x01\x85K\x01K\x02\x86K\x01K\x02K\x03\x87N\x88\x89tt.")
    write("persid-binary", b"\x80\x02(U\x03oldQX\x03\0\0\0newQ(X\x07\0\0\0storageK\x01tQK\x07Qt.")


def call_forms():
    write("global", b"(ccollections\nOrderedDict\nc__builtin__\nset\nct\xc3\xb6rch.m\xc3\xb6dule\nA.B.C\nt.")
    write("stack-global", b"\x80\x04(\x8c\x05torch\x94\x8c\x06Tensor\x93h\x00X\x04\0\0\0a.b.\x93t.")
    write("reduce", b"\x80\x02ccollections\nOrderedDict\n)R(X\x01\0\0\0aK\x01u}X\x09\0\0\0_metadataNsb.")
    write("reduce-forms", b"(cm\nf\n(I1\nV2\ntRcm\ng\n(tR(I1\nI2\neI3\nat.")
    write("newobj", b"\x80\x02cm\nC\nK\x01K\x02\x86\x81}X\x01\0\0\0xK\x05sb.")
    write("newobj-ex", b"\x80\x04\x8c\x01m\x8c\x01C\x93K\x01\x85}\x8c\x05depthK2s\x92(K\x01K\x02e.")
    write("inst", b"(I1\nVtwo\nim\nC\n(dVx\nI1\nsb.")
    write("obj", b"((cm\nC\nI1\nI2\no(cm\nD\not.")
    write("build-twice", b"\x80\x02cm\nC\n)\x81}X\x01\0\0\0aK\x01sbN}X\x01\0\0\0bK\x02s\x86b.")
    write("extensions", b"\x80\x02(\x82\x01\x82\xff\x83\x00\x01\x84\x00\x00\x01\x00\x82\x05)Rt.")
    write("call-of-call", b"\x80\x02cm\nf\n)R)RK\x01\x85R.")
    write("call-cycle", b"\x80\x02cm\nC\n)\x81q\x00}X\x04\0\0\0selfh\x00sb.")
    write("tuple-cycle", b"\x80\x02]q\x00h\x00K\x01\x86q\x01a.")
    write("call-as-key", b"\x80\x02}cm\nf\n)RK\x01scm\nC\nK\x02s.")


def streams():
    write("stream", pickle.dumps(1, 0) + pickle.dumps("two", 1) + pickle.dumps([3], 2) + pickle.dumps({4: 4}, 4) + pickle.dumps(None, 5))
    write("stream-memo", b"\x80\x02X\x01\0\0\0aq\x00." + b"\x80\x02X\x01\0\0\0bq\x00h\x00\x86.")
    write("protocol-late", b"K\x01\x80\x020\x80\x05N.")
    write("empty-frame", b"\x80\x04\x95" + b"\0" * 8 + b"K\x01.")
    write("deep-list", pickle.dumps(0, 2)[:2] + b"]" * 100 + b"a" * 99 + b".")
    write("big-text", pickle.dumps(["x" * 300, "y" * 300], 4))


def errors():
    write("error-no-stop", b"\x80\x02K\x01", "no STOP")
    write("error-empty", b"\x80\x02.", "STOP on an empty stack")
    write("error-underflow", b"\x80\x02K\x01\x86.", "stack underflow")
    write("error-no-mark", b"\x80\x02K\x01t.", "no MARK")
    write("error-unknown-opcode", b"\x80\x02K\x01\xff.", "unknown opcode 0xff")
    write("error-memo", b"\x80\x02h\x07.", "memo 7 was never written")
    write("error-truncated-text", b"\x80\x02X\xff\x00\x00\x00abc", "text runs past the end")
    write("error-truncated-line", b"Vabc", "line without end")
    write("error-huge-length", b"\x80\x04\x8d\xff\xff\xff\xff\xff\xff\xff\x7fabc.", "text runs past the end")
    write("error-negative-length", b"\x80\x02T\xff\xff\xff\xffabc.", "negative length")
    write("error-negative-long", b"\x80\x02\x8b\xff\xff\xff\xff.", "negative length")
    write("error-protocol", b"\x80\x06N.", "protocol 6")
    write("error-utf8", b"\x80\x02X\x02\0\0\0\xff\xfe.", "not UTF-8")
    write("error-int", b"Iabc\n.", "not an integer")
    write("error-float", b"Fabc\n.", "not a number")
    write("error-string-quotes", b"Sabc\n.", "no quotes")
    write("error-append-to-int", b"\x80\x02K\x01K\x02a.", "APPEND to something that is no list")
    write("error-set-on-int", b"\x80\x02K\x00K\x01K\x02s.", "SETITEM on something that is no dict")
    write("error-frame", b"\x80\x04\x95\x02\0\0\0\0\0\0\0J\x01\0\0\0.", "an opcode crosses the end of its frame")
    write("error-put-empty", b"\x80\x02q\x00.", "PUT on an empty stack")
    write("error-stack-global", b"\x80\x04K\x01K\x02\x93.", "STACK_GLOBAL of something that is no text")
    # Buffers kept outside the stream: no checkpoint has them, a reader says so.
    write("error-buffer", b"\x80\x05\x97.", "out-of-band buffer")
    write("error-readonly-buffer", b"\x80\x05(\x97\x98t.", "out-of-band buffer")


def generate():
    for protocol in range(6):
        write(f"everything-protocol{protocol}", dumps(everything(protocol), protocol))
        write(f"library-protocol{protocol}", pickle.dumps([OrderedDict(a=(1, 2)), {"b": {1, 2}}, b"\xff", -(2**70)], protocol))
    for part in (text_forms, binary_forms, call_forms, streams, errors):
        part()
    unused = {o.name for o in pickletools.opcodes} - used
    assert not unused, unused
