"""What every generator shares: where fixtures go, how truth is recorded, how bytes are made repeatable."""

import functools
import hashlib
import io
import json
import pickle
import random
import sys
import tempfile
import types
import unicodedata
import warnings
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import safetensors
import torch

ROOT = Path(__file__).resolve().parent.parent
CHECKPOINTS = ROOT / "checkpoints"
HOSTILE = ROOT / "hostile"
PICKLES = ROOT / "pickles"

MAGIC_NUMBER = torch.serialization.MAGIC_NUMBER
PROTOCOL_VERSION = torch.serialization.PROTOCOL_VERSION

VERSIONS = {
    "python": ".".join(map(str, sys.version_info[:2])),
    "torch": torch.__version__.split("+")[0],
    "numpy": np.__version__,
    "safetensors": safetensors.__version__,
}

warnings.filterwarnings("ignore")


def seeded(function):
    """Every fixture starts from the same seed, so adding one does not change the others."""

    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        torch.manual_seed(20200401)
        np.random.seed(20200401)
        random.seed(20200401)
        return function(*args, **kwargs)

    return wrapper


# ---------------------------------------------------------------- truth


def element_bytes(tensor):
    """The tensor's elements in C order, little-endian."""
    if tensor.is_quantized:
        tensor = tensor.int_repr()
    tensor = tensor.detach().resolve_conj().resolve_neg()
    if tensor.numel() == 0:
        return b""
    try:
        packed = tensor.contiguous().reshape(-1).view(torch.uint8)
    except RuntimeError:  # dtypes torch cannot copy are contiguous already in these fixtures
        assert tensor.is_contiguous() and tensor.storage_offset() == 0
        return bytes(tensor.untyped_storage().tolist())
    return packed.numpy().tobytes()


def components(name, value):
    """(name, tensor) pairs that `value` contributes: itself, or its parts when it has no strided storage."""
    if isinstance(value, torch.Tensor) and value.layout is not torch.strided:
        coo = value.layout is torch.sparse_coo
        by_row = value.layout in (torch.sparse_csr, torch.sparse_bsr)
        if coo:
            parts = {"indices": value._indices(), "values": value._values()}
        elif by_row:
            parts = {"crow_indices": value.crow_indices(), "col_indices": value.col_indices(), "values": value.values()}
        else:
            parts = {"ccol_indices": value.ccol_indices(), "row_indices": value.row_indices(), "values": value.values()}
        return [(f"{name}.{part}" if name else part, tensor) for part, tensor in parts.items()]
    if isinstance(value, torch.Tensor) and hasattr(type(value), "held_tensors"):
        return [(f"{name}.{part}", getattr(value, part)) for part in type(value).held_tensors]
    if isinstance(value, torch.storage.TypedStorage):
        return [(name, torch.empty(0, dtype=value.dtype).set_(value))]
    if isinstance(value, torch.UntypedStorage):
        return [(name, torch.empty(0, dtype=torch.uint8).set_(value))]
    return [(name, value)]


def is_tensor(value):
    if isinstance(value, np.ndarray):
        return value.dtype.kind in "biufc" and value.dtype.itemsize <= 16 and value.dtype.char not in "gG"
    return isinstance(value, (torch.Tensor, torch.UntypedStorage, torch.storage.TypedStorage))


def named_tensors(state_dict):
    if isinstance(state_dict, torch.nn.Module):
        state_dict = state_dict.state_dict()
    if is_tensor(state_dict):
        return components("", state_dict)
    if isinstance(state_dict, Mapping):
        items, seen = [], {}
        for key, value in state_dict.items():
            # Keys that read alike (1 and '1', composed and decomposed letters) are numbered.
            alike = unicodedata.normalize("NFC", str(key))
            seen[alike] = seen.get(alike, 0) + 1
            items.append((str(key) if seen[alike] == 1 else f"{key}#{seen[alike]}", value))
    else:
        items = [(str(index), value) for index, value in enumerate(state_dict)]
    return [pair for key, value in items if is_tensor(value) for pair in components(key, value)]


def describe(name, value):
    if isinstance(value, np.ndarray):
        little = np.ascontiguousarray(value).astype(value.dtype.newbyteorder("<"))
        dtype = torch.from_numpy(np.zeros(1, little.dtype)).dtype
        stride = [step // value.dtype.itemsize for step in value.strides]
        offset, shape, digest = 0, value.shape, hashlib.sha256(little.tobytes()).hexdigest()
    else:
        dtype, shape, stride, offset = value.dtype, value.shape, value.stride(), value.storage_offset()
        digest = None if value.is_meta else hashlib.sha256(element_bytes(value)).hexdigest()
    return {
        "name": name,
        "dtype": str(dtype).removeprefix("torch."),
        "shape": list(shape),
        "stride": list(stride),
        "storage_offset": offset,
        "sha256": digest,
    }


def shared_groups(pairs):
    """Names whose storages are one, or are views into the same memory."""
    groups = []  # [memory ranges, names]; a storage without memory counts by its identity
    for name, value in pairs:
        if not isinstance(value, torch.Tensor) or value.is_meta:
            continue
        storage = value.untyped_storage()
        start, size = storage.data_ptr(), storage.nbytes()
        span = (start, start + size) if size else (storage._cdata, storage._cdata + 1)
        touching = [group for group in groups if any(max(span[0], a) < min(span[1], b) for a, b in group[0])]
        for group in touching:
            groups.remove(group)
        groups.append([[span] + [s for g in touching for s in g[0]], [n for g in touching for n in g[1]] + [name]])
    order = {name: index for index, (name, _) in enumerate(pairs)}
    names = [sorted(group[1], key=order.get) for group in groups if len(group[1]) > 1]
    return sorted(names, key=lambda group: order[group[0]])


def weights_only_verdict(path):
    """Whether torch's restricted unpickler accepts the file, and the telling line of its message when not."""
    try:
        torch.load(path, weights_only=True, map_location="cpu")
        return True, None
    except Exception as error:  # noqa: BLE001, any refusal counts
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        telling = [line for line in lines if "WeightsUnpickler error:" in line]
        line = (telling or lines or [type(error).__name__])[0]
        after = line.split("WeightsUnpickler error:")[-1].strip()
        return False, after or lines[lines.index(line) + 1]


def module_versions(state_dict):
    """What a state dict's `_metadata` says about the version of each module, None when it has none."""
    if isinstance(state_dict, torch.nn.Module) or not hasattr(state_dict, "_metadata"):
        return None
    return {name: entry.get("version") for name, entry in state_dict._metadata.items()}


def lookup(root, dotted):
    for part in dotted.split(".") if dotted else []:
        if isinstance(root, Mapping):
            root = root[part] if part in root else root[int(part)]
        elif isinstance(root, (list, tuple)):
            root = root[int(part)]
        else:
            root = getattr(root, part)
    return root


def write_json(path, value):
    """One key a line, and one tensor (or other list item) a line."""
    def line(item):
        return json.dumps(item, ensure_ascii=False)

    def block(item):
        return "[\n  " + ",\n  ".join(map(line, item)) + "\n ]" if isinstance(item, list) and item else line(item)

    if isinstance(value, dict):
        text = "{\n " + ",\n ".join(f"{line(key)}: {block(item)}" for key, item in value.items()) + "\n}"
    else:
        text = line(value)
    path.write_text(text + "\n")


def record(path, kind, loaded, *, key="", byte_order="little", scan="safe", weights_only=None, truth_path=None):
    """Writes the truth beside `path`, from what a real reader made of it (`loaded`)."""
    state_dict = lookup(loaded, key)
    pairs = named_tensors(state_dict)
    if weights_only is None and kind.startswith("torch"):
        weights_only = weights_only_verdict(path)
    accepted, message = weights_only or (None, None)
    truth = {
        "format": kind,
        "byte_order": byte_order,
        "state_dict_key": key,
        "tensors": [describe(name, value) for name, value in pairs],
        "shared": shared_groups(pairs),
        "module_versions": module_versions(state_dict) if kind.startswith(("torch-zip", "torch-legacy")) else None,
        "weights_only": accepted,
        "weights_only_error": message,
        "scan": scan,
        "generator": VERSIONS,
    }
    write_json(truth_path or path.with_name(path.name + ".json"), truth)


def torch_truth(path, kind, **options):
    """Truth of a file that torch itself can read."""
    record(path, kind, torch.load(path, weights_only=False, map_location="cpu"), **options)


# ---------------------------------------------------------------- writing with the real torch.save


def pickle_module(persistent_id=None, reduce=None, dumps=None):
    """A stand-in for `pickle` that torch.save accepts, with hooks.

    persistent_id(id) may replace the id that torch made; reduce(object) may return a reduce value or
    NotImplemented; dumps collects the objects of plain `dump` calls (the legacy container's records).
    """

    class Pickler(pickle.Pickler):
        def __init_subclass__(cls):
            original = cls.__dict__.get("persistent_id")
            if persistent_id and original:
                def hooked(self, value):
                    made = original(self, value)
                    return made if made is None else persistent_id(made)
                cls.persistent_id = hooked

        if reduce:
            def reducer_override(self, value):
                return reduce(value)

    def dump(value, file, protocol=2):
        if dumps is not None:
            dumps.append((file.tell(), value))
        pickle.dump(value, file, protocol=protocol)

    return types.SimpleNamespace(__name__="pickle", Pickler=Pickler, dump=dump)


def save_zip(path, value, *, protocol=2, persistent_id=None, reduce=None):
    with torch.no_grad():
        torch.save(
            value, str(path), pickle_protocol=protocol,
            pickle_module=pickle_module(persistent_id, reduce) if persistent_id or reduce else pickle,
        )


def save_legacy(path, value, *, protocol=2, persistent_id=None, reduce=None):
    """torch.save in the legacy container, with two things made repeatable.

    torch names storages by their address and sorts them by it; here they are named and stored in the order
    of first use. It also copies the path and source text of module classes into the file; here these are
    replaced by a neutral path and a one-line class.
    """
    names, sizes, records = {}, {}, []

    def rename(made):
        if made[0] == "storage":
            tag, kind, address, location, count, view = made
            name = names.setdefault(address, str(94000000000000 + 64 * len(names)))
            sizes[name] = count * torch._utils._element_size(getattr(kind, "dtype", torch.uint8))
            made = (tag, kind, name, location, count, view)
        elif made[0] == "module":
            made = ("module", made[1], "project/model.py", f"class {made[1].__name__}:\n    pass\n")
        return persistent_id(made) if persistent_id else made

    buffer = io.BytesIO()
    with torch.no_grad():
        torch.save(
            value, buffer, pickle_protocol=protocol, _use_new_zipfile_serialization=False,
            pickle_module=pickle_module(rename, reduce, records),
        )
    data = buffer.getvalue()
    start, addresses = records[-1]
    tail = io.BytesIO(data[start:])
    pickle.load(tail)
    blobs = {}
    for address in addresses:
        blobs[names[address]] = tail.read(8 + sizes[names[address]])
    assert not tail.read()
    path.write_bytes(
        data[:start] + pickle.dumps(sorted(blobs), protocol=protocol) + b"".join(blobs[name] for name in sorted(blobs))
    )


def rezip(source, target, *, edit=None, drop=(), extra=(), compression=None):
    """Copies an archive entry by entry: edit(name, bytes) may change an entry, drop and extra remove and add."""
    with zipfile.ZipFile(source) as archive, zipfile.ZipFile(target, "w") as copy:
        entries = [(info.filename, archive.read(info), info.compress_type) for info in archive.infolist()]
        for name, data, method in entries + [(*entry, zipfile.ZIP_STORED) for entry in extra]:
            record_name = name.split("/", 1)[-1]
            if record_name in drop:
                continue
            info = zipfile.ZipInfo(name)
            info.compress_type = method if compression is None else compression
            copy.writestr(info, edit(record_name, data) if edit else data)


class TensorPickler(pickle.Pickler):
    """Plain pickle keeps a storage as the bytes of a legacy file; here with repeatable storage names."""

    def reducer_override(self, value):
        if not isinstance(value, (torch.storage.TypedStorage, torch.UntypedStorage)):
            return NotImplemented
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "storage"
            save_legacy(file, value)
            return torch.storage._load_from_bytes, (file.read_bytes(),)
