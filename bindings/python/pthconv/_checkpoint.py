"""An opened checkpoint and its tensors."""

from __future__ import annotations

import ctypes
import os
import struct
import sys
from collections import namedtuple
from collections.abc import Mapping
from ctypes import c_void_p

from . import _library
from ._errors import CheckpointError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, NamedTuple, Optional, Union

    from numpy import ndarray
    from torch import Tensor as TorchTensor

    from ._reports import ScanReport

    Path = Union[str, "os.PathLike[str]"]

    class Row(NamedTuple):
        """A tensor in the library's table. `offset` and `strides` are in elements."""

        name: str
        dtype: str
        shape: tuple[int, ...]
        strides: tuple[int, ...]
        offset: int
        storage: int
        nbytes: int
        quantization: int
        scale: float
        zero_point: int

    class Storage(NamedTuple):
        """A storage in the library's table. Sizes and offsets are in bytes, `data` is an address."""

        data: int
        nbytes: int
        root: int
        root_offset: int
        mapping: int
        is_meta: int
else:
    Row = namedtuple(
        "Row", "name dtype shape strides offset storage nbytes quantization scale zero_point")
    Storage = namedtuple("Storage", "data nbytes root root_offset mapping is_meta")

if sys.byteorder != "little":
    raise ImportError("pthconv reads checkpoints on little-endian machines")


def open(path: Path, *, key: Optional[str] = None) -> Checkpoint:
    """Opens a checkpoint: any of PyTorch's containers, safetensors, npz, sharded checkpoints.

    No code in the file is run, and no weights are read yet.

    Args:
        path: The file, or the index of a sharded checkpoint.
        key: Dotted path of the state dict in the file; `None` chooses the likeliest.

    Raises:
        MissingFileError: There is no such file.
        CheckpointError: The file is not a checkpoint, or cannot be read.
        ArgumentError: There are no tensors under `key`.
    """
    return Checkpoint(path, key=key)


def file_name(path: Path) -> bytes:
    """The path for the library, in which `-` is `./-`: the library reads standard input for `-`."""
    name = os.fsencode(path)
    if b"\0" in name:
        raise ValueError("embedded null byte in the path")
    return b"./-" if name == b"-" else name


class _Handle:
    """Owns the library's checkpoint and closes it with the last view."""

    def __init__(self, pointer: int) -> None:
        self.pointer = pointer
        # Kept here, since at interpreter exit the module may be deleted before this object.
        self._close = _library.library().pthconv_close

    def __del__(self) -> None:
        self._close(self.pointer)


class Checkpoint(Mapping[str, "Tensor"]):
    """A checkpoint: its tensors by name, in the order of the file."""

    def __init__(self, path: Path, *, key: Optional[str] = None) -> None:
        pointer = c_void_p()
        _library.call(
            "pthconv_open", file_name(path), None if key is None else key.encode(),
            ctypes.byref(pointer))
        #: The path as it was given.
        self.path = os.fsdecode(path)
        self._handle = _Handle(pointer.value or 0)
        library = _library.library()
        #: The container: `torch-zip`, `torch-legacy`, `safetensors`…
        self.format: str = library.pthconv_format(pointer).decode()
        #: Dotted path of the state dict in the file; empty for the top level.
        self.key: str = library.pthconv_key(pointer).decode()
        self._table = Table(library.pthconv_tensors(pointer).contents)
        self._buffers: dict[int, Any] = {}
        self._known: dict[str, Any] = {}

    @property
    def _rows(self) -> list[Row]:
        return self._once("rows", self._table.rows)

    @property
    def _storages(self) -> list[Storage]:
        return self._once("storages", lambda: [*map(Storage._make, self._table.storages)])

    @property
    def _index(self) -> dict[str, int]:
        return self._once(
            "index", lambda: {row.name: number for number, row in enumerate(self._rows)})

    def _once(self, name: str, make: Any) -> Any:
        """The result of `make`, cached. Made at first use, since `load` needs none of them."""
        try:
            return self._known[name]
        except KeyError:
            return self._known.setdefault(name, make())

    @property
    def metadata(self) -> Any:
        """The metadata beside the state dict, as in the report of `inspect`: epoch, settings…"""
        from ._reports import inspect

        return self._once("metadata", lambda: inspect(self).metadata)

    def scan(self) -> ScanReport:
        """Judges whether the file could run code when Python loads it. The file is read again."""
        from ._reports import scan

        return scan(self.path)

    def __getitem__(self, name: str) -> Tensor:
        return Tensor(self, self._index[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._index)

    def __len__(self) -> int:
        return len(self._table.tensors)

    def __contains__(self, name: object) -> bool:
        return name in self._index

    def __repr__(self) -> str:
        place = f", key={self.key!r}" if self.key else ""
        return f"<pthconv.Checkpoint {self.path!r}: {self.format}{place}, {len(self)} tensors>"

    def __reduce__(self) -> tuple[Any, ...]:
        return (_reopened, (os.path.abspath(self.path), self.key))

    def _call(self, name: str, *arguments: Any) -> None:
        """Calls a function of the library on this checkpoint."""
        _library.call(name, self._handle.pointer, *arguments)

    def _check(self) -> None:
        """Raises `FileChangedError` if a file has become shorter: reading its mapping beyond the new
        end would kill the process (SIGBUS)."""
        self._call("pthconv_check")

    def _memory(self, number: int) -> tuple[Any, int]:
        """A buffer that contains a storage, and the storage's offset in it. The buffer keeps the
        checkpoint open."""
        storage = self._storages[number]
        if storage.mapping == _library.NONE:
            # Negative keys are for storages without a mapping.
            return self._buffers.get(-1 - number) or self._buffer(
                -1 - number, *self._produced(number)), 0
        buffer, start = self._mapped(storage.mapping)
        return buffer, storage.data - start

    def _mapped(self, mapping: int) -> tuple[Any, int]:
        """The mapping of a whole file as a buffer, and its address."""
        start, size = self._table.mappings[mapping]
        return self._buffers.get(mapping) or self._buffer(mapping, start, size), start

    def _buffer(self, number: int, address: int, size: int) -> Any:
        class Memory(ctypes.c_char * size):  # type: ignore[misc]
            """Memory that the library owns."""

        buffer = Memory.from_address(address)
        buffer.owner = self._handle
        self._buffers[number] = buffer
        return buffer

    def _produced(self, number: int) -> tuple[int, int]:
        data = c_void_p()
        self._call("pthconv_storage_data", number, ctypes.byref(data))
        return data.value or 0, self._storages[number].nbytes


def _reopened(path: str, key: str) -> Checkpoint:
    return Checkpoint(path, key=key)


def _records(layout: str, address: int, count: int) -> list[tuple[Any, ...]]:
    size = struct.calcsize(layout)
    return list(struct.iter_unpack(layout, ctypes.string_at(address, size * count)))


class Table:
    """The library's table as tuples with the fields of the structures, which is the fastest way."""

    def __init__(self, table: Any) -> None:
        self.tensors = _records(_library.TENSOR_ROW, table.tensors, table.tensor_count)
        self.storages = _records(_library.STORAGE_ROW, table.storages, table.storage_count)
        self.mappings = _records(_library.MAPPING_ROW, table.mappings, table.mapping_count)
        #: All names, concatenated; `name_address` is the address of the first byte.
        self.names = ctypes.string_at(table.names, table.names_size)
        self.name_address: int = table.names
        #: All shapes, each followed by its strides; `dimension_address` is the address of the first.
        count = table.dimension_count
        self.dimensions = struct.unpack(
            f"={count}q", ctypes.string_at(table.dimensions, 8 * count))
        self.dimension_address: int = table.dimensions

    def rows(self) -> list[Row]:
        """The rows of the table, with names, dtypes, shapes and strides decoded."""
        names, dimensions = self.names, self.dimensions
        dtypes: dict[int, str] = {}
        rows = []
        for (name, length, dtype, ndim, shape, _, offset, storage, nbytes, _, quantization, scale,
             zero_point) in self.tensors:
            kind = dtypes.get(dtype)
            if kind is None:
                kind = dtypes[dtype] = ctypes.string_at(dtype).decode()
            first = (shape - self.dimension_address) >> 3
            middle = first + ndim
            name -= self.name_address
            rows.append(Row(
                names[name:name + length].decode(), kind, dimensions[first:middle],
                dimensions[middle:middle + ndim], offset, storage, nbytes, quantization, scale,
                zero_point))
        return rows


class Tensor:
    """A tensor of a checkpoint, whose values are read when they are used.

    `numpy()` and `torch()` give views of a private mapping of the file: writing to them changes them
    in this process, but not the file. `numpy.asarray(tensor)`, `torch.from_dlpack(tensor)` and, from
    Python 3.12 on, `memoryview(tensor)` work too.
    """

    def __init__(self, checkpoint: Checkpoint, number: int) -> None:
        self._checkpoint = checkpoint
        self._number = number
        self._row = checkpoint._rows[number]

    @property
    def name(self) -> str:
        """The tensor's key in the state dict."""
        return self._row.name

    @property
    def dtype(self) -> str:
        """PyTorch's name of the dtype, without `torch.`."""
        return self._row.dtype

    @property
    def shape(self) -> tuple[int, ...]:
        """The length of each dimension."""
        return self._row.shape

    @property
    def strides(self) -> tuple[int, ...]:
        """The stride of each dimension, in elements."""
        return self._row.strides

    @property
    def nbytes(self) -> int:
        """The size of all elements in bytes."""
        return self._row.nbytes

    def numpy(self) -> ndarray:
        """The values as a numpy array, if possible a view of the mapped file."""
        from . import _numpy

        self._checkpoint._check()
        return _numpy.array(self._checkpoint, self._row)

    def torch(self) -> TorchTensor:
        """The values as a torch tensor, if possible a view of the mapped file."""
        from . import _torch

        self._checkpoint._check()
        return _torch.tensors(self._checkpoint, [self._row])[0]

    def tobytes(self) -> bytes:
        """The elements in C order, little-endian.

        The bytes are read and not mapped: if the file was truncated, `FileChangedError` is raised.
        """
        try:
            buffer = ctypes.create_string_buffer(self.nbytes)
        except MemoryError:
            raise CheckpointError(
                f"{self._checkpoint.path}: {self.name}: its {self.nbytes} bytes are more than the "
                "memory holds") from None
        self._checkpoint._call("pthconv_read", self._number, buffer, self.nbytes)
        return buffer.raw

    def __array__(self, dtype: Any = None, copy: Optional[bool] = None) -> ndarray:
        array = self.numpy()
        if dtype is not None and array.dtype != dtype:
            if copy is False:
                raise ValueError(f"{self.dtype} cannot become {dtype} without a copy")
            return array.astype(dtype)
        return array.copy() if copy else array

    def __dlpack__(self, **options: Any) -> Any:
        return self._exporter().__dlpack__(**options)

    def __dlpack_device__(self) -> tuple[int, int]:
        return (1, 0)

    def _exporter(self) -> Any:
        """The object that exports the values: numpy's array, or torch's if numpy lacks the dtype."""
        from . import _numpy

        return self.numpy() if self.dtype in _numpy.DTYPES else self.torch()

    def __buffer__(self, flags: int) -> memoryview:
        array: Any = self.numpy()
        return memoryview(array)

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("len() of a 0-d tensor")
        return self.shape[0]

    def __repr__(self) -> str:
        return f"<pthconv.Tensor {self.name!r}: {self.dtype}, {list(self.shape)}>"
