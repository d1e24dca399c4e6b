"""`pthconv.load`."""

from __future__ import annotations

from ._checkpoint import Checkpoint
from ._errors import CheckpointError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Literal, Optional, overload

    import numpy as np
    import torch

    from ._checkpoint import Path
else:
    def overload(function):
        return function


@overload
def load(path: Path, *, key: Optional[str] = None, numpy: Literal[False] = False
         ) -> dict[str, torch.Tensor]: ...
@overload
def load(path: Path, *, key: Optional[str] = None, numpy: Literal[True]
         ) -> dict[str, np.ndarray]: ...


def load(path: Path, *, key: Optional[str] = None, numpy: bool = False) -> dict[str, Any]:
    """The state dict of a checkpoint, without running what is in the file.

    The tensors are those of `torch.load(path, weights_only=True, mmap=True)` (types, shapes,
    strides, shared storages), from every container alike, on the CPU. They are views of the mapped
    file: values are read when they are used, and what is written to them stays in this process. The
    mapping lives as long as one of them.

    Args:
        path: The file, or the index of a sharded checkpoint.
        key: Dotted path of the state dict in the file, such as `state_dict`; `None` chooses the
            likeliest.
        numpy: Whether to give numpy arrays.

    Returns:
        The tensors by name, in the order of the file.

    Raises:
        MissingFileError: There is no such file.
        CheckpointError: It is no checkpoint, has no tensors, or cannot be read.
        ArgumentError: There are no tensors under `key`.
    """
    checkpoint = Checkpoint(path, key=key)
    if not len(checkpoint):
        raise CheckpointError(f"{checkpoint.path}: there is no state dict in it")
    checkpoint._check()
    if numpy:
        from . import _numpy

        return {row.name: _numpy.array(checkpoint, row) for row in checkpoint._rows}
    from . import _torch

    return _torch.state_dict(checkpoint)
