"""pthconv in mmengine's configs.

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
    """Registers pthconv with mmengine. Calling it again changes nothing.

    - pthconv reads every path that begins with `pthconv://`, wherever mmengine takes a path:
      `load_from`, `init_cfg=dict(type="Pretrained", checkpoint="pthconv://x.safetensors")`,
      `load_checkpoint`. This gives only the state dict, so a run cannot be resumed from it.
    - `init_cfg=dict(type="Pthconv", checkpoint=…)` loads with `load_checkpoint` of this module,
      which maps the keys, logs a report, and fails if `strict` or `min_coverage` is not met.
    - `custom_hooks=[dict(type="PthconvPreflight")]` ends a run before its first iteration if it
      would not do what its configuration says.

    mmengine reads other paths as before.
    """
    CheckpointLoader.register_scheme(SCHEME, _load, force=True)
    WEIGHT_INITIALIZERS.register_module(name="Pthconv", module=PthconvInit, force=True)
    HOOKS.register_module(name="PthconvPreflight", module=PthconvPreflight, force=True)


def load_checkpoint(model: nn.Module, filename: Path, *, prefix: str = "auto",
                    revise_keys: Sequence[Revision] = (), strict: bool = False,
                    min_coverage: Optional[float] = None, key: Optional[str] = None,
                    init: str = "as_is", logger: Any = "current") -> MapReport:
    """Replaces mmengine's `load_checkpoint` in a hand-written `init_weights`.

    The arguments are those of `pthconv.load_into`. The report is logged with its warnings.
    """
    path = os.fsdecode(filename)
    path = path[len(SCHEME):] if path.startswith(SCHEME) else path
    with warnings.catch_warnings():
        # The logged report has the warnings.
        warnings.simplefilter("ignore", PthconvWarning)
        report = load_into(
            model, path, key=key, prefix=prefix, revise_keys=revise_keys, strict=strict,
            min_coverage=min_coverage, init=init)
    print_log(f"pthconv: {report}", logger=logger)
    return report


class PthconvInit:
    """The initialiser of `init_cfg=dict(type="Pthconv", …)`, with the arguments of `load_checkpoint`."""

    def __init__(self, checkpoint: Path, **options: Any) -> None:
        self.checkpoint = checkpoint
        self.options = options

    def __call__(self, module: nn.Module) -> None:
        load_checkpoint(module, self.checkpoint, **self.options)
        if hasattr(module, "_params_init_info"):
            update_init_info(module, init_info=f"PthconvInit: load from {self.checkpoint}")


class PthconvPreflight(Hook):  # type: ignore[misc]
    """Checks the run's configuration before the first iteration, logs the report, and raises
    `PreflightError` if the run would not do what the configuration says.

    Args:
        checkpoint: A file that replaces the checkpoint named in the configuration.
        images: Photographs, or folders of them, as in `pthconv.preflight`.
        fails: Whether errors end the run; otherwise they are only logged.
    """

    priority = "VERY_HIGH"

    def __init__(self, checkpoint: Optional[Path] = None, fails: bool = True,
                 images: Optional[Sequence[Path]] = None) -> None:
        self.checkpoint = checkpoint
        self.images = images
        self.fails = fails
        #: The report; None before the run.
        self.report: Optional[PreflightReport] = None

    def before_run(self, runner: Any) -> None:
        # A runner without training has nothing to check.
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
