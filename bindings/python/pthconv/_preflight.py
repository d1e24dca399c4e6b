"""`pthconv.preflight`, which reports what a training run would do before it is started."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from typing import Any, Optional, Union

from ._errors import ArgumentError, PreflightError
from ._reports import Page, ask, request

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._checkpoint import Path

# The keys of a configuration that weights, images and learning rate depend on.
_TELLING = (
    "model", "data_preprocessor", "optim_wrapper", "optimizer", "train_dataloader", "data",
    "train_pipeline", "img_norm_cfg", "auto_scale_lr", "load_from", "resume", "resume_from",
    "default_scope")


class PreflightReport(Page):
    """The report of what a training run with a configuration would do."""

    _command = "preflight"

    @property
    def findings(self) -> list[dict[str, Any]]:
        """The findings, the most severe first: `kind`, `severity`, `in`, `line`, `what`, `why`, `instead`."""
        return self["findings"]

    @property
    def errors(self) -> list[dict[str, Any]]:
        """The findings of severity `error`: the run would not do what the configuration says."""
        return [item for item in self.findings if item["severity"] == "error"]

    @property
    def warnings(self) -> list[dict[str, Any]]:
        """The findings of severity `warning`: the configuration is rarely meant so."""
        return [item for item in self.findings if item["severity"] == "warning"]

    def summary(self) -> str:
        """The number of errors, warnings and notes."""
        counts = [f"{self[name]} {name if self[name] != 1 else name[:-1]}"
                  for name in ("errors", "warnings", "notes") if self[name]]
        return ", ".join(counts) or "nothing found in what was looked at"

    def raise_if_errors(self) -> None:
        """Raises `PreflightError` if the run would not do what the configuration says."""
        if self.errors:
            raise PreflightError(str(self), self)

    def __str__(self) -> str:
        lines = [f"{os.path.basename(self.path)}: {self.summary()}"]
        for item in self.findings:
            place = f"{item['in']}:{item['line']}: " if item["line"] is not None else ""
            lines.append(f"  {place}{item['severity']}: {item['what']}")
            lines += [f"    {name}: {item[key]}" for name, key in
                      (("because", "why"), ("write", "instead")) if item[key]]
        return "\n".join(lines)

    def __repr__(self) -> str:
        return f"<pthconv.PreflightReport of {self.path!r}: {self.summary()}>"


def preflight(config: Union[Path, Any], *, checkpoint: Optional[Path] = None,
              gpus: Optional[int] = None, images_per_gpu: Optional[int] = None,
              images: Optional[Sequence[Path]] = None) -> PreflightReport:
    """Reports what a training run would do: which weights arrive, and whether neck, images and learning
    rate fit them.

    pthconv reads a configuration and never executes it. For a `Config`, mmengine reads its file once more,
    which executes it as when the `Config` was made, to see whether the `Config` was changed since.

    Args:
        config: The path of a configuration, or mmengine's `Config`. For a changed `Config` the lines in
            the report are lines of `Config.dump`.
        checkpoint: A file that replaces the checkpoint named in the configuration.
        gpus: The number of GPUs; `None` leaves the learning rate unchecked.
        images_per_gpu: The batch size on one GPU; `None` takes the configuration's.
        images: Photographs (PNG, JPEG) of the kind that the weights were trained with, or folders of them,
            to find how the training images were prepared.
    """
    options = request(
        checkpoint=None if checkpoint is None else os.fspath(checkpoint), gpus=gpus,
        images_per_gpu=images_per_gpu, images=None if images is None else _files(images))
    if isinstance(config, (str, bytes, os.PathLike)):
        return _read(os.fsdecode(config), os.fsdecode(config), options)
    if not hasattr(config, "dump"):
        raise ArgumentError("preflight takes a path or mmengine's Config")
    name = getattr(config, "filename", None)
    if name and os.path.exists(name) and _is_as_read(config, name):
        return _read(name, name, options)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, os.path.basename(name or "config.py"))
        config.dump(path)
        return _read(path, name or "the configuration", options)


def _files(paths: Sequence[Path]) -> list[str]:
    """The given files and all files in the given folders."""
    found: list[str] = []
    for path in map(os.fsdecode, paths):
        if os.path.isdir(path):
            found += sorted(os.path.join(folder, name)
                            for folder, _, names in os.walk(path) for name in names)
        else:
            found.append(path)
    return found


def _read(path: str, name: str, options: bytes) -> PreflightReport:
    return PreflightReport(ask("pthconv_preflight", os.fsencode(path), options), name)


def _is_as_read(config: Any, path: str) -> bool:
    """Whether the `Config` has the values of its file in all keys of `_TELLING`."""
    try:
        original = type(config).fromfile(path)
    except Exception:
        return False
    return all(config.get(key) == original.get(key) for key in _TELLING)
