"""Checkpoints in mmengine's configs.

    import pthconv.mmengine
    pthconv.mmengine.register()

    backbone = dict(type="Res2Net", …, init_cfg=dict(
        type="Pthconv", checkpoint="res2net50_v1b.pth", min_coverage=0.99))
"""

from __future__ import annotations

import os
import warnings
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any, Optional

from mmengine.hooks import Hook
from mmengine.logging import print_log
from mmengine.model.weight_init import update_init_info
from mmengine.registry import HOOKS, WEIGHT_INITIALIZERS
from mmengine.runner import CheckpointLoader
from torch import nn

from ._checkpoint import Checkpoint
from ._errors import PthconvWarning
from ._load import load
from ._module import load_into
from ._preflight import PreflightReport, preflight
from ._reports import MapReport, Revision

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._checkpoint import Path

SCHEME = "pthconv://"


def register() -> None:
    """Makes mmengine know pthconv. Calling it again changes nothing.

    - Every path that begins with `pthconv://` is read by pthconv, wherever mmengine takes one:
      `load_from`, `init_cfg=dict(type="Pretrained", checkpoint="pthconv://x.safetensors")`,
      `load_checkpoint`. Such a checkpoint is a state dict alone: nothing can be resumed from it.
    - `init_cfg=dict(type="Pthconv", checkpoint=…)` loads with `load_checkpoint` of this module,
      which maps the keys, reports once, and fails where it was asked to.
    - `custom_hooks=[dict(type="PthconvPreflight")]` ends a run before its first iteration if it
      would not do what its configuration says.

    Other paths go mmengine's own ways as before.
    """
    CheckpointLoader.register_scheme(SCHEME, _load, force=True)
    WEIGHT_INITIALIZERS.register_module(name="Pthconv", module=PthconvInit, force=True)
    HOOKS.register_module(name="PthconvPreflight", module=PthconvPreflight, force=True)


def load_checkpoint(model: nn.Module, filename: Path, *, prefix: str = "auto",
                    revise_keys: Sequence[Revision] = (), strict: bool = False,
                    min_coverage: Optional[float] = None, key: Optional[str] = None,
                    init: str = "as_is", logger: Any = "current") -> MapReport:
    """In place of mmengine's `load_checkpoint` in a hand-written `init_weights`.

    The arguments are those of `pthconv.load_into`; the report is logged once, warnings included.
    """
    path = os.fsdecode(filename)
    path = path[len(SCHEME):] if path.startswith(SCHEME) else path
    with warnings.catch_warnings():
        # They are in the report that is logged.
        warnings.simplefilter("ignore", PthconvWarning)
        report = load_into(
            model, path, key=key, prefix=prefix, revise_keys=revise_keys, strict=strict,
            min_coverage=min_coverage, init=init)
    print_log(f"pthconv: {report}", logger=logger)
    return report


class PthconvInit:
    """What `init_cfg=dict(type="Pthconv", …)` makes; the arguments are `load_checkpoint`'s."""

    def __init__(self, checkpoint: Path, **options: Any) -> None:
        self.checkpoint = checkpoint
        self.options = options

    def __call__(self, module: nn.Module) -> None:
        load_checkpoint(module, self.checkpoint, **self.options)
        if hasattr(module, "_params_init_info"):
            update_init_info(module, init_info=f"PthconvInit: load from {self.checkpoint}")


class PthconvPreflight(Hook):  # type: ignore[misc]
    """Reads the run's configuration before the first iteration, logs what it finds, and raises
    `PreflightError` if the run would not do what the configuration says.

    Args:
        checkpoint: A file that stands in for the checkpoint that the configuration names.
        images: Photographs, or folders of them, as `pthconv.preflight` takes them.
        fails: Whether errors end the run; if not, they are only logged.
    """

    priority = "VERY_HIGH"

    def __init__(self, checkpoint: Optional[Path] = None, fails: bool = True,
                 images: Optional[Sequence[Path]] = None) -> None:
        self.checkpoint = checkpoint
        self.images = images
        self.fails = fails
        #: What was found; None before the run.
        self.report: Optional[PreflightReport] = None

    def before_run(self, runner: Any) -> None:
        # A runner for tests alone has nothing to train.
        if runner.cfg.get("train_cfg") is None and runner.cfg.get("train_dataloader") is None:
            return
        self.report = preflight(
            runner.cfg, checkpoint=self.checkpoint, gpus=runner.world_size, images=self.images)
        print_log(f"pthconv: {self.report}", logger="current")
        if self.fails:
            self.report.raise_if_errors()


def _load(filename: str, map_location: Any = None) -> dict[str, Any]:
    """mmengine's loader for `pthconv://`."""
    path = filename[len(SCHEME):]
    checkpoint = Checkpoint(path)
    state = load(path)
    if map_location is not None and str(map_location) != "cpu":
        state = {name: tensor.to(map_location) for name, tensor in state.items()}
    return {"meta": {"pthconv": checkpoint.format}, "state_dict": OrderedDict(state)}
