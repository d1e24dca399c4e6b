"""Tiny tensors of every kind: dtypes, views, shared storages, quantised, sparse, subclasses, plain values."""

import datetime
import pathlib
import warnings
from collections import Counter, OrderedDict, defaultdict

import numpy as np
import torch

from user_project import Pair, Tagged

PLAIN = ["float64", "float32", "float16", "bfloat16", "complex128", "complex64",
         "int64", "int32", "int16", "int8", "uint8", "bool"]
# Kept by torch in untyped storages, rebuilt by _rebuild_tensor_v3.
UNTYPED = ["uint16", "uint32", "uint64", "complex32", "bcomplex32", "float8_e4m3fn", "float8_e4m3fnuz",
           "float8_e5m2", "float8_e5m2fnuz", "float8_e8m0fnu", "float4_e2m1fn_x2"]
BITS = ["bits8", "bits16", "bits1x8", "bits2x4", "bits4x2"]


def of_dtype(name, shape=(2, 3)):
    """A tensor whose bytes all differ, so that a wrong element size or order shows."""
    dtype = getattr(torch, name)
    count = int(np.prod(shape))
    if dtype is torch.bool:
        return (torch.arange(count) % 2 == 0).reshape(shape)
    if dtype.is_floating_point and dtype.itemsize > 1:
        return torch.randn(shape, dtype=torch.float64).to(dtype)
    if dtype in (torch.complex64, torch.complex128):
        return torch.randn(shape, dtype=torch.complex128).to(dtype)
    raw = torch.randint(1, 120, (count * dtype.itemsize,), dtype=torch.uint8)
    return raw.view(dtype).reshape(shape)


def dtypes(names=tuple(PLAIN + UNTYPED)):
    return {name: of_dtype(name) for name in names}


def bits():
    """The bits dtypes support no arithmetic: made from bytes, one-dimensional."""
    return {name: torch.arange(1, 9, dtype=torch.uint8).view(getattr(torch, name)) for name in BITS}


def views():
    base = torch.arange(24, dtype=torch.float32).reshape(4, 6)
    cube = torch.arange(48, dtype=torch.int32).reshape(2, 3, 8)
    return {
        "base": base,
        "transposed": base.t(),
        "rows": base[1:3],
        "columns": base[:, 2:5],
        "strided": base[::2, 1::3],
        "last": base[3, 5],
        "expanded": torch.tensor([[1.5], [2.5]]).expand(2, 4),
        "expanded_scalar": torch.tensor(7.0).expand(3),
        "overlapping": torch.as_strided(torch.arange(6, dtype=torch.float32), (4, 3), (1, 1)),
        "permuted": cube.permute(2, 0, 1),
        "empty_slice": base[4:4],
        "empty": torch.empty(0),
        "zero_rows": torch.empty(0, 3),
        "zero_middle": torch.empty(2, 0, 3, dtype=torch.int64),
        "scalar": torch.tensor(3.25),
        "scalar_int": torch.tensor(-5),
        "ones_size": torch.arange(3.0).reshape(1, 3, 1),
        "channels_last": torch.arange(24.0).reshape(1, 3, 2, 4).to(memory_format=torch.channels_last),
    }


def conjugates():
    """Views with the lazy conjugate and negative bits: the flags stand in the pickle, not in the bytes."""
    z = torch.complex(torch.arange(4.0), torch.arange(4.0, 8.0))
    return {"plain": z, "conjugated": z.conj(), "negated": torch._neg_view(torch.arange(3.0)), "conjugated_column": z.reshape(2, 2).mH[:, 1]}


def shared():
    weight = torch.randn(4, 3)
    return {"embed.weight": weight, "decoder.weight": weight, "decoder.bias": torch.randn(4), "tail": weight[2:]}


def parameters():
    with_state = torch.nn.Parameter(torch.randn(2, 2))
    with_state.note, with_state.rank = "kept beside the data", 4
    return OrderedDict([
        ("plain", torch.nn.Parameter(torch.randn(2, 3))),
        ("frozen", torch.nn.Parameter(torch.randn(2), requires_grad=False)),
        ("integer", torch.nn.Parameter(torch.arange(3), requires_grad=False)),
        ("with_state", with_state),
        ("leaf", torch.randn(2, requires_grad=True)),
        ("buffer", torch.nn.Buffer(torch.randn(2))),
    ])


def attributed():
    """A plain tensor with Python attributes is rebuilt by _rebuild_from_type_v2."""
    tensor = torch.arange(4.0)
    tensor.label = "four"
    return {"attributed": tensor, "plain": torch.arange(2.0)}


def subclasses():
    tagged = torch.arange(3.0).as_subclass(Tagged)
    tagged.tag = "user's class"
    return {"tagged": tagged, "plain": torch.arange(2.0)}


def wrappers():
    return {"pair": Pair(torch.arange(3.0), torch.arange(3, dtype=torch.int64)), "plain": torch.arange(2.0)}


def quantised():
    values = torch.linspace(-3, 3, 12).reshape(3, 4)
    scales, zeros = torch.tensor([0.1, 0.05, 0.2], dtype=torch.float64), torch.tensor([0, 2, 1])
    made = {}
    for name in ("qint8", "quint8", "qint32"):
        made[f"per_tensor_{name}"] = torch.quantize_per_tensor(values, 0.05, 3, getattr(torch, name))
    for name in ("qint8", "quint8"):
        made[f"per_channel_{name}"] = torch.quantize_per_channel(values, scales, zeros, 0, getattr(torch, name))
    made["per_tensor_transposed"] = made["per_tensor_qint8"].t()
    return made


def sparse():
    dense = torch.tensor([[0, 1.5, 0], [2.5, 0, 0], [0, 0, 3.5]])
    uncoalesced = torch.sparse_coo_tensor(torch.tensor([[0, 0, 1], [2, 2, 0]]), torch.tensor([1.0, 2, 3]), (2, 3))
    return {
        "coo": dense.to_sparse(),
        "coo_twice": uncoalesced,
        "csr": dense.to_sparse_csr(),
        "csc": dense.to_sparse_csc(),
        "bsr": torch.arange(16.0).reshape(4, 4).to_sparse_bsr((2, 2)),
        "dense": dense,
    }


def meta():
    return torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2)).to("meta").state_dict()


def storages():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        typed = torch.arange(5, dtype=torch.float32).storage()
        half = torch.arange(3, dtype=torch.float16).storage()
    return {"typed": typed, "half": half, "untyped": torch.arange(7, dtype=torch.uint8).untyped_storage()}


def arrays():
    """numpy beside torch; the text array and the scalars are plain values, not tensors."""
    return {
        "tensor": torch.arange(3.0),
        "float32": np.arange(6, dtype=np.float32).reshape(2, 3),
        "fortran": np.asfortranarray(np.arange(6, dtype=np.float64).reshape(2, 3)),
        "big_endian": np.arange(4, dtype=">f4"),
        "big_endian_int": np.arange(4, dtype=">i8"),
        "int64": np.arange(-2, 3),
        "uint16": np.arange(3, dtype=np.uint16),
        "bool": np.array([True, False, True]),
        "complex64": np.array([1 + 2j, 3 - 4j], dtype=np.complex64),
        "scalar_array": np.array(2.5),
        "empty": np.empty((0, 2), dtype=np.float32),
        "sliced": np.arange(12, dtype=np.int32).reshape(3, 4)[:, 1:3],
        "text": np.array(["a", "bc"]),
        "float64_scalar": np.float64(0.1),
        "float32_scalar": np.float32(0.5),
        "int64_scalar": np.int64(-7),
        "bool_scalar": np.bool_(True),
    }


def plain_values():
    """Every plain Python value one meets in a checkpoint, with cycles and shared references."""
    cycle = [1]
    cycle.append(cycle)
    loop = {"name": "loop"}
    loop["self"] = loop
    twice = ["the same list", "reached twice"]
    return {
        "state_dict": OrderedDict([("weight", torch.arange(4.0)), ("größe.重み", torch.arange(2))]),
        "none": None, "yes": True, "no": False,
        "ints": [0, 1, -1, 255, 256, 65535, 65536, 2**31 - 1, -(2**31), 2**31, 2**63, -(2**63), 2**64, 2**70, -(2**200), 10**400],
        "floats": [0.0, -0.0, 1.5, 1e-320, float("inf"), float("-inf"), float("nan")],
        "text": ["", "ascii", "ümläut", "漢字", "🔥", "nul\0inside", "x" * 300],
        "bytes": [b"", b"\x00\x01\xff", b"y" * 300], "bytearray": bytearray(b"abc"),
        "set": {1, 2, 3}, "frozenset": frozenset([4, 5]), "empty_set": set(),
        "complex": 1 + 2j,
        "nested": {"a": [{"b": ((1,), (1, 2), (1, 2, 3), (1, 2, 3, 4), ())}]},
        "cycle": cycle, "loop": loop, "twice": (twice, twice),
        "int_keys": {0: "zero", -1: "minus one", (1, 2): "tuple", 1.5: "float", None: "none", True: "true"},
        "size": torch.Size([2, 3]), "empty_size": torch.Size([]),
        "device": torch.device("cuda", 1), "dtype": torch.bfloat16, "layout": torch.strided,
        "qscheme": torch.per_tensor_affine,
        "defaultdict": defaultdict(list, {"k": [1]}), "counter": Counter("abca"),
        "date": datetime.datetime(2020, 4, 1, 12, 30), "span": datetime.timedelta(hours=1),
        "path": pathlib.PurePosixPath("weights/last.pth"), "range": range(1, 10, 2), "slice": slice(1, None, 2),
        "type": int, "ellipsis": ...,
    }
