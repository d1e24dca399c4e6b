"""torch's two pickle containers, zip and legacy: written by torch.save, or edited from what it wrote."""

import io
import pickle
import struct
import zipfile
from collections import OrderedDict

import numpy as np
import torch

import tensors
from common import (
    CHECKPOINTS, MAGIC_NUMBER, PROTOCOL_VERSION, named_tensors, describe, record, rezip, save_legacy, save_zip, seeded,
    torch_truth,
)
from user_project import small_net


def settled_net():
    """A network whose running statistics are not the defaults."""
    net = small_net()
    net.train()
    net(torch.randn(4, 3, 8, 8))
    return net.eval()


def on_cuda(made):
    """The id of a storage as a program on two GPUs would have saved it."""
    made = list(made)
    made[3] = f"cuda:{len(made[2]) % 2}"
    return tuple(made)


# ---------------------------------------------------------------- zip


@seeded
def zip_from_torch():
    """Files exactly as torch.save writes them: name, object, options of the truth."""
    net = settled_net()
    named = [
        ("dtypes", tensors.dtypes(), {}),
        ("bits", tensors.bits(), {}),
        ("views", tensors.views(), {}),
        ("conjugates", tensors.conjugates(), {}),
        ("shared", tensors.shared(), {}),
        ("parameters", tensors.parameters(), {}),
        ("attributed", tensors.attributed(), {}),
        ("subclass", tensors.subclasses(), {"scan": "unknown"}),
        ("wrapper", tensors.wrappers(), {"scan": "unknown"}),
        ("quantised", tensors.quantised(), {}),
        ("sparse", tensors.sparse(), {}),
        ("meta", tensors.meta(), {}),
        ("storages", tensors.storages(), {}),
        ("arrays", tensors.arrays(), {}),
        ("values", tensors.plain_values(), {"key": "state_dict"}),
        ("state-dict", net.state_dict(), {}),
        ("state-dict-plain", dict(net.state_dict()), {}),
        ("tensor", torch.randn(2, 3), {}),
        ("list", [torch.arange(3.0), torch.arange(2)], {}),
        ("tuple", (torch.arange(3.0), torch.arange(2)), {}),
        ("int-keys", {0: torch.arange(3.0), 1: torch.arange(2)}, {}),
        ("empty", {}, {}),
    ]
    for name, value, options in named:
        path = CHECKPOINTS / f"zip-{name}.pth"
        save_zip(path, value)
        torch_truth(path, "torch-zip", **options)
    for protocol in (1, 3, 4, 5):
        path = CHECKPOINTS / f"zip-protocol{protocol}.pth"
        save_zip(path, {"weight": torch.randn(2, 3), "größe": torch.arange(2), "n": 2**70}, protocol=protocol)
        torch_truth(path, "torch-zip")


@seeded
def zip_with_hooks():
    """What torch 2.x no longer writes by itself, through its own pickler with other ids or reduce values."""
    path = CHECKPOINTS / "zip-cuda.pth"
    save_zip(path, settled_net().state_dict(), persistent_id=on_cuda)
    torch_truth(path, "torch-zip")

    devices = iter(["cuda:0", "mps", "xla:0", "hpu:0", "npu:0", "privateuseone:3"])
    path = CHECKPOINTS / "zip-devices.pth"
    save_zip(path, {f"t{i}": torch.arange(3.0) + i for i in range(6)},
             persistent_id=lambda made: (*made[:3], next(devices), *made[4:]))
    torch_truth(path, "torch-zip")

    def old_tensor(value):
        if type(value) is not torch.Tensor:
            return NotImplemented
        return torch._utils._rebuild_tensor, (value._typed_storage(), value.storage_offset(), tuple(value.shape), value.stride())

    path = CHECKPOINTS / "zip-rebuild-v1.pth"
    save_zip(path, {"a": torch.randn(2, 3), "t": torch.randn(2, 3).t()}, reduce=old_tensor)
    torch_truth(path, "torch-zip")

    def device_tensor(value):
        if type(value) is not torch.Tensor:
            return NotImplemented
        return torch._utils._rebuild_device_tensor_from_numpy, (value.numpy(), value.dtype, "cpu", False)

    path = CHECKPOINTS / "zip-device-from-numpy.pth"
    save_zip(path, {"a": torch.randn(2, 3), "i": torch.arange(4)}, reduce=device_tensor)
    torch_truth(path, "torch-zip")

    held = []  # the outer tensors: the inner ones go the normal way

    def device_from_cpu(value):
        if type(value) is not torch.Tensor or any(value is inner for inner in held):
            return NotImplemented
        held.append(value.clone())
        return torch._utils._rebuild_device_tensor_from_cpu_tensor, (held[-1], torch.float16, "cpu", False)

    path = CHECKPOINTS / "zip-device-from-cpu.pth"
    save_zip(path, {"a": torch.randn(2, 3)}, reduce=device_from_cpu)
    torch_truth(path, "torch-zip")


@seeded
def zip_edited():
    """Archives that are unusual as archives."""
    source = CHECKPOINTS / "zip-state-dict.pth"

    path = CHECKPOINTS / "zip-no-byteorder.pth"
    rezip(source, path, drop=("byteorder",))
    torch_truth(path, "torch-zip")

    path = CHECKPOINTS / "zip-first.pth"  # only what PyTorch 1.6 wrote
    rezip(source, path, drop=("byteorder", ".format_version", ".storage_alignment", ".data/serialization_id"))
    torch_truth(path, "torch-zip")

    path = CHECKPOINTS / "zip-deflated.pth"
    rezip(source, path, compression=zipfile.ZIP_DEFLATED)
    torch_truth(path, "torch-zip")

    path = CHECKPOINTS / "zip-extra-record.pth"
    rezip(source, path, extra=[("zip-state-dict/notes/readme.txt", b"trained on two cats\n")])
    torch_truth(path, "torch-zip")

    path = CHECKPOINTS / "zip-appended.pth"
    path.write_bytes(source.read_bytes() + b"\0" * 37 + b"signature: none\n")
    torch_truth(path, "torch-zip")

    path = CHECKPOINTS / "zip-comment.pth"
    rezip(source, path)
    with zipfile.ZipFile(path, "a") as archive:
        archive.comment = b"a comment at the end of the archive"
    torch_truth(path, "torch-zip")

    path = CHECKPOINTS / "zip-zip64.pth"  # end record and entries in their 64-bit forms, as past 4 GB
    limits = zipfile.ZIP64_LIMIT, zipfile.ZIP_FILECOUNT_LIMIT
    zipfile.ZIP64_LIMIT, zipfile.ZIP_FILECOUNT_LIMIT = 8, 2
    try:
        rezip(source, path)
    finally:
        zipfile.ZIP64_LIMIT, zipfile.ZIP_FILECOUNT_LIMIT = limits
    torch_truth(path, "torch-zip")

    path = CHECKPOINTS / "zip-arrays-old-numpy.pth"
    rezip(CHECKPOINTS / "zip-arrays.pth", path, edit=lambda name, data: data.replace(b"cnumpy._core.", b"cnumpy.core."))
    torch_truth(path, "torch-zip")

    net = settled_net()
    path = CHECKPOINTS / "zip-no-crc.pth"
    torch.serialization.set_crc32_options(False)
    save_zip(path, net.state_dict())
    torch.serialization.set_crc32_options(True)
    torch_truth(path, "torch-zip")

    path = CHECKPOINTS / "zip-prefix.pth"
    odd = CHECKPOINTS / "epoch 12 (best) größe.v1.pth"
    save_zip(odd, net.state_dict())
    odd.rename(path)
    torch_truth(path, "torch-zip")


@seeded
def zip_big_endian():
    """As a big-endian machine writes it: `byteorder` says so and every storage is swapped by its element size."""
    kinds = {}

    def note(made):
        kinds[made[2]] = made[1]
        return made

    value = tensors.dtypes(tuple(tensors.PLAIN))
    value["transposed"] = torch.arange(6.0).reshape(2, 3).t()
    little = CHECKPOINTS / "zip-big-endian.pth"
    save_zip(little, value, persistent_id=note)
    expected = [describe(*pair) for pair in named_tensors(torch.load(little))]

    def swap(name, data):
        if name == "byteorder":
            return b"big"
        if name.startswith("data/"):
            dtype = kinds[name[5:]]._dtype
            width = dtype.itemsize // 2 if dtype.is_complex else dtype.itemsize
            return np.frombuffer(data, f"<u{width}").byteswap().tobytes()
        return data

    path = CHECKPOINTS / "zip-swapped.tmp"
    rezip(little, path, edit=swap)
    path.rename(little)
    assert [describe(*pair) for pair in named_tensors(torch.load(little))] == expected
    torch_truth(little, "torch-zip", byte_order="big")


# ---------------------------------------------------------------- legacy


@seeded
def legacy_from_torch():
    net = settled_net()
    named = [
        ("dtypes", tensors.dtypes(tuple(tensors.PLAIN)), {}),
        ("views", tensors.views(), {}),
        ("shared", tensors.shared(), {}),
        ("parameters", tensors.parameters(), {}),
        ("attributed", tensors.attributed(), {}),
        ("quantised", tensors.quantised(), {}),
        ("sparse", tensors.sparse(), {}),
        ("meta", tensors.meta(), {}),
        ("arrays", tensors.arrays(), {}),
        ("storages", {name: value for name, value in tensors.storages().items() if name != "untyped"}, {}),
        ("values", tensors.plain_values(), {"key": "state_dict"}),
        ("state-dict", net.state_dict(), {}),
        ("tensor", torch.randn(2, 3), {}),
        ("empty", {}, {}),
    ]
    for name, value, options in named:
        path = CHECKPOINTS / f"legacy-{name}.pth"
        save_legacy(path, value)
        torch_truth(path, "torch-legacy", **options)
    for protocol in (1, 3, 4, 5):
        path = CHECKPOINTS / f"legacy-protocol{protocol}.pth"
        save_legacy(path, {"weight": torch.randn(2, 3), "größe": torch.arange(2)}, protocol=protocol)
        torch_truth(path, "torch-legacy")

    path = CHECKPOINTS / "legacy-cuda.pth"
    save_legacy(path, net.state_dict(), persistent_id=on_cuda)
    torch_truth(path, "torch-legacy")

    path = CHECKPOINTS / "legacy-appended.pth"
    path.write_bytes((CHECKPOINTS / "legacy-shared.pth").read_bytes() + b"\0" * 24)
    torch_truth(path, "torch-legacy")

    # Python 2 passes the entries of an OrderedDict as its argument: a list of [key, value].
    def ordered_pairs(value):
        if type(value) is OrderedDict:
            return OrderedDict, ([list(item) for item in value.items()],), vars(value) or None
        return NotImplemented

    for name, value, options in [
        ("", net.state_dict(), {}),
        ("-nested", {"epoch": 3, "state_dict": net.state_dict()}, {"key": "state_dict"}),
        ("-module", net, {}),
    ]:
        path = CHECKPOINTS / f"legacy-ordered-pairs{name}.pth"
        save_legacy(path, value, reduce=ordered_pairs)
        torch_truth(path, "torch-legacy", **options)

    # torch 2.15 writes untyped storages into the legacy container but cannot read them back.
    path = CHECKPOINTS / "legacy-untyped.pth"
    value = tensors.dtypes(tuple(tensors.UNTYPED))
    save_legacy(path, value)
    record(path, "torch-legacy", value)


def dump_legacy(path, value, storages, persistent_id, *, little_endian=True, pickler=pickle.Pickler):
    """The legacy container by hand: five pickles, then each storage as element count and bytes."""
    out = io.BytesIO()
    sizes = {"short": 2, "int": 4, "long": 4}
    for part in (MAGIC_NUMBER, PROTOCOL_VERSION,
                 {"protocol_version": PROTOCOL_VERSION, "little_endian": little_endian, "type_sizes": sizes}):
        pickle.dump(part, out, 2)
    writer = type("Writer", (pickler,), {"persistent_id": lambda self, item: persistent_id(item)})
    writer(out, 2).dump(value)
    pickle.dump(sorted(storages), out, 2)
    for key in sorted(storages):
        tensor = storages[key]
        out.write(struct.pack("<q", tensor.numel()) + tensor.numpy().tobytes())
    path.write_bytes(out.getvalue())


class Python2Pickler(pickle._Pickler):
    """Writes text as Python 2 wrote its byte strings, and integers of sizes as its long integers."""

    dispatch = dict(pickle._Pickler.dispatch)

    def save_text(self, text):
        data = text.encode()
        self.write(b"U" + bytes([len(data)]) + data if len(data) < 256 else b"T" + struct.pack("<i", len(data)) + data)
        self.memoize(text)

    def save_integer(self, number):
        if abs(number) < 1 << 31:
            self.write(b"\x8a" + bytes([len(pickle.encode_long(number))]) + pickle.encode_long(number))
        else:
            self.save_long(number)

    dispatch[str] = save_text
    dispatch[int] = save_integer


@seeded
def legacy_by_hand():
    """What only old PyTorch versions wrote: storage views, Python 2 text, another machine's byte order note."""
    root = torch.arange(24, dtype=torch.float32)
    whole = root._typed_storage()
    first, second = root[2:8], root[8:20].reshape(3, 4)
    regions = {}

    def storage(start, count):
        """A storage object standing for a view, or for the root when it spans everything."""
        made = torch.empty(count)._typed_storage()
        regions[made._untyped_storage._cdata] = (made, start, count)
        return made

    def view_id(item):
        if not isinstance(item, torch.storage.TypedStorage):
            return None
        _, start, count = regions[item._untyped_storage._cdata]
        view = None if count == 24 else (f"view{start}", start, count)
        return ("storage", torch.FloatStorage, "root", "cpu", 24, view)

    class Tensor:
        def __init__(self, *arguments):
            self.arguments = arguments

        def __reduce__(self):
            return torch._utils._rebuild_tensor_v2, (*self.arguments, False, OrderedDict())

    low, high = storage(2, 6), storage(8, 12)
    value = OrderedDict([
        ("low", Tensor(low, 0, (6,), (1,))),
        ("high", Tensor(high, 0, (3, 4), (4, 1))),
        ("high_transposed", Tensor(high, 1, (3, 3), (1, 4))),
        ("whole", Tensor(storage(0, 24), 0, (4, 6), (6, 1))),
    ])
    path = CHECKPOINTS / "legacy-storage-views.pth"
    dump_legacy(path, value, {"root": root}, view_id)
    loaded = torch.load(path)
    assert torch.equal(loaded["low"], first) and torch.equal(loaded["high"], second) and whole.size() == 24
    torch_truth(path, "torch-legacy")

    weight, bias = torch.randn(2, 3), torch.randn(2)
    blobs = {"94001": weight, "94002": bias}

    def plain_id(item):
        if not isinstance(item, torch.storage.TypedStorage):
            return None
        key = next(key for key, tensor in blobs.items() if tensor.untyped_storage()._cdata == item._untyped_storage._cdata)
        return ("storage", torch.FloatStorage, key, "cpu", blobs[key].numel(), None)

    value = OrderedDict([("fc.weight", weight), ("fc.bias", bias)])
    path = CHECKPOINTS / "legacy-python2.pth"
    dump_legacy(path, value, blobs, plain_id, pickler=Python2Pickler)
    torch_truth(path, "torch-legacy")

    # torch ignores the note: the storages are little-endian in every legacy file.
    path = CHECKPOINTS / "legacy-big-endian-note.pth"
    dump_legacy(path, value, blobs, plain_id, little_endian=False)
    torch_truth(path, "torch-legacy")


def generate():
    zip_from_torch()
    zip_with_hooks()
    zip_edited()
    zip_big_endian()
    legacy_from_torch()
    legacy_by_hand()
