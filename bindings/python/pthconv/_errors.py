"""The exceptions of pthconv. Each says in one sentence which file, where, and what is wrong."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class PthconvError(Exception):
    """What all exceptions of pthconv are."""


class ArgumentError(PthconvError, ValueError):
    """A call that makes no sense: an option, a name, a pattern."""


class FileError(PthconvError, OSError):
    """A file that the system does not let be read."""


class MissingFileError(FileError, FileNotFoundError):
    """A file that is not there."""


class FileChangedError(FileError):
    """A file that has become shorter since it was opened."""


class CheckpointError(PthconvError, ValueError):
    """A file that is no checkpoint, or one that cannot be read."""


class WriteError(PthconvError, OSError):
    """A file that could not be written; what was there before is still there."""


class UnsafeFileError(PthconvError):
    """A file that could run code when Python loads it.

    `report` is what `pthconv.scan` found.
    """

    def __init__(self, message: str, report: Any) -> None:
        super().__init__(message)
        self.report = report

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self), (str(self), self.report))


class LoadError(PthconvError, ValueError):
    """A checkpoint that does not fill a module as it was asked to.

    `report` tells what became of every key.
    """

    def __init__(self, message: str, report: Any) -> None:
        super().__init__(message)
        self.report = report

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self), (str(self), self.report))


class ConfigError(PthconvError, ValueError):
    """A configuration that cannot be read."""


class PreflightError(PthconvError):
    """A run that would not do what its configuration says.

    `report` is what `pthconv.preflight` found.
    """

    def __init__(self, message: str, report: Any) -> None:
        super().__init__(message)
        self.report = report

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self), (str(self), self.report))


class PthconvWarning(UserWarning):
    """Something about a loading that a person should know before training."""
