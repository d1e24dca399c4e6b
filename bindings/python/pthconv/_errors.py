"""The exceptions of pthconv. A message says which file, where, and what is wrong."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class PthconvError(Exception):
    """The base class of all exceptions of pthconv."""


class ArgumentError(PthconvError, ValueError):
    """An invalid argument: an option, a name, a pattern."""


class FileError(PthconvError, OSError):
    """The system cannot read a file."""


class MissingFileError(FileError, FileNotFoundError):
    """A file does not exist."""


class FileChangedError(FileError):
    """A file has become shorter since it was opened."""


class CheckpointError(PthconvError, ValueError):
    """A file is not a checkpoint, or is one that cannot be read."""


class WriteError(PthconvError, OSError):
    """A file could not be written; an existing file is unchanged."""


class UnsafeFileError(PthconvError):
    """A file could run code when Python loads it.

    `report` is the report of `pthconv.scan`.
    """

    def __init__(self, message: str, report: Any) -> None:
        super().__init__(message)
        self.report = report

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self), (str(self), self.report))


class LoadError(PthconvError, ValueError):
    """A checkpoint does not fill a module as required.

    `report` has the result for every key.
    """

    def __init__(self, message: str, report: Any) -> None:
        super().__init__(message)
        self.report = report

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self), (str(self), self.report))


class ConfigError(PthconvError, ValueError):
    """A configuration cannot be read."""


class PreflightError(PthconvError):
    """A training run would not do what its configuration says.

    `report` is the report of `pthconv.preflight`.
    """

    def __init__(self, message: str, report: Any) -> None:
        super().__init__(message)
        self.report = report

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self), (str(self), self.report))


class PthconvWarning(UserWarning):
    """A warning about loaded weights that matters before training."""
