"""Scans and inspects many files with Ray Data.

    import pthconv.ray

    rows = pthconv.ray.scan(paths)
    rows.filter(lambda row: row["safety"] != "safe").write_json("s3://bucket/findings")

Ray distributes the paths, repeats the batches of lost workers, and collects the rows.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from typing import Any, Callable, Optional

import pyarrow
import ray.data

from ._errors import PthconvError
from ._reports import inspect as inspect_file
from ._reports import scan as scan_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._checkpoint import Path


def scan(paths: Iterable[Path], *, batch_size: Optional[int] = None, **options: Any
         ) -> ray.data.Dataset:
    """Judges whether files could run code when Python loads them.

    Args:
        paths: Files that the workers can open, or URLs that fsspec knows, such as `s3://bucket/x.pth`;
            these are copied to a temporary file of the worker.
        batch_size: The number of files in a batch, which is repeated if its worker is lost; `None` makes
            four batches for each processor of the cluster, of at most 1024 files.
        options: Arguments of `ray.data.Dataset.map_batches`, such as `num_cpus` or `concurrency`.

    Returns:
        A row for each path, in no particular order: `path`, `safety` (`safe`, `unknown`,
        `dangerous`; None for a file that could not be read), `reasons`, `error` (a sentence, or None)
        and `report`, the whole report as JSON.
    """
    return _map(paths, _scan, _SCAN, batch_size, options)


def inspect(paths: Iterable[Path], *, batch_size: Optional[int] = None, **options: Any
            ) -> ray.data.Dataset:
    """Reports the contents of checkpoints.

    The arguments are those of `scan`.

    Returns:
        A row for each path: `path`, `format`, `tensors` (their number), `parameters`, `backbone`,
        `safety`, `error` and `report`, the whole report as JSON.
    """
    return _map(paths, _inspect, _INSPECT, batch_size, options)


def _map(paths: Iterable[Path], look: Callable[[str], dict[str, Any]], schema: pyarrow.Schema,
         batch_size: Optional[int], options: dict[str, Any]) -> ray.data.Dataset:
    rows = [{"path": os.fspath(path)} for path in paths]
    batch_size = batch_size or _piece(len(rows))
    # Ray makes a task of each block, so that a block is one batch.
    blocks = max(1, -(-len(rows) // batch_size))
    return ray.data.from_items(rows, override_num_blocks=blocks).map_batches(
        _Look(look, schema), batch_size=batch_size, **options)


def _piece(files: int) -> int:
    """The number of files in a batch. The overhead of a batch equals a few dozen small files."""
    if not ray.is_initialized():
        ray.init()
    resources: Any = ray.cluster_resources
    processors = max(1, int(resources().get("CPU", 1)))
    return max(1, min(1024, -(-files // (4 * processors))))


class _Look:
    """The work on a batch."""

    def __init__(self, look: Callable[[str], dict[str, Any]], schema: pyarrow.Schema) -> None:
        self.look = look
        self.schema = schema

    def __call__(self, batch: dict[str, Any]) -> pyarrow.Table:
        # libzip calls localtime for each entry, and glibc stats the time zone's file each time unless TZ
        # names it. This is a process of Ray's, not the caller's.
        os.environ.setdefault("TZ", ":/etc/localtime")
        rows = [self._row(str(path)) for path in batch["path"]]
        return pyarrow.Table.from_pylist(rows, schema=self.schema)

    def _row(self, path: str) -> dict[str, Any]:
        local = _Local(path)
        try:
            with local:
                return {"path": path, **self.look(local.name)}
        except (PthconvError, OSError) as error:
            # The name of the temporary copy would not help the user.
            return {"path": path, "error": str(error).replace(local.name, path)}


class _Local:
    """A local file for a path or URL: the file itself, or a temporary copy."""

    def __init__(self, path: str) -> None:
        scheme, sign, rest = path.partition("://")
        self._address = path if sign and scheme != "file" else None
        self.name = rest if scheme == "file" and sign else path

    def __enter__(self) -> None:
        if self._address is not None:
            import fsspec

            filesystem, name = fsspec.url_to_fs(self._address)
            descriptor, self.name = tempfile.mkstemp(suffix=os.path.basename(name))
            os.close(descriptor)
            filesystem.get_file(name, self.name)

    def __exit__(self, *_: Any) -> None:
        if self._address not in (None, self.name):
            os.unlink(self.name)


_SCAN = pyarrow.schema([
    ("path", pyarrow.string()), ("safety", pyarrow.string()),
    ("reasons", pyarrow.list_(pyarrow.string())), ("error", pyarrow.string()),
    ("report", pyarrow.string())])

_INSPECT = pyarrow.schema([
    ("path", pyarrow.string()), ("format", pyarrow.string()), ("tensors", pyarrow.int64()),
    ("parameters", pyarrow.int64()), ("backbone", pyarrow.string()), ("safety", pyarrow.string()),
    ("error", pyarrow.string()), ("report", pyarrow.string())])


def _scan(path: str) -> dict[str, Any]:
    report = scan_file(path)
    return {"safety": report.verdict, "reasons": report.reasons, "report": report.to_json()}


def _inspect(path: str) -> dict[str, Any]:
    report = inspect_file(path)
    architecture = report.architecture
    return {
        "format": report["format"], "tensors": len(report["tensors"]),
        "parameters": report["parameters"], "safety": report["safety"],
        "backbone": None if architecture is None else architecture["backbone"],
        "report": report.to_json()}
