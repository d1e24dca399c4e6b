"""The other containers: tar, TorchScript, safetensors, sharded sets, npz and npy, bare pickles."""

import io
import json
import pickle
import struct
import tarfile
import zipfile
from collections import OrderedDict

import numpy as np
import safetensors.torch
import torch
from torch import nn

import tensors
from common import CHECKPOINTS, TensorPickler, record, rezip, save_legacy, save_zip, seeded, torch_truth, write_json
from containers import Python2Pickler, settled_net
from training import small_res2net

# ---------------------------------------------------------------- tar (PyTorch before 0.1.10)


def add_member(tar, name, data):
    info = tarfile.TarInfo(name)
    info.size = len(data)
    tar.addfile(info, io.BytesIO(data))


def save_tar(path, value, named, roots, views):
    """As torch 0.1.9 did: tensors and storages stand in members of their own, the object names them by id.

    named: tensor object -> (key, storage key); roots: storage key -> flat tensor;
    views: (view key, root key, offset, count).
    """
    storages, members = io.BytesIO(), io.BytesIO()
    pickle.dump(len(roots), storages, 2)
    for key, root in roots.items():
        kind = getattr(torch, torch.storage._dtype_to_storage_type_map()[root.dtype])
        pickle.dump((key, "cpu", kind), storages, 2)
        storages.write(struct.pack("<q", root.numel()) + root.numpy().tobytes())
    pickle.dump(views, storages, 2)

    pickle.dump(len(named), members, 2)
    for tensor, key, storage_key in named:
        kind = getattr(torch, torch.storage._dtype_to_storage_type_map()[tensor.dtype].replace("Storage", "Tensor"))
        base = next((offset for view, _, offset, _ in views if view == storage_key), 0)
        pickle.dump((key, storage_key, kind), members, 2)
        rank = tensor.dim()
        members.write(struct.pack(f"<ii{2 * rank + 1}q", rank, 0, *tensor.shape, *tensor.stride(), tensor.storage_offset() - base))

    class Pickler(pickle.Pickler):
        def persistent_id(self, item):
            for tensor, key, _ in named:
                if item is tensor:
                    return str(key)
            return None

    body = io.BytesIO()
    Pickler(body, 2).dump(value)
    system = pickle.dumps({"protocol_version": 1000, "little_endian": True, "type_sizes": {"short": 2, "int": 4, "long": 8}}, 2)
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as tar:
        for name, data in (("sys_info", system), ("pickle", body.getvalue()), ("tensors", members.getvalue()), ("storages", storages.getvalue())):
            add_member(tar, name, data)


@seeded
def tar_files():
    weight, bias, steps = torch.randn(4, 3), torch.randn(4), torch.arange(3)
    value = OrderedDict([("weight", weight), ("bias", bias), ("weight_t", weight.t()), ("steps", steps), ("last_row", weight[3])])
    keys = {"weight": 101, "bias": 102, "weight_t": 101, "steps": 103, "last_row": 101}
    named = [(tensor, 140000000000000 + 16 * i, keys[name]) for i, (name, tensor) in enumerate(value.items())]
    path = CHECKPOINTS / "tar-shared.pth"
    save_tar(path, value, named, {101: weight.reshape(-1), 102: bias, 103: steps}, [])
    torch_truth(path, "torch-tar")

    root = torch.arange(12, dtype=torch.float64)
    value = OrderedDict([("head", root[:4]), ("tail", root[4:].reshape(2, 4)), ("all", root)])
    keys = {"head": 201, "tail": 202, "all": 200}
    named = [(tensor, 1 + i, keys[name]) for i, (name, tensor) in enumerate(value.items())]
    path = CHECKPOINTS / "tar-views.pth"
    save_tar(path, {"state_dict": value, "epoch": 7}, named, {200: root}, [(201, 200, 0, 4), (202, 200, 4, 8)])
    torch_truth(path, "torch-tar", key="state_dict")


# ---------------------------------------------------------------- TorchScript


class Scripted(nn.Module):
    """Parameters, buffers, a tensor that is only an attribute, constants, containers, an unused branch."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4))
        self.blocks = nn.ModuleList([nn.Conv2d(4, 4, 1), nn.Conv2d(4, 4, 1)])
        self.gain = nn.Parameter(torch.ones(4))
        self.register_buffer("mean", torch.arange(3.0))
        self.register_buffer("cache", torch.zeros(2), persistent=False)
        self.plain = torch.full((2,), 9.0)
        self.sizes = [1, 2, 3]
        self.names = {"a": 1}

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.stem(x - self.mean[:, None, None])
        for block in self.blocks:
            x = block(x) + self.plain.sum() + self.cache.sum()
        return x * self.gain[:, None, None] + len(self.sizes) + self.names["a"]


class WithConstants(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(2, 2)

    def forward(self, x):
        return self.linear(x) + torch.tensor([1.0, 2.0]) * torch.tensor([[3.0], [4.0]])


@seeded
def torchscript_files():
    tied = nn.Sequential(nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 2))
    tied[2].weight = tied[0].weight
    made = {
        "scripted": torch.jit.script(Scripted().eval()),
        "traced": torch.jit.trace(settled_net(), torch.randn(1, 3, 8, 8)),
        "constants": torch.jit.trace(WithConstants().eval(), torch.randn(1, 2)),
        "frozen": torch.jit.freeze(torch.jit.script(WithConstants().eval())),
        "tied": torch.jit.script(tied),
    }
    for name, module in made.items():
        raw, path = CHECKPOINTS / f"torchscript-{name}.tmp", CHECKPOINTS / f"torchscript-{name}.pt"
        torch.jit.save(module, str(raw))
        # The debug records hold the paths of the source files on the machine that saved it, and the id is a
        # hash over them: without the records and with a fixed id, every machine writes the same bytes.
        with zipfile.ZipFile(raw) as archive:
            debug = [info.filename.split("/", 1)[1] for info in archive.infolist() if info.filename.endswith(".debug_pkl")]
        rezip(raw, path, drop=debug, edit=lambda name, data: b"2" * 40 if name == ".data/serialization_id" else data)
        raw.unlink()
        record(path, "torchscript", torch.jit.load(str(path)).state_dict())


# ---------------------------------------------------------------- safetensors


def safetensors_truth(path):
    """In the order of the header, which is the order of the data."""
    header = json.loads(path.read_bytes()[8:8 + struct.unpack("<Q", path.read_bytes()[:8])[0]])
    loaded = safetensors.torch.load_file(path)
    record(path, "safetensors", {name: loaded[name] for name in header if name != "__metadata__"})


def with_sorted_metadata(data):
    """The library writes its metadata in random order: sorted, every run gives the same bytes."""
    size = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:8 + size])
    if "__metadata__" in header:
        header["__metadata__"] = dict(sorted(header["__metadata__"].items()))
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode().ljust(size)
    assert len(text) == size
    return data[:8] + text + data[8 + size:]


@seeded
def safetensors_files():
    unsupported = {"complex128", "complex32", "bcomplex32", "float8_e8m0fnu", "float4_e2m1fn_x2"}
    names = tuple(name for name in tensors.PLAIN + tensors.UNTYPED if name not in unsupported)
    views = {name: value.contiguous().clone() for name, value in tensors.views().items()}
    for name, value, metadata in (
        ("dtypes", tensors.dtypes(names), None),
        ("shapes", views, None),
        ("metadata", settled_net().state_dict(), {"format": "pt", "author": "nobody", "größe": "klein", "quoted": 'a "b" \\ \n'}),
        ("empty", {}, None),
        ("empty-metadata", {}, {"format": "pt"}),
        ("names", {"": torch.ones(1), "a.b.c": torch.ones(2), "重み/✓ \"": torch.ones(3)}, None),
    ):
        path = CHECKPOINTS / f"safetensors-{name}.safetensors"
        path.write_bytes(with_sorted_metadata(safetensors.torch.save(value, metadata)))
        safetensors_truth(path)

    # Dtypes of the format that the library's torch binding cannot load yet: truth from the tensors themselves.
    extra = {"float8_e8m0fnu": torch.arange(1, 7, dtype=torch.uint8).view(torch.float8_e8m0fnu)}
    raw = extra["float8_e8m0fnu"].view(torch.uint8).numpy().tobytes()
    header = json.dumps({"float8_e8m0fnu": {"dtype": "F8_E8M0", "shape": [6], "data_offsets": [0, 6]}}).encode()
    path = CHECKPOINTS / "safetensors-e8m0.safetensors"
    path.write_bytes(struct.pack("<Q", len(header)) + header + raw)
    record(path, "safetensors", extra)


# ---------------------------------------------------------------- sharded


@seeded
def sharded_sets():
    """Truth in the order of the shards, and within a shard in its own order."""
    state = small_res2net(deep=False, scale=2, classes=2).state_dict()
    state = {name: value for name, value in state.items() if name.startswith(("conv1", "bn1", "layer1", "fc"))}
    names = list(state)
    parts = [names[: len(names) // 2], names[len(names) // 2:]]

    folder = CHECKPOINTS / "sharded-safetensors"
    folder.mkdir(exist_ok=True)
    files = [f"model-{i + 1:05}-of-00002.safetensors" for i in range(2)]
    ordered = {}
    for file, part in zip(files, parts):
        safetensors.torch.save_file({name: state[name] for name in part}, folder / file, {"format": "pt"})
        data = (folder / file).read_bytes()
        header = json.loads(data[8:8 + struct.unpack("<Q", data[:8])[0]])
        loaded = safetensors.torch.load_file(folder / file)
        ordered.update((name, loaded[name]) for name in header if name != "__metadata__")
    write_index(folder / "model.safetensors.index.json", state, files, parts)
    record(folder / "model.safetensors.index.json", "safetensors-sharded", ordered)

    folder = CHECKPOINTS / "sharded-torch"
    folder.mkdir(exist_ok=True)
    files = [f"pytorch_model-{i + 1:05}-of-00002.bin" for i in range(2)]
    save_zip(folder / files[0], OrderedDict((name, state[name]) for name in parts[0]))
    save_legacy(folder / files[1], OrderedDict((name, state[name]) for name in parts[1]))
    write_index(folder / "pytorch_model.bin.index.json", state, files, parts)
    ordered = {**torch.load(folder / files[0]), **torch.load(folder / files[1])}
    record(folder / "pytorch_model.bin.index.json", "torch-sharded", ordered, weights_only=(True, None))

    folder = CHECKPOINTS / "sharded-missing"
    folder.mkdir(exist_ok=True)
    files = [f"model-{i + 1:05}-of-00002.safetensors" for i in range(2)]
    safetensors.torch.save_file({name: state[name] for name in parts[0]}, folder / files[0], {"format": "pt"})
    write_index(folder / "model.safetensors.index.json", state, files, parts)
    write_json(folder / "model.safetensors.index.json.json", {"error": f"missing shard {files[1]}"})


def write_index(path, state, files, parts):
    size = sum(value.numel() * value.element_size() for value in state.values())
    where = {name: file for file, part in zip(files, parts) for name in part}
    path.write_text(json.dumps({"metadata": {"total_size": size}, "weight_map": where}, indent=2, sort_keys=True) + "\n")


# ---------------------------------------------------------------- numpy

NUMPY_DTYPES = ["f8", "f4", "f2", "c16", "c8", "i8", "i4", "i2", "i1", "u8", "u4", "u2", "u1", "?"]


def numpy_values(kind):
    if kind == "?":
        return np.array([[True, False, True], [False, False, True]])
    values = np.arange(1, 7).reshape(2, 3)
    return (values * (1 - 2j) if kind[0] == "c" else values).astype(kind)


def numpy_truth(path, kind, byte_order="little"):
    loaded = np.load(path, allow_pickle=True)
    value = loaded if kind == "npy" else {name: loaded[name] for name in loaded.files}
    record(path, kind, value, byte_order=byte_order)


@seeded
def numpy_files():
    plain = {{"?": "bool"}.get(kind, kind): numpy_values(kind) for kind in NUMPY_DTYPES}
    swapped = {kind: numpy_values(kind).astype(">" + kind) for kind in NUMPY_DTYPES if kind[-1] not in "1?"}
    shapes = {
        "scalar": np.array(2.5), "empty": np.empty((0, 3)), "fortran": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        "fortran_3d": np.asfortranarray(np.arange(24, dtype=np.int32).reshape(2, 3, 4)), "vector": np.arange(3),
        "folder/inner": np.ones(2, np.float32),
    }
    objects = {"numbers": np.arange(3.0), "objects": np.array([{"a": 1}, None, "text"], dtype=object), "text": np.array(["a", "bc"])}
    for name, value, save in (
        ("dtypes", plain, np.savez), ("compressed", plain, np.savez_compressed), ("big-endian", swapped, np.savez),
        ("shapes", shapes, np.savez), ("objects", objects, np.savez),
    ):
        path = CHECKPOINTS / f"npz-{name}.npz"
        save(path, **value)
        numpy_truth(path, "npz", "big" if name == "big-endian" else "little")

    singles = {
        "plain": (np.arange(6, dtype=np.float32).reshape(2, 3), (1, 0)),
        "version2": (np.arange(4, dtype=np.int64), (2, 0)),
        "version3": (np.arange(4, dtype=np.float64), (3, 0)),
        "fortran": (np.asfortranarray(np.arange(6, dtype=np.float64).reshape(2, 3)), (1, 0)),
        "big-endian": (np.arange(5, dtype=">f8"), (1, 0)),
        "scalar": (np.array(7, np.int32), (1, 0)),
        "bool": (np.array([True, False]), (1, 0)),
        "empty": (np.empty((2, 0, 3), np.float32), (1, 0)),
        "half": (np.arange(3, dtype=np.float16), (1, 0)),
    }
    for name, (value, version) in singles.items():
        path = CHECKPOINTS / f"npy-{name}.npy"
        with open(path, "wb") as file:
            np.lib.format.write_array(file, value, version)
        numpy_truth(path, "npy", "big" if name == "big-endian" else "little")


# ---------------------------------------------------------------- bare pickles


class Python2BlobPickler(Python2Pickler):
    """Arrays as Python 2 wrote them: their bytes are text."""

    dispatch = dict(Python2Pickler.dispatch)
    dispatch[bytes] = lambda self, data: (self.write(b"T" + struct.pack("<i", len(data)) + data), self.memoize(data))


def dump(pickler, value, protocol):
    out = io.BytesIO()
    pickler(out, protocol).dump(value)
    return out.getvalue()


@seeded
def bare_pickles():
    weight = torch.randn(2, 3)
    value = {"weight": weight, "row": weight[1], "steps": torch.arange(4), "flag": torch.tensor([True, False]), "lr": 0.1}
    arrays = tensors.arrays()
    del arrays["tensor"]
    for protocol in range(6):
        for name, content, pickler in (("tensors", value, TensorPickler), ("arrays", arrays, pickle.Pickler)):
            path = CHECKPOINTS / f"pickle-{name}-protocol{protocol}.pkl"
            path.write_bytes(dump(pickler, content, protocol))
            record(path, "pickle", pickle.loads(path.read_bytes()))

    blobs = {"model": {"conv1_w": np.arange(6, dtype=np.float32).reshape(2, 3), "conv1_b": np.arange(2, dtype=np.float32)},
             "__author__": "nobody", "matching_heuristics": True}
    path = CHECKPOINTS / "pickle-model-zoo.pkl"
    path.write_bytes(pickle.dumps(blobs, 4))
    record(path, "pickle", blobs, key="model")

    path = CHECKPOINTS / "pickle-python2.pkl"
    path.write_bytes(dump(Python2BlobPickler, {"blobs": blobs["model"]}, 2).replace(b"numpy._core.", b"numpy.core."))
    record(path, "pickle", pickle.loads(path.read_bytes(), encoding="latin1"), key="blobs")

    path = CHECKPOINTS / "pickle-module.pkl"
    path.write_bytes(dump(TensorPickler, settled_net(), 4))
    record(path, "pickle", pickle.loads(path.read_bytes()))

    path = CHECKPOINTS / "pickle-array.pkl"
    path.write_bytes(pickle.dumps(np.arange(6.0).reshape(2, 3), 5))
    record(path, "pickle", pickle.loads(path.read_bytes()))


def generate():
    tar_files()
    torchscript_files()
    safetensors_files()
    sharded_sets()
    numpy_files()
    bare_pickles()
