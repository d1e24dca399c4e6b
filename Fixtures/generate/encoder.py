"""Pickles of protocol 2 as CPython's C pickler and torch.save write them, for a writer to reproduce byte for byte."""

import io
import pickle
import zipfile
from collections import OrderedDict

import torch

from common import ROOT

FOLDER = ROOT / "encoder"


def values():
    recursive = ([],)
    recursive[0].append(recursive)
    text = "twice"
    return [
        None, True, False, 0, 1, -1, 255, 256, 65535, 65536, 2**31 - 1, 2**31, -(2**31), -(2**31) - 1, 127 << 56, 128 << 56, -(128 << 56),
        2**63 - 1, 2**63, -(2**63), 2**64, -(2**64), 1 << 2031, 1 << 2040, -(1 << 2039), 0.0, -0.0, 1.5, float("inf"),
        "", "ascii", "ümläut 漢字 🔥", text, text, (), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4), [], [1], {}, {"one": 1}, recursive,
        b"", b"\x00\xff", bytearray(b"ab"), {1}, frozenset([2]), OrderedDict, OrderedDict(one=1), OrderedDict(a=1, b=2), 1 + 2j,
    ]


def batches():
    return [list(range(n)) for n in (999, 1000, 1001, 2000)] + [dict.fromkeys(range(n)) for n in (999, 1000, 1001, 2000)] + [
        OrderedDict.fromkeys(range(n)) for n in (999, 1000, 1001, 2000)]


def memo():
    """More values than one byte can number, and all of them again."""
    texts = [f"t{i}" for i in range(300)]
    return [texts, list(texts)]


def state_dict():
    """`data.pkl` of what torch.save writes for a small module's state dict."""
    model = torch.nn.Sequential(OrderedDict(conv=torch.nn.Conv2d(1, 2, 3, bias=False), bn=torch.nn.BatchNorm2d(2)))
    out = io.BytesIO()
    torch.save(model.state_dict(), out)
    with zipfile.ZipFile(out) as archive:
        return archive.read(next(name for name in archive.namelist() if name.endswith("data.pkl")))


def generate():
    FOLDER.mkdir(exist_ok=True)
    for make in (values, batches, memo):
        (FOLDER / f"{make.__name__}.pkl").write_bytes(pickle.dumps(make(), protocol=2))
    (FOLDER / "state-dict.pkl").write_bytes(state_dict())
