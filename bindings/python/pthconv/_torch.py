"""Makes torch tensors of a checkpoint's tensors, with the storages, strides and dtypes of torch.load."""

from __future__ import annotations

import ctypes
from collections import Counter
from collections.abc import Sequence
from typing import Any, Optional

try:
    import torch
except ImportError as error:
    raise ImportError(f"torch cannot be imported ({error}); numpy=True gives numpy arrays") from None

from ._checkpoint import Checkpoint, Row
from ._errors import CheckpointError
from ._library import NONE, take_text


# The element size of complex128. torch reads complex128 with instructions that require alignment: at an
# unaligned address they kill the process. All other dtypes may begin at any byte on x86-64.
_WIDE = 16


def state_dict(checkpoint: Checkpoint) -> dict[str, torch.Tensor]:
    """All tensors by name."""
    state = _simple(checkpoint)
    if state is not None:
        return state
    rows = checkpoint._rows
    return dict(zip([row.name for row in rows], tensors(checkpoint, rows)))


def _simple(checkpoint: Checkpoint) -> Optional[dict[str, torch.Tensor]]:
    """`state_dict` in half the time, for most files: every tensor has a storage of its own, which is in
    the file unchanged. None for any other file."""
    table = checkpoint._table
    storages, dimensions, names = table.storages, table.dimensions, table.names
    if len({record[7] for record in table.tensors}) != len(table.tensors):
        return None
    kinds: dict[int, tuple[torch.dtype, int]] = {}
    buffers: dict[int, tuple[Any, int]] = {}
    state = {}
    frombuffer = torch.frombuffer
    for (name, length, dtype, ndim, shape, _, offset, number, _, _, quantization, _, _
         ) in table.tensors:
        data, nbytes, root, _, mapping, is_meta = storages[number]
        if dtype not in kinds:
            kind = _dtype(ctypes.string_at(dtype).decode(), checkpoint.path)
            kinds[dtype] = kind, kind.itemsize
        kind, size = kinds[dtype]
        if root != number or mapping == NONE or is_meta or quantization or not nbytes or (
                nbytes % size) or (size == _WIDE and data % size):
            return None
        if mapping not in buffers:
            buffers[mapping] = checkpoint._mapped(mapping)
        buffer, start = buffers[mapping]
        count = nbytes // size
        try:
            tensor = frombuffer(buffer, dtype=kind, count=count, offset=data - start)
            first = (shape - table.dimension_address) >> 3
            # A contiguous vector that fills its storage needs no as_strided_, and most tensors are such.
            if ndim != 1 or offset or dimensions[first] != count or dimensions[first + 1] != 1:
                middle = first + ndim
                tensor.as_strided_(
                    dimensions[first:middle], dimensions[middle:middle + ndim], offset)
        except (RuntimeError, ValueError, OverflowError):
            return None
        name -= table.name_address
        state[names[name:name + length].decode()] = tensor
    return state


def tensors(checkpoint: Checkpoint, rows: Sequence[Row]) -> list[torch.Tensor]:
    """The tensors of `rows` as views of the mapping; tensors of one storage share it."""
    storages = checkpoint._storages
    uses = Counter([storages[row.storage].root for row in checkpoint._rows])
    kinds = {name: _dtype(name, checkpoint.path) for name in {row.dtype for row in rows}}
    sizes = {name: kind.itemsize for name, kind in kinds.items()}
    shared: dict[int, Any] = {}
    made = []
    row = None
    frombuffer = torch.frombuffer
    try:
        for row in rows:
            _, name, shape, strides, offset, number, _, quantization, _, _ = row
            _, nbytes, root, _, _, is_meta = storages[number]
            size = sizes[name]
            if uses[root] > 1 or root != number or is_meta or quantization or (
                    not nbytes or nbytes % size or size == _WIDE):
                made.append(_shared(checkpoint, row, kinds[name], shared))
                continue
            buffer, start = checkpoint._memory(number)
            count = nbytes // size
            tensor = frombuffer(buffer, dtype=kinds[name], count=count, offset=start)
            if offset or shape != (count,) or strides != (1,):
                tensor.as_strided_(shape, strides, offset)
            made.append(tensor)
    except (RuntimeError, ValueError, OverflowError) as error:
        if isinstance(error, CheckpointError):
            raise
        raise CheckpointError(
            f"{checkpoint.path}: {row.name if row else ''}: torch cannot hold it: {error}") from None
    return made


def _shared(checkpoint: Checkpoint, row: Row, kind: torch.dtype, shared: dict[int, Any]) -> torch.Tensor:
    """A tensor with a storage that other tensors may share, or a meta, quantised or unaligned tensor."""
    storage = checkpoint._storages[row.storage]
    if storage.is_meta:
        return torch.empty_strided(row.shape, row.strides, dtype=kind, device="meta")
    if storage.root not in shared:
        root = checkpoint._storages[storage.root]
        if root.nbytes:
            buffer, start = checkpoint._memory(storage.root)
            whole = torch.frombuffer(buffer, dtype=torch.uint8, count=root.nbytes, offset=start)
            if whole.data_ptr() % _WIDE and any(
                    other.dtype == "complex128" and
                    checkpoint._storages[other.storage].root == storage.root
                    for other in checkpoint._rows):
                whole = whole.clone()
        else:
            whole = torch.empty(0, dtype=torch.uint8)
        shared[storage.root] = whole.untyped_storage()
    if row.storage not in shared:
        # As in torch.load, a view of a storage is another storage over the same memory.
        begin = storage.root_offset
        shared[row.storage] = shared[storage.root][begin:begin + storage.nbytes]
    untyped = shared[row.storage]
    if row.quantization == 1:
        tensor = torch._empty_affine_quantized(
            [0], scale=row.scale, zero_point=row.zero_point, dtype=kind)
    elif row.quantization:
        tensor = _per_channel(checkpoint, row, kind)
    else:
        tensor = torch.empty(0, dtype=kind)
    return tensor.set_(untyped, row.offset, row.shape, row.strides)


def _per_channel(checkpoint: Checkpoint, row: Row, kind: torch.dtype) -> torch.Tensor:
    """A per-channel quantised tensor with the scales and zero points of `row`, but without its values."""
    import json

    answer = ctypes.c_void_p()
    checkpoint._call("pthconv_quantizer", checkpoint._index[row.name], ctypes.byref(answer))
    given = json.loads(take_text(answer))
    scales, zero_points = (
        torch.tensor(
            [float(value) for value in given[name]], dtype=torch.float64
        ).to(_dtype(given[f"{name}_dtype"], checkpoint.path))
        for name in ("scales", "zero_points"))
    # The shape is given, since torch checks the number of scales against it.
    return torch._empty_per_channel_affine_quantized(
        row.shape, scales=scales, zero_points=zero_points, axis=given["axis"], dtype=kind)


def _dtype(name: str, path: str) -> torch.dtype:
    kind = getattr(torch, name, None)
    if not isinstance(kind, torch.dtype):
        raise CheckpointError(f"{path}: this version of torch has no {name}")
    return kind
