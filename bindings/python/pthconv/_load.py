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
    """Loads the state dict of a checkpoint, without running code in the file.

    The tensors have the dtypes, shapes, strides and shared storages that
    `torch.load(path, weights_only=True, mmap=True)` gives, from every container, on the CPU. They are
    views of a private mapping of the file: values are read when they are used, and writing to them
    does not change the file. The mapping lives as long as any of the tensors.

    Args:
        path: The file, or the index of a sharded checkpoint.
        key: Dotted path of the state dict in the file, such as `state_dict`; `None` chooses the
            likeliest.
        numpy: Whether to return numpy arrays in place of torch tensors.

    Returns:
        The tensors by name, in the order of the file.

    Raises:
        MissingFileError: There is no such file.
        CheckpointError: The file is not a checkpoint, has no tensors, or cannot be read.
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
