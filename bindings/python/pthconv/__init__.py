"""Reads PyTorch checkpoints without running code in them, maps them onto modules, and reports the
result for every key.

    import pthconv

    state = pthconv.load("res2net50_26w_6s-19041792.pth")
    report = pthconv.load_into(model, "detector.pth", min_coverage=0.95)
"""

from __future__ import annotations

from ._checkpoint import Checkpoint, Tensor, open
from ._errors import (
    ArgumentError,
    CheckpointError,
    ConfigError,
    FileChangedError,
    FileError,
    LoadError,
    MissingFileError,
    PreflightError,
    PthconvError,
    PthconvWarning,
    UnsafeFileError,
    WriteError,
)
from ._load import load

# `typing` takes as long to import as everything else, and only type checkers need it.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ._module import load_into
    from ._preflight import PreflightReport, preflight
    from ._prove import ProveReport, prove
    from ._reports import (
        DiffReport,
        InspectReport,
        MapReport,
        Report,
        ScanReport,
        VerifyReport,
        diff,
        inspect,
        map,
        scan,
        verify,
    )
    from ._save import WriteReport, convert, save, to_onnx

    __version__: str

__all__ = [
    "ArgumentError", "Checkpoint", "CheckpointError", "ConfigError", "DiffReport",
    "FileChangedError", "FileError", "InspectReport", "LoadError", "MapReport", "MissingFileError",
    "PreflightError", "PreflightReport", "ProveReport", "PthconvError", "PthconvWarning", "Report",
    "ScanReport", "Tensor", "UnsafeFileError", "VerifyReport", "WriteError", "WriteReport", "convert",
    "diff", "inspect", "load", "load_into", "map", "open", "preflight", "prove", "save", "scan",
    "to_onnx", "verify",
]

# Imported at first use, so that `import pthconv` is quick and does not need torch.
_LATER = {
    "_module": ("load_into",),
    "_preflight": ("PreflightReport", "preflight"),
    "_prove": ("ProveReport", "prove"),
    "_reports": (
        "DiffReport", "InspectReport", "MapReport", "Report", "ScanReport", "VerifyReport", "diff",
        "inspect", "map", "scan", "verify"),
    "_save": ("WriteReport", "convert", "save", "to_onnx"),
}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from ._library import library

        return library().pthconv_version().decode()
    for module, names in _LATER.items():
        if name in names:
            from importlib import import_module

            value = getattr(import_module(f".{module}", __name__), name)
            globals()[name] = value
            return value
    raise AttributeError(f"module 'pthconv' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
