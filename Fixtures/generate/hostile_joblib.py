"""What joblib writes, with a call behind, between and in arrays. Nothing here is ever loaded."""

import io
import os
import pickle

import joblib
import numpy as np
from joblib.numpy_pickle import NumpyPickler

from hostile_pickles import put


class Call:
    def __reduce__(self):
        return os.system, ("echo pwned",)


class Pipe(io.BytesIO):
    """A file without a position: joblib then leaves out what aligns its arrays."""

    def tell(self):
        raise io.UnsupportedOperation


def dumped(value, **options):
    out = io.BytesIO()
    joblib.dump(value, out, **options)
    return out.getvalue()


def unaligned(value, protocol=2):
    out = Pipe()
    NumpyPickler(out, protocol=protocol).dump(value)
    return out.getvalue()


def generate():
    structure = np.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f8")])
    arrays = {
        "number": np.arange(5), "columns": np.asfortranarray(np.ones((2, 3), "f4")), "none": np.zeros((0, 3)),
        "text": np.array(["ab", "c"]), "bytes": np.array([b"x"]), "scalar": np.array(3.0), "structure": structure,
        "time": np.array(["2020"], dtype="M8[D]"), "swapped": np.arange(3, dtype=">i4"),
        "objects": np.array([1, "x", None], dtype=object), "one": np.float64(3), "list": [1, 2],
    }
    for name, options in {"plain": {}, "protocol2": {"protocol": 2}, "zlib": {"compress": 3}, "lzma": {"compress": ("lzma", 3)}}.items():
        put(f"joblib-fine-{name}.joblib", dumped(arrays, **options), "safe", "arrays as joblib writes them", exit=None)
        evil = {"a": arrays["number"], "o": arrays["objects"], "b": arrays["columns"], "c": Call()}
        put(f"joblib-call-{name}.joblib", dumped(evil, **options), "dangerous", "a call behind three arrays of joblib", exit=None)
    put("joblib-call-in-objects.joblib", dumped([arrays["number"], np.array([Call()], dtype=object)]), "dangerous", "a call in an array of objects", exit=None)
    put("joblib-unaligned.joblib", unaligned([np.zeros(3, "u1"), np.zeros(3, "u1")]), "safe", "arrays that are not aligned", exit=None)
    opcodes = np.frombuffer(b"0" + pickle.dumps(Call(), 2)[2:], "u1")
    put("joblib-opcodes.joblib", unaligned([opcodes]), "dangerous", "numbers to joblib, opcodes to pickle", exit=None)
    put("joblib-doubtful.joblib", unaligned([np.frombuffer(b"N(Ne", "u1")]), "unknown", "numbers to joblib, and to pickle something that is not read here", exit=None)
    tail = b"0" + pickle.dumps(Call(), 2)[2:]
    padded = dumped([np.frombuffer(bytes(40) + tail, "u1")], protocol=2)
    # Old versions do not know the padding: they go on that much before the end.
    place = padded.index(b"\xff" + bytes(40)) - 1
    while padded[place] == 0xff:
        place -= 1
    skipped = padded[place]
    grown = padded[:place] + bytes([len(tail) - 1]) + b"\xff" * (len(tail) - 1) + padded[place + 1 + skipped:]
    put("joblib-unpadded.joblib", grown, "dangerous", "the end of an array, which is opcodes to joblib before 1.2", exit=None)
    put("joblib-matrix.joblib", dumped([np.zeros((1, 1)).view(np.matrix)]), "unknown", "an array of another class", exit=None)
    put("joblib-protocol0.joblib", dumped([arrays["number"], Call()], protocol=0), "unknown", "a wrapper that is made in an older way", exit=None)
    put("joblib-objects-first.joblib", dumped([np.array([1], dtype=object)]), "safe", "an array of objects, whose pickle has a memo of its own", exit=None)
    whole = dumped([arrays["number"]])
    put("joblib-cut-off.joblib", whole[:-20], "unknown", "the last array is cut off", exit=None)
    forged = whole.replace(b"i8\x94", b"i4\x94")
    put("joblib-forged.joblib", forged, "unknown", "a dtype of other items than stand there", exit=None)
