"""Many files at once, with Ray Data.

    import pthconv.ray

    rows = pthconv.ray.scan(paths)
    rows.filter(lambda row: row["safety"] != "safe").write_json("s3://bucket/findings")

Ray distributes the paths, starts again what a lost worker had, and collects the rows: nothing here does.
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
        paths: Files that the workers can open, or addresses of stores that fsspec knows, such as
            `s3://bucket/x.pth`; these are copied to the worker for as long as they are looked at.
        batch_size: How many files are one piece of work, which is done again if its worker is lost;
            `None` makes four pieces for each processor of the cluster, of 1024 files at most.
        options: What `ray.data.Dataset.map_batches` takes, such as `num_cpus` or `concurrency`.

    Returns:
        A row for each path, in no particular order: `path`, `safety` (`safe`, `unknown`,
        `dangerous`; None for a file that was not judged), `reasons`, `error` (a sentence, or None)
        and `report`, the whole report in JSON.
    """
    return _map(paths, _scan, _SCAN, batch_size, options)


def inspect(paths: Iterable[Path], *, batch_size: Optional[int] = None, **options: Any
            ) -> ray.data.Dataset:
    """What checkpoints are and what is in them.

    The arguments are those of `scan`.

    Returns:
        A row for each path: `path`, `format`, `tensors` (their number), `parameters`, `backbone`,
        `safety`, `error` and `report`, the whole report in JSON.
    """
    return _map(paths, _inspect, _INSPECT, batch_size, options)


def _map(paths: Iterable[Path], look: Callable[[str], dict[str, Any]], schema: pyarrow.Schema,
         batch_size: Optional[int], options: dict[str, Any]) -> ray.data.Dataset:
    rows = [{"path": os.fspath(path)} for path in paths]
    batch_size = batch_size or _piece(len(rows))
    # Ray makes tasks of blocks: each is one piece of work.
    blocks = max(1, -(-len(rows) // batch_size))
    return ray.data.from_items(rows, override_num_blocks=blocks).map_batches(
        _Look(look, schema), batch_size=batch_size, **options)


def _piece(files: int) -> int:
    """How many files are one piece of work. Each piece costs Ray as much as some dozens of small files."""
    if not ray.is_initialized():
        ray.init()
    resources: Any = ray.cluster_resources
    processors = max(1, int(resources().get("CPU", 1)))
    return max(1, min(1024, -(-files // (4 * processors))))


class _Look:
    """What a worker does with a batch."""

    def __init__(self, look: Callable[[str], dict[str, Any]], schema: pyarrow.Schema) -> None:
        self.look = look
        self.schema = schema

    def __call__(self, batch: dict[str, Any]) -> pyarrow.Table:
        # libzip asks for the local time of each entry, and glibc for the zone's file each time, unless
        # its name is given. Workers are processes of Ray's.
        os.environ.setdefault("TZ", ":/etc/localtime")
        rows = [self._row(str(path)) for path in batch["path"]]
        return pyarrow.Table.from_pylist(rows, schema=self.schema)

    def _row(self, path: str) -> dict[str, Any]:
        local = _Local(path)
        try:
            with local:
                return {"path": path, **self.look(local.name)}
        except (PthconvError, OSError) as error:
            # A copy's own name says nothing to anybody.
            return {"path": path, "error": str(error).replace(local.name, path)}


class _Local:
    """A path as a file on this machine."""

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
