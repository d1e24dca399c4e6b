"""`pthconv.load_into`: a checkpoint into any `nn.Module`."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any, Optional, Union

import torch
from torch import nn

from . import _torch
from ._checkpoint import Checkpoint
from ._errors import ArgumentError, LoadError, PthconvWarning
from ._reports import MapReport, Revision, ask, opened, request, revisions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._checkpoint import Path


def load_into(module: nn.Module, source: Union[Path, Checkpoint], *, key: Optional[str] = None,
              prefix: str = "auto", revise_keys: Sequence[Revision] = (), strict: bool = False,
              min_coverage: Optional[float] = None, init: str = "as_is") -> MapReport:
    """Loads a checkpoint into a module, and says what became of every key.

    The module's own names and shapes are the target. If they are those of a backbone that pthconv
    knows, other implementations' names for the same parameters are understood, too. Values are
    copied into the module's parameters and buffers as `load_state_dict` does, in their types and on
    their devices. Nothing in the file is run.

    Args:
        module: Any module.
        source: A path or an opened checkpoint.
        key: Dotted path of the state dict in the file; `None` chooses the likeliest.
        prefix: What stands before the module's keys in the file, such as `backbone.`; `"auto"`
            takes the one behind which most match.
        revise_keys: Pairs of regular expression and replacement, applied to the file's keys first,
            as mmengine's.
        strict: Whether missing, mismatched or unexpected keys are an error.
        min_coverage: The share of the module's keys that must be loaded, from 0 to 1.
        init: What happens to parameters that the file does not fill: `"as_is"` leaves them,
            `"kaiming"` draws convolutions and linear layers anew (fan_out, relu) and sets norms to
            1 and biases to 0.

    Returns:
        The report. Its warnings are also issued as `PthconvWarning`.

    Raises:
        LoadError: `strict` or `min_coverage` is not met, or no weight fits; the module is as it was.
        MissingFileError, CheckpointError: The file is not there, or cannot be read.
    """
    if init not in ("as_is", "kaiming"):
        raise ArgumentError(f"init takes 'as_is' or 'kaiming', not {init!r}")
    checkpoint = opened(source, key)
    target = _target(module)
    report = MapReport(
        ask("pthconv_map", checkpoint._handle.pointer, request(
            target=target, prefix=None if prefix == "auto" else prefix,
            revise_keys=revisions(revise_keys))), checkpoint.path)
    report.require(strict=strict, min_coverage=min_coverage)
    if report.verdict == "nothing":
        raise LoadError(f"{report.path}: {report.summary()}{report._examples()}", report)
    report = _copy(module, checkpoint, report)
    if init == "kaiming":
        _initialise(module, set(report.missing + report.mismatched))
    for text in report.warnings:
        warnings.warn(f"{checkpoint.path}: {text}", PthconvWarning, stacklevel=2)
    return report


def _target(module: nn.Module) -> list[dict[str, Any]]:
    """The module's keys as the library takes them."""
    seen: dict[tuple[Any, ...], int] = {}
    target: list[dict[str, Any]] = []
    for name, tensor in module.state_dict(keep_vars=True).items():
        if not isinstance(tensor, torch.Tensor):
            continue
        if nn.parameter.is_lazy(tensor):
            raise ArgumentError(f"{name} has no shape yet: run the module once before loading")
        if tensor.is_meta:
            raise ArgumentError(
                f"{name} is on the meta device: call module.to_empty(device=…) before loading")
        entry: dict[str, Any] = {
            "name": name, "shape": list(tensor.shape), "dtype": str(tensor.dtype)[6:]}
        # One tensor under two names is filled by either.
        twin = seen.setdefault((id(tensor), tuple(tensor.shape)), len(target))
        if twin != len(target):
            entry["twin"] = twin
        target.append(entry)
    return target


def _copy(module: nn.Module, checkpoint: Checkpoint, report: MapReport) -> MapReport:
    """Carries the mapping out; the report with what shows only then."""
    wanted = report.loaded
    checkpoint._check()
    rows = [checkpoint._rows[checkpoint._index[source]] for source in wanted.values()]
    state: dict[str, Any] = dict(zip(wanted, _torch.tensors(checkpoint, rows)))
    for item in report["filled"]:
        state[item["target"]] = torch.tensor(0)
    rest = module.load_state_dict(state, strict=False)
    # A module may rename or refuse keys in hooks of its own.
    lost = [name for name in rest.missing_keys if name in state] + list(rest.unexpected_keys)
    if lost:
        raise LoadError(
            f"{checkpoint.path}: the module's own hooks did not take {', '.join(lost[:3])}", report)
    own = {name: tensor for name, tensor in module.state_dict(keep_vars=True).items()
           if name in wanted}
    fields = report.to_dict()
    overruled = _overruled(own, state, wanted)
    if overruled:
        fields["warnings"].append({
            "code": "tied-differently",
            "message": f"the module has one tensor for {overruled[0]} and {overruled[1]}, and the "
            "file has different values for them: the last counts"})
        if fields["verdict"] == "complete":
            fields["verdict"] = "foreign"
    return MapReport(fields, report.path)


def _overruled(own: dict[str, Any], state: dict[str, Any], sources: dict[str, str]
               ) -> Optional[tuple[str, str]]:
    """Two names of one tensor for which the file has different values."""
    first: dict[tuple[Any, ...], str] = {}
    for name, tensor in own.items():
        other = first.setdefault((id(tensor), tuple(tensor.shape)), name)
        if sources[other] != sources[name] and not torch.equal(state[other], state[name]):
            return other, name
    return None


@torch.no_grad()
def _initialise(module: nn.Module, names: set[str]) -> None:
    """Draws the parameters of `names` anew, in the order of the modules."""
    for path, child in module.named_modules():
        own = {name for name, _ in child.named_parameters(recurse=False)
               if (f"{path}.{name}" if path else name) in names}
        is_norm = isinstance(
            child, (nn.modules.batchnorm._NormBase, nn.GroupNorm, nn.LayerNorm))
        for name in sorted(own, reverse=True):
            parameter = getattr(child, name)
            if name == "bias":
                nn.init.zeros_(parameter)
            elif is_norm:
                nn.init.ones_(parameter)
            elif name == "weight" and isinstance(child, (nn.modules.conv._ConvNd, nn.Linear)):
                nn.init.kaiming_normal_(parameter, mode="fan_out", nonlinearity="relu")
