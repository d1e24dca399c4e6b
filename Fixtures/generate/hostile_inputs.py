"""Input that cannot be read: truncated, contradictory, oversized, or something else altogether."""

import bz2
import gzip
import io
import json
import lzma
import struct
import zlib

import numpy as np

from common import CHECKPOINTS
from hostile_archives import Entry, archive, harmless_entries, put_archive, replaced
from hostile_pickles import name, put, text, tuple_of, value, whole


def bad(file, data, why, contains=None, scan=None, exit=2):
    put(file, data, scan, why, exit=exit, contains=contains)


def other_files():
    bad("empty.pth", b"", "an empty file", "empty")
    bad("zeros.pth", b"\0" * 4096, "nothing but zeros")
    bad("page.pth", b"<!DOCTYPE html>\n<html><head><title>404 Not Found</title></head><body>Not Found</body></html>\n", "a web page that was saved as a checkpoint", "HTML")
    bad("login.pth", b"\n\n  <html lang=\"en\"><body>Please log in</body></html>", "a web page behind white space", "HTML")
    bad("error.pth", b'{"error": "Repository not found"}\n', "the error message of a server")
    bad("pointer.pth", b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0123456789abcdef" * 4 + b"\nsize 134217728\n",
        "a Git LFS pointer instead of the file", "Git LFS")
    bad("random.pth", np.random.RandomState(7).bytes(2048), "random bytes")
    bad("text.pth", "just some words, no checkpoint at all\n".encode(), "a text file")
    bad("image.pth", b"\x89PNG\r\n\x1a\n" + b"\0" * 64, "an image")
    bad("elf.pth", b"\x7fELF\x02\x01\x01" + b"\0" * 64, "a program")
    bad("hdf5.h5", b"\x89HDF\r\n\x1a\n" + b"\0" * 64, "an HDF5 file")
    bad("gguf.gguf", b"GGUF" + struct.pack("<IQQ", 3, 0, 0), "a GGUF file")
    payload = (CHECKPOINTS / "legacy-tensor.pth").read_bytes()
    out = io.BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb", mtime=0) as file:
        file.write(payload)
    bad("packed.gz.pth", out.getvalue(), "a gzip file", "gzip")
    bad("packed.xz.pth", lzma.compress(payload), "an xz file", "xz")
    bad("packed.bz2.pth", bz2.compress(payload), "a bzip2 file", "bzip2")
    bad("packed.7z.pth", b"7z\xbc\xaf\x27\x1c\x00\x04" + b"\0" * 64, "a 7-Zip file", "7-Zip")
    bad("packed.rar.pth", b"Rar!\x1a\x07\x01\x00" + b"\0" * 64, "a RAR file", "RAR")
    bad("packed.zst.pth", b"\x28\xb5\x2f\xfd" + b"\0" * 64, "a Zstandard file", "Zstandard")
    bad("photos.zip", archive([Entry("photos/cat.txt", b"meow"), Entry("photos/dog.txt", b"woof")]), "an ordinary archive without a checkpoint")
    bad("empty-archive.zip", archive([]), "an archive without entries")


def truncated():
    zipped, legacy = (CHECKPOINTS / "zip-shared.pth").read_bytes(), (CHECKPOINTS / "legacy-shared.pth").read_bytes()
    for size in (3, 20, 200, len(zipped) // 2, len(zipped) - 200, len(zipped) - 1):
        bad(f"truncated-zip-{size:05}.pth", zipped[:size], "a zip archive cut off")
    points = {5: "in the magic number", 40: "in the system information", 200: "in the object", legacy.rindex(b"]q") + 4: "in the storage keys",
              len(legacy) - 30: "in the last storage", len(legacy) - 1: "one byte before the end"}
    for size, where in points.items():
        bad(f"truncated-legacy-{size:05}.pth", legacy[:size], f"a legacy file cut off {where}")
    tar = (CHECKPOINTS / "tar-shared.pth").read_bytes()
    for size in (700, 3000):
        bad(f"truncated-tar-{size:05}.pth", tar[:size], "an old tar file cut off")
    plain = (CHECKPOINTS / "pickle-tensors-protocol4.pkl").read_bytes()
    bad("truncated-pickle.pkl", plain[:-40], "a pickle cut off")
    safe = (CHECKPOINTS / "safetensors-metadata.safetensors").read_bytes()
    for size in (4, 8, 100, len(safe) - 4):
        bad(f"truncated-safetensors-{size:05}.safetensors", safe[:size], "a safetensors file cut off")
    bad("truncated.npy", (CHECKPOINTS / "npy-plain.npy").read_bytes()[:-3], "an npy file cut off")
    bad("truncated.npz", (CHECKPOINTS / "npz-shapes.npz").read_bytes()[:-30], "an npz file cut off")


def tensor_pickle(*, kind=("torch", "FloatStorage"), key="0", count=4, offset=0, shape=(4,), stride=(1,), rebuild="_rebuild_tensor_v2"):
    """data.pkl of {"weight": tensor} with any numbers."""
    identity = tuple_of(text("storage"), name(*kind), value(key), text("cpu"), value(count)) + b"Q"
    hooks = name("collections", "OrderedDict") + b")R"
    body = name("torch._utils", rebuild) + tuple_of(identity, value(offset), value(shape), value(stride), value(False), hooks) + b"R"
    return whole(b"}" + text("weight") + body + b"s")


def checkpoint(storage=b"\0" * 16, method=0, directory=None, record="data/0", **numbers):
    return archive([
        Entry("archive/data.pkl", tensor_pickle(**numbers)),
        Entry(f"archive/{record}", storage, method=method, directory=directory, local=directory),
        Entry("archive/byteorder", b"little"), Entry("archive/version", b"3\n"),
    ])


def impossible_tensors():
    huge = 1 << 62
    for file, why, numbers in (
        ("short-storage", "the storage's record is shorter than the pickle says", {"storage": b"\0" * 12}),
        ("short-count", "the tensor needs more elements than its storage has", {"count": 2, "storage": b"\0" * 8}),
        ("no-storage", "the storage's record is missing", {"record": "data/7"}),
        ("negative-size", "a negative size", {"shape": (-4,)}),
        ("negative-both", "two negative sizes, whose product is positive", {"shape": (-2, -2), "stride": (2, 1)}),
        ("negative-stride", "a negative stride", {"stride": (-1,)}),
        ("negative-offset", "a negative offset", {"offset": -1}),
        ("negative-count", "a storage of negative size", {"count": -4}),
        ("huge-size", "a size of 2^62", {"shape": (huge,)}),
        ("huge-count", "a storage of 2^62 elements", {"count": huge, "shape": (huge,)}),
        ("huge-product", "sizes whose product overflows", {"shape": (1 << 32, 1 << 32), "stride": (1 << 32, 1)}),
        ("huge-stride", "strides whose extent overflows", {"shape": (4, 4), "stride": (huge, huge)}),
        ("huge-offset", "an offset of 2^62", {"offset": huge}),
        ("huge-integers", "sizes beyond 64 bits", {"shape": (1 << 80,)}),
        ("wrapped", "numbers that fit after they wrap around", {"shape": (1 << 63,), "stride": (2,), "offset": 0}),
        ("offset-past-end", "the tensor starts behind its storage", {"offset": 5, "shape": (1,)}),
        ("stride-past-end", "the strides lead behind the storage", {"shape": (2, 2), "stride": (3, 1)}),
        ("rank-mismatch", "more sizes than strides", {"shape": (2, 2), "stride": (1,)}),
        ("size-is-text", "a size that is no number", {"shape": ("4",)}),
        ("count-is-text", "a storage size that is no number", {"count": "four"}),
        ("key-traversal", "a storage key that leaves the archive", {"key": "../../etc/passwd"}),
    ):
        bad(f"tensor-{file}.pth", checkpoint(**numbers), why)
    bad("tensor-unknown-storage.pth", checkpoint(kind=("torch", "QuadStorage")), "a storage type that torch does not have", "QuadStorage")
    bad("tensor-unknown-rebuild.pth", checkpoint(rebuild="_rebuild_tensor_v9"), "a rebuild function that torch does not have", scan="unknown", exit=None)
    bad("tensor-wrong-arguments.pth", archive([Entry("a/data.pkl", whole(b"}" + text("w") + name("torch._utils", "_rebuild_tensor_v2") + b")Rs")), Entry("a/version", b"3\n")]),
        "a rebuild function without arguments", exit=None)
    bad("zip-no-data-pickle.pth", archive([e for e in harmless_entries() if not e.file.endswith(b"data.pkl")]), "an archive with storages but without data.pkl")
    bad("zip-byteorder.pth", archive(replaced("byteorder", data=b"middle")), "a byte order that does not exist")
    put_archive("bomb-declared-small.pth", checkpoint(b"\0" * 10_000_000, 8, {"size": 16}), "ten megabytes of zeros that claim to be 16 bytes", exit=2)
    bad("bomb-storage.pth", checkpoint(b"\0" * 10_000_000, 8), "a storage that inflates to ten megabytes for a tensor of 16 bytes", exit=None)
    bad("bomb-pickle.pth", archive([Entry("a/data.pkl", b"\x80\x02" + b"N0" * 3_000_000 + b"N.", method=8), Entry("a/version", b"3\n")]),
        "a pickle of six megabytes that does nothing, in a few kilobytes: more than is parsed", scan="unknown", exit=None)
    broken = zlib.compress(b"weights" * 100)[2:-4]
    entry = Entry("archive/data.pkl", b"x" * 700, method=8)
    entry.body = broken[: len(broken) // 2] + b"\xff" * 20
    bad("zip-broken-deflate.pth", archive([entry, *harmless_entries()[1:]]), "compressed data that cannot be inflated")


def legacy_numbers():
    legacy = (CHECKPOINTS / "legacy-shared.pth").read_bytes()
    start = legacy.rindex(b"e.", 0, len(legacy) - 60) + 2
    for file, why, count in (("huge", "a storage that claims 2^62 elements", 1 << 62), ("negative", "a storage of negative size", -5),
                             ("short", "a storage shorter than the tensor needs", 1)):
        bad(f"legacy-{file}-storage.pth", legacy[:start] + struct.pack("<q", count) + legacy[start + 8:], why)


def safetensors_file(header, data=b"", size=None):
    text_bytes = header if isinstance(header, bytes) else json.dumps(header, separators=(",", ":")).encode()
    return struct.pack("<Q", len(text_bytes) if size is None else size) + text_bytes + data


def safetensors_inputs():
    def tensor(begin, end, shape=(2,), dtype="F32"):
        return {"dtype": dtype, "shape": list(shape), "data_offsets": [begin, end]}

    for file, why, data in (
        ("overlap", "two tensors overlap", safetensors_file({"a": tensor(0, 8), "b": tensor(4, 12)}, b"\0" * 12)),
        ("gap", "a gap between two tensors", safetensors_file({"a": tensor(0, 8), "b": tensor(12, 20)}, b"\0" * 20)),
        ("hidden-head", "bytes before the first tensor", safetensors_file({"a": tensor(8, 16)}, b"\0" * 16)),
        ("hidden-tail", "bytes behind the last tensor", safetensors_file({"a": tensor(0, 8)}, b"\0" * 16)),
        ("out-of-range", "a tensor behind the end", safetensors_file({"a": tensor(0, 8), "b": tensor(8, 16)}, b"\0" * 12)),
        ("reversed", "a tensor that ends before it begins", safetensors_file({"a": tensor(8, 0)}, b"\0" * 8)),
        ("wrong-size", "shape and offsets contradict each other", safetensors_file({"a": tensor(0, 8, (3,))}, b"\0" * 8)),
        ("negative-shape", "a negative size", safetensors_file({"a": tensor(0, 8, (-2,))}, b"\0" * 8)),
        ("huge-shape", "a shape whose product overflows", safetensors_file({"a": tensor(0, 8, (1 << 33, 1 << 33))}, b"\0" * 8)),
        ("huge-offset", "offsets beyond 64 bits", safetensors_file({"a": tensor(0, 1 << 70)}, b"\0" * 8)),
        ("unknown-dtype", "a dtype that does not exist", safetensors_file({"a": tensor(0, 8, dtype="F33")}, b"\0" * 8)),
        ("sub-byte", "six-bit numbers that fill no whole bytes", safetensors_file({"a": tensor(0, 2, (3,), "F6_E2M3")}, b"\0" * 2)),
        ("header-huge", "a header of 2^63 bytes", safetensors_file({"a": tensor(0, 8)}, b"\0" * 8, 1 << 63)),
        ("header-past-end", "a header longer than the file", safetensors_file({"a": tensor(0, 8)}, b"\0" * 8, 5000)),
        ("header-over-limit", "a header over the format's 100 MB", safetensors_file({"a": tensor(0, 8)}, b"\0" * 8, 100_000_001)),
        ("bad-json", "a header that is no JSON", safetensors_file(b'{"a": {"dtype": ', b"\0" * 8)),
        ("no-object", "a header that is no object", safetensors_file(b'["a"]')),
        ("not-utf8", "a header that is no UTF-8", safetensors_file(b'{"\xff\xfe":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}', b"\0" * 8)),
        ("duplicate-keys", "a name that occurs twice", safetensors_file(
            b'{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}', b"\0" * 8)),
        ("missing-field", "a tensor without a shape", safetensors_file({"a": {"dtype": "F32", "data_offsets": [0, 8]}}, b"\0" * 8)),
        ("metadata-not-text", "metadata that is no text", safetensors_file({"__metadata__": {"n": 1}, "a": tensor(0, 8)}, b"\0" * 8)),
        ("trailing-json", "words behind the header's object", safetensors_file(b'{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}} x', b"\0" * 8)),
        ("float-offset", "an offset that is no whole number", safetensors_file(b'{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8.5]}}', b"\0" * 8)),
        ("deep-json", "a header of deeply nested lists", safetensors_file(b'{"a":' + b"[" * 5000 + b"]" * 5000 + b"}")),
    ):
        bad(f"safetensors-{file}.safetensors", data, why)


def numpy_file(header, data=b"", version=(1, 0), size=None):
    text_bytes = header.encode("latin-1")
    length = struct.pack("<H" if version == (1, 0) else "<I", len(text_bytes) if size is None else size)
    return b"\x93NUMPY" + bytes(version) + length + text_bytes + data


def numpy_inputs():
    good = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }\n"
    for file, why, data in (
        ("version", "a format version that does not exist", numpy_file(good, b"\0" * 8, (9, 0))),
        ("header-past-end", "a header longer than the file", numpy_file(good, b"\0" * 8, size=6000)),
        ("no-dict", "a header that is no dict", numpy_file("[1, 2]\n", b"\0" * 8)),
        ("unclosed", "a header that never ends", numpy_file("{'descr': '<f4', 'shape': (2", b"\0" * 8)),
        ("missing-key", "a header without a shape", numpy_file("{'descr': '<f4', 'fortran_order': False}\n", b"\0" * 8)),
        ("negative", "a negative size", numpy_file(good.replace("(2,)", "(-2,)"), b"\0" * 8)),
        ("huge", "a size of 2^62", numpy_file(good.replace("(2,)", "(4611686018427387904,)"), b"\0" * 8)),
        ("overflow", "sizes whose product overflows", numpy_file(good.replace("(2,)", "(4294967296, 4294967296)"), b"\0" * 8)),
        ("dtype", "a dtype that does not exist", numpy_file(good.replace("<f4", "<q9"), b"\0" * 8)),
        ("code", "a header that is Python source", numpy_file("{'descr': __import__('os').getcwd(), 'fortran_order': False, 'shape': (2,)}\n", b"\0" * 8)),
        ("short", "fewer elements than the shape says", numpy_file(good, b"\0" * 4)),
        ("deep", "a deeply nested header", numpy_file("{'descr': '<f4', 'fortran_order': False, 'shape': " + "(" * 5000 + "2" + ",)" * 5000 + "}\n", b"\0" * 8)),
    ):
        bad(f"npy-{file}.npy", data, why)


def indexes():
    for file, why, content in (
        ("traversal", "a shard that leaves the folder", {"weight_map": {"a": "../../secret.safetensors"}}),
        ("absolute", "a shard with an absolute path", {"weight_map": {"a": "/etc/passwd"}}),
        ("itself", "a shard that is the index itself", {"weight_map": {"a": "model.safetensors.index.json"}}),
        ("not-text", "a shard whose name is a number", {"weight_map": {"a": 5}}),
        ("no-map", "an index without a weight map", {"metadata": {}}),
        ("empty-name", "a shard without a name", {"weight_map": {"a": ""}}),
    ):
        bad(f"index-{file}/model.safetensors.index.json", json.dumps(content).encode(), why)
    bad("index-bad-json/model.safetensors.index.json", b'{"weight_map": {"a": ', "an index that is no JSON")
    shard = safetensors_file({"b": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}, b"\0" * 4)
    put("index-wrong-shard/model-00001-of-00001.safetensors", shard, "safe", "the shard of the index beside it: in itself it is fine")
    bad("index-wrong-shard/model.safetensors.index.json", json.dumps({"weight_map": {"a": "model-00001-of-00001.safetensors"}}).encode(),
        "the shard does not hold the tensor that the index promises")


def generate():
    other_files()
    truncated()
    impossible_tensors()
    legacy_numbers()
    safetensors_inputs()
    numpy_inputs()
    indexes()
