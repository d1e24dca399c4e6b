"""Reads PyTorch checkpoints without running what is in them, maps them onto modules, and says what
became of every key.

    import pthconv

    state = pthconv.load("res2net50_26w_6s-19041792.pth")
"""

from __future__ import annotations

from typing import Any

from ._checkpoint import Checkpoint, Tensor, open
from ._errors import (
    ArgumentError,
    CheckpointError,
    FileChangedError,
    FileError,
    LoadError,
    MissingFileError,
    PthconvError,
    PthconvWarning,
    UnsafeFileError,
    WriteError,
)
from ._load import load

__all__ = [
    "ArgumentError", "Checkpoint", "CheckpointError", "FileChangedError", "FileError", "LoadError",
    "MissingFileError", "PthconvError", "PthconvWarning", "Tensor", "UnsafeFileError", "WriteError",
    "load", "open",
]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from ._library import library

        return library().pthconv_version().decode()
    raise AttributeError(f"module 'pthconv' has no attribute {name!r}")
