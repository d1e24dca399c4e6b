"""Tensors of a checkpoint as torch tensors, with the storages, strides and types of torch.load."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

try:
    import torch
except ImportError as error:
    raise ImportError(f"torch cannot be imported ({error}); numpy=True gives numpy arrays") from None

from ._checkpoint import Checkpoint, Row
from ._errors import CheckpointError


def tensors(checkpoint: Checkpoint, rows: Sequence[Row]) -> list[torch.Tensor]:
    """The tensors of `rows`, views of the mapping; those of one storage share it."""
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
                    not nbytes or nbytes % size):
                made.append(_shared(checkpoint, row, kinds[name], shared))
                continue
            buffer, start = checkpoint._memory(number)
            count = nbytes // size
            tensor = frombuffer(buffer, dtype=kinds[name], count=count, offset=start)
            # Most tensors are vectors that fill their storage, and are that already.
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
    """A tensor whose storage others may look into as well, or that is unusual otherwise."""
    storage = checkpoint._storages[row.storage]
    if storage.is_meta:
        return torch.empty_strided(row.shape, row.strides, dtype=kind, device="meta")
    if storage.root not in shared:
        root = checkpoint._storages[storage.root]
        if root.nbytes:
            buffer, start = checkpoint._memory(storage.root)
            whole = torch.frombuffer(buffer, dtype=torch.uint8, count=root.nbytes, offset=start)
        else:
            whole = torch.empty(0, dtype=torch.uint8)
        shared[storage.root] = whole.untyped_storage()
    if row.storage not in shared:
        # A part of a storage is one of its own over the same memory, as torch.load makes it.
        begin = storage.root_offset
        shared[row.storage] = shared[storage.root][begin:begin + storage.nbytes]
    untyped = shared[row.storage]
    if row.quantization == 1:
        tensor = torch._empty_affine_quantized(
            [0], scale=row.scale, zero_point=row.zero_point, dtype=kind)
    elif row.quantization:
        raise CheckpointError(
            f"{checkpoint.path}: {row.name}: is quantised with a scale for each channel, which "
            "only torch.load reads")
    else:
        tensor = torch.empty(0, dtype=kind)
    return tensor.set_(untyped, row.offset, row.shape, row.strides)


def _dtype(name: str, path: str) -> torch.dtype:
    kind = getattr(torch, name, None)
    if not isinstance(kind, torch.dtype):
        raise CheckpointError(f"{path}: this version of torch has no {name}")
    return kind
