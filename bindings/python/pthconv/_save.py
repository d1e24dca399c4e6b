"""`pthconv.save`, `pthconv.convert` and `pthconv.to_onnx`."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Mapping, Sequence
from ctypes import POINTER, c_int64, c_void_p, cast
from typing import Any, Optional, Union

from . import _library
from ._checkpoint import Checkpoint, file_name
from ._errors import ArgumentError
from ._reports import Report, Revision, _literals, ask, opened, request, revisions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._checkpoint import Path


class WriteReport(Report):
    """The report about written files."""

    @property
    def files(self) -> list[str]:
        """The paths of the files; for shards the index is last."""
        return [file["file"] for file in self["files"]]

    def __repr__(self) -> str:
        return f"<pthconv.WriteReport of {self.path!r}: {self['tensors']} tensors>"


def save(state: Mapping[str, Any], path: Path, *, format: Optional[str] = None,
         metadata: Optional[Mapping[str, str]] = None, shard_size: Union[int, str, None] = None,
         overwrite: bool = True) -> WriteReport:
    """Writes tensors in the order of the mapping.

    Shared storages stay shared if the format supports that. The file gets its name when it is
    complete; until then, an existing file is unchanged.

    Args:
        state: Torch tensors (from any device), numpy arrays or tensors of `pthconv.open`, by name.
        path: The file; its ending names the format (`.pth`, `.pt`, `.bin`, `.ckpt`, `.safetensors`,
            `.npz`).
        format: `torch`, `torch-legacy`, `safetensors` or `npz`; `None` takes the ending's.
        metadata: Strings that are stored as the file's metadata.
        shard_size: Writes several files of at most this many bytes (`"5GB"`), and an index.
        overwrite: Whether an existing file may be replaced.

    Raises:
        WriteError: The file cannot be written, or the format cannot hold a tensor.
    """
    table = _Table(state)
    options = request(
        format=format, metadata=None if metadata is None else dict(metadata),
        shard_size=_bytes(shard_size), overwrite=overwrite)
    return WriteReport(
        ask("pthconv_save", ctypes.byref(table.table), file_name(path), options),
        os.fsdecode(path))


def convert(source: Union[Path, Checkpoint], path: Path, *, backbone: Optional[str] = None,
            flavor: Optional[str] = None, format: Optional[str] = None,
            dtype: Optional[str] = None, cast_statistics: bool = False,
            keep: Sequence[str] = (), drop: Sequence[str] = (), rename: Sequence[Revision] = (),
            shard_size: Union[int, str, None] = None, overwrite: bool = False,
            key: Optional[str] = None, prefix: Optional[str] = None,
            revise_keys: Sequence[Revision] = (), source_flavor: Optional[str] = None,
            seed: int = 0, **arguments: Any) -> WriteReport:
    """Writes a checkpoint's state dict with another format, dtype or names.

    Args:
        source: A path or an opened checkpoint.
        path: The file to write; its ending names the format, which may be `.onnx`.
        backbone: Maps the checkpoint onto this backbone first, as in `map`; parameters that the file
            lacks are initialised.
        format: The format; `None` takes the ending's.
        dtype: `float32`, `float16` or `bfloat16` for all floating-point tensors.
        cast_statistics: Whether the running statistics of batch norms are cast too.
        keep, drop: Regular expressions: keys that match one of `keep` are written, unless they match one
            of `drop`. An empty `keep` matches all keys.
        rename: Pairs of a regular expression and its replacement for the keys that are written.
        shard_size: Writes several files of at most this many bytes (`"5GB"`), and an index.
        overwrite: Whether an existing file may be replaced.
        seed: The seed of the parameters that the file lacks.

    The other arguments are those of `map`.
    """
    checkpoint = opened(source, key)
    mapping: dict[str, Any] = {}
    if backbone is not None:
        mapping = {
            "backbone": backbone, "flavor": flavor, "arguments": _literals(arguments),
            "prefix": prefix, "revise_keys": revisions(revise_keys),
            "source_flavor": source_flavor, "seed": seed}
    elif arguments or flavor or prefix or revise_keys or source_flavor:
        raise ArgumentError("options about a backbone need one: say which backbone")
    options = request(
        **mapping, format=format, dtype=dtype, cast_statistics=cast_statistics, keep=list(keep),
        drop=list(drop), rename=revisions(rename), shard_size=_bytes(shard_size),
        overwrite=overwrite)
    return WriteReport(
        ask("pthconv_convert", checkpoint._handle.pointer, file_name(path), options),
        os.fsdecode(path))


def to_onnx(source: Union[Path, Checkpoint], path: Path, backbone: str, *, fold: bool = False,
            overwrite: bool = False, key: Optional[str] = None, **options: Any) -> WriteReport:
    """Writes a backbone with a checkpoint's weights as an ONNX model.

    Args:
        fold: Whether batch norms are folded into the convolutions before them.

    The other arguments are those of `map`.
    """
    checkpoint = opened(source, key)
    mapping = {name: options.pop(name) for name in ("flavor", "prefix", "source_flavor")
               if name in options}
    pairs = revisions(options.pop("revise_keys", ()))
    return WriteReport(
        ask("pthconv_convert", checkpoint._handle.pointer, file_name(path), request(
            backbone=backbone, arguments=_literals(options), revise_keys=pairs, format="onnx",
            fold=fold, overwrite=overwrite, **mapping)), os.fsdecode(path))


_UNITS = {"": 1, "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9}


def _bytes(size: Union[int, str, None]) -> Optional[int]:
    """The bytes of `5GB`, with units of powers of 1000 as in Hugging Face's libraries."""
    if size is None or isinstance(size, int):
        return size
    digits = size.rstrip("BKMGbkmg ")
    unit = size[len(digits):].strip().upper()
    if not digits.isdigit() or unit not in _UNITS:
        raise ArgumentError(f"shard_size takes a size such as '5GB', not {size!r}")
    return int(digits) * _UNITS[unit]


class _StorageRow(ctypes.Structure):
    """`pthconv_storage`."""

    _fields_ = [
        ("data", c_void_p), ("nbytes", ctypes.c_uint64), ("root", ctypes.c_uint64),
        ("root_offset", ctypes.c_uint64), ("mapping", ctypes.c_uint64),
        ("is_meta", ctypes.c_uint64)]


class _Table:
    """A table of Python's tensors for the library. It keeps the tensors alive."""

    def __init__(self, state: Mapping[str, Any]) -> None:
        rows = (_library.Tensor * len(state))()
        storages: list[_StorageRow] = []
        indices: dict[int, int] = {}
        self._kept: list[Any] = []
        for row, (name, value) in zip(rows, state.items()):
            if not isinstance(name, str):
                raise ArgumentError(f"the name of a tensor is a text, not {name!r}")
            if "\0" in name:
                raise ArgumentError(f"{name!r}: a name with a NUL cannot be written")
            given = _describe(name, value)
            self._kept.append(given)
            if given.identity not in indices:
                indices[given.identity] = len(storages)
                storages.append(_StorageRow(data=given.address or None, nbytes=given.nbytes))
            row.name = name.encode()
            row.dtype = given.dtype.encode()
            row.ndim = len(given.shape)
            row.shape = (c_int64 * max(1, row.ndim))(*given.shape)
            row.strides = (c_int64 * max(1, row.ndim))(*given.strides)
            row.storage_offset = given.offset
            row.storage = indices[given.identity]
        self._rows = rows
        self._storages = (_StorageRow * len(storages))(*storages)
        self.table = _library.Table(
            tensors=cast(rows, c_void_p), tensor_count=len(state),
            storages=cast(self._storages, c_void_p), storage_count=len(storages))


class _Given:
    """A tensor of Python. `offset` and `strides` are in elements, `nbytes` is the size of the storage."""

    def __init__(self, owner: Any, dtype: str, shape: Sequence[int], strides: Sequence[int],
                 offset: int, identity: int, address: int, nbytes: int) -> None:
        self.owner = owner
        self.dtype = dtype
        self.shape = shape
        self.strides = strides
        self.offset = offset
        self.identity = identity
        self.address = address
        self.nbytes = nbytes


def _describe(name: str, value: Any) -> _Given:
    from ._checkpoint import Tensor

    if isinstance(value, Tensor):
        value = value._exporter()
    if type(value).__module__.partition(".")[0] == "torch" or hasattr(value, "untyped_storage"):
        return _describe_torch(name, value)
    import numpy

    if isinstance(value, (numpy.ndarray, numpy.generic)):
        return _describe_numpy(name, numpy.asarray(value))
    raise ArgumentError(f"{name}: is no tensor but {type(value).__name__}")


def _describe_torch(name: str, tensor: Any) -> _Given:
    import torch

    if not isinstance(tensor, torch.Tensor):
        raise ArgumentError(f"{name}: is no tensor but {type(tensor).__name__}")
    if tensor.layout is not torch.strided or tensor.is_quantized:
        raise ArgumentError(f"{name}: only plain dense tensors can be written")
    if tensor.is_meta:
        raise ArgumentError(f"{name}: is on the meta device and has no values")
    tensor = tensor.detach().cpu().resolve_conj().resolve_neg()
    storage = tensor.untyped_storage()
    return _Given(
        tensor, str(tensor.dtype)[6:], tensor.shape, tensor.stride(), tensor.storage_offset(),
        storage._cdata, storage.data_ptr(), storage.nbytes())


def _describe_numpy(name: str, array: Any) -> _Given:
    import numpy

    if array.dtype.byteorder == ">":
        array = array.astype(array.dtype.newbyteorder("<"))
    size = array.dtype.itemsize
    if any(s < 0 or s % max(1, size) for s in array.strides) or not array.flags.c_contiguous:
        array = numpy.ascontiguousarray(array).reshape(array.shape)
    dtype = "bool" if array.dtype == bool else array.dtype.name
    return _Given(
        array, dtype, array.shape, [s // max(1, size) for s in array.strides], 0, id(array),
        array.ctypes.data if array.nbytes else 0, array.nbytes)
