"""Makes numpy arrays of a checkpoint's tensors."""

from __future__ import annotations

from typing import Any

try:
    import numpy
except ImportError as error:
    raise ImportError(f"numpy cannot be imported ({error}); without numpy=True torch tensors come") from None

from ._checkpoint import Checkpoint, Row
from ._errors import CheckpointError

# The dtypes that numpy has, by PyTorch's names.
DTYPES: dict[str, Any] = {
    name: numpy.dtype(code)
    for name, code in {
        "float64": "<f8", "float32": "<f4", "float16": "<f2", "complex64": "<c8",
        "complex128": "<c16", "int64": "<i8", "int32": "<i4", "int16": "<i2", "int8": "i1",
        "uint64": "<u8", "uint32": "<u4", "uint16": "<u2", "uint8": "u1", "bool": "?",
    }.items()
}

# The dtypes that ml_dtypes adds if it is installed.
ML_DTYPES = (
    "bfloat16", "float8_e4m3fn", "float8_e4m3fnuz", "float8_e5m2", "float8_e5m2fnuz",
    "float8_e8m0fnu",
)


def dtype(row: Row, path: str) -> Any:
    """The numpy dtype of a tensor.

    Raises:
        CheckpointError: numpy has no such dtype.
    """
    if row.dtype in DTYPES:
        return DTYPES[row.dtype]
    if row.dtype in ML_DTYPES:
        try:
            import ml_dtypes

            return numpy.dtype(getattr(ml_dtypes, row.dtype))
        except (ImportError, AttributeError):
            pass
    raise CheckpointError(
        f"{path}: {row.name}: numpy has no {row.dtype}; load it as torch tensors")


def array(checkpoint: Checkpoint, row: Row) -> numpy.ndarray:
    """A tensor as a view of the mapping.

    Raises:
        CheckpointError: The tensor has no values, or numpy cannot hold it.
    """
    kind = dtype(row, checkpoint.path)
    if checkpoint._storages[row.storage].is_meta:
        raise CheckpointError(
            f"{checkpoint.path}: {row.name}: was saved on the meta device and has no values")
    if 0 in row.shape:
        return numpy.empty(row.shape, kind)
    buffer, start = checkpoint._memory(row.storage)
    size = kind.itemsize
    try:
        made: numpy.ndarray = numpy.ndarray(
            row.shape, kind, buffer, start + row.offset * size, [s * size for s in row.strides])
        # numpy accepts complex128 at 8-byte alignment, but torch.from_numpy crashes there.
        return made.copy() if size == 16 and made.ctypes.data % size else made
    except (ValueError, OverflowError) as error:
        raise CheckpointError(
            f"{checkpoint.path}: {row.name}: numpy cannot hold it: {error}") from None
