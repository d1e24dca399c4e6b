"""`pthconv.load_into`, which loads a checkpoint into any `nn.Module`."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Sequence
from typing import Any, Optional, Union

import torch
from torch import nn

from . import _fill, _torch
from ._checkpoint import Checkpoint
from ._errors import ArgumentError, LoadError, PthconvWarning
from ._reports import MapReport, Revision, ask, opened, request, revisions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._checkpoint import Path


def load_into(module: nn.Module, source: Union[Path, Checkpoint], *, key: Optional[str] = None,
              prefix: str = "auto", revise_keys: Sequence[Revision] = (), strict: bool = False,
              min_coverage: Optional[float] = None, init: str = "as_is") -> MapReport:
    """Loads a checkpoint into a module, and reports the result for every key.

    The module's own names and shapes are the target. If these are the names and shapes of a backbone
    that pthconv knows, other implementations' names for the same parameters are matched too. Values
    are copied into the module's parameters and buffers by `load_state_dict`, with the module's dtypes
    and devices. No code in the file is run.

    Args:
        module: Any module.
        source: A path or an opened checkpoint.
        key: Dotted path of the state dict in the file; `None` chooses the likeliest.
        prefix: The prefix of the module's keys in the file, such as `backbone.`; `"auto"` finds the
            prefix with the most matching keys.
        revise_keys: Pairs of a regular expression and its replacement, applied to the file's keys
            first, as in mmengine.
        strict: Whether missing, mismatched or unexpected keys are an error.
        min_coverage: The share of the module's keys that must be loaded, from 0 to 1.
        init: The treatment of parameters that the file does not fill: `"as_is"` leaves them,
            `"kaiming"` initialises weights of convolutions and linear layers (kaiming_normal_, fan_out,
            relu) and sets weights of norms to 1 and biases to 0.

    Returns:
        The report. Its warnings are also issued as `PthconvWarning`.

    Raises:
        LoadError: `strict` or `min_coverage` is not met, no weight fits, or the module's own
            `load_state_dict` or hooks fail; the module has its old values again.
        MissingFileError, CheckpointError: The file does not exist, or cannot be read.
        ArgumentError: An argument is invalid, or a parameter is lazy or on the meta device.
    """
    if init not in ("as_is", "kaiming"):
        raise ArgumentError(f"init takes 'as_is' or 'kaiming', not {init!r}")
    checkpoint = opened(source, key)
    own, others = _fill.parts(module)
    target = _target(own)
    report = MapReport(
        ask("pthconv_map", checkpoint._handle.pointer, request(
            target=target, prefix=None if prefix == "auto" else prefix,
            revise_keys=revisions(revise_keys))), checkpoint.path)
    sizes = {entry["name"]: math.prod(entry["shape"]) for entry in target}
    report = _with_other_states(report, others, sizes)

    def demand(report: MapReport) -> None:
        report.require(strict=strict, min_coverage=min_coverage)
        if report.verdict == "nothing":
            raise LoadError(f"{report.path}: {report.summary()}{report._examples()}", report)

    demand(report)
    report = _copy(module, own, checkpoint, report, sizes, demand)
    if init == "kaiming":
        _initialise(module, set(report.missing + report.mismatched))
    for text in report.warnings:
        warnings.warn(f"{checkpoint.path}: {text}", PthconvWarning, stacklevel=2)
    return report


def _target(own: dict[str, Any]) -> list[dict[str, Any]]:
    """The module's keys in the form that the library takes."""
    seen: dict[tuple[Any, ...], int] = {}
    target: list[dict[str, Any]] = []
    for name, tensor in own.items():
        if nn.parameter.is_lazy(tensor):
            raise ArgumentError(f"{name} has no shape yet: run the module once before loading")
        if tensor.is_meta:
            raise ArgumentError(
                f"{name} is on the meta device: call module.to_empty(device=…) before loading")
        entry: dict[str, Any] = {
            "name": name, "shape": list(tensor.shape), "dtype": str(tensor.dtype)[6:]}
        # If one tensor has two names, either name in the file fills it.
        twin = seen.setdefault(_fill.region(tensor), len(target))
        if twin != len(target):
            entry["twin"] = twin
        target.append(entry)
    return target


def _with_other_states(report: MapReport, names: list[str], sizes: dict[str, int]) -> MapReport:
    """The report with values of the state dict that are not tensors: they count as missing."""
    if not names:
        return report
    fields = report.to_dict()
    fields["missing"] += [{"target": name, "shape": []} for name in names]
    fields["warnings"].append({
        "code": "extra-state",
        "message": f"{_few(names)}: no tensor, so the file's is not loaded and the module's stays"})
    return _counted(fields, report.path, {}, sizes)


def _copy(module: nn.Module, own: dict[str, Any], checkpoint: Checkpoint, report: MapReport,
          sizes: dict[str, int], demand: Callable[[MapReport], None]) -> MapReport:
    """Loads the mapped values, and returns the report with findings that only loading shows.

    `demand` is called again if the module changed values; an error restores the module.
    """
    wanted = report.loaded
    checkpoint._check()
    rows = [checkpoint._rows[checkpoint._index[source]] for source in wanted.values()]
    state: dict[str, Any] = dict(zip(wanted, _torch.tensors(checkpoint, rows)))
    filling = _fill.Filling(module, own, state)
    try:
        lost = filling.run(state)
    except Exception as error:
        raise LoadError(
            f"{checkpoint.path}: the module's load_state_dict fails: {error}", report) from error
    # Hooks of the module may rename or refuse keys.
    if lost:
        filling.undo()
        raise LoadError(
            f"{checkpoint.path}: the module's own hooks did not take {_few(lost)}", report)
    fields = report.to_dict()
    own = {name: tensor for name, tensor in _fill.tensors(filling.module).items() if name in wanted}
    overruled = _overruled(own, state, wanted)
    if overruled:
        fields["warnings"].append({
            "code": "tied-differently",
            "message": f"the module has one tensor for {overruled[0]} and {overruled[1]}, and the "
            "file has different values for them: the last counts"})
        if fields["verdict"] == "complete":
            fields["verdict"] = "foreign"
    touched = filling.touched(state)
    if touched:
        fields["warnings"].append({
            "code": "changed-by-module",
            "message": f"{_few(touched)}: not from the file, and the module's own methods or hooks gave other "
            "values than before"})
    changed = [] if overruled else filling.changed(state)
    if not changed:
        return MapReport(fields, report.path)
    fields["warnings"].append({
        "code": "changed-by-module",
        "message": f"{_few(changed)}: after loading, the module has other values than the file: its own "
        "load_state_dict or hooks changed them, or they share memory with another parameter"})
    report = _counted(
        fields, report.path, {name: list(own[name].shape) if name in own else [] for name in changed},
        sizes)
    try:
        demand(report)
    except LoadError:
        filling.undo()
        raise
    return report


def _counted(fields: dict[str, Any], path: str, changed: dict[str, list[int]],
             sizes: dict[str, int]) -> MapReport:
    """The report in which keys that the module changed after loading count as mismatched.

    Args:
        changed: The shapes of these keys.
        sizes: The number of elements of each tensor of the module.
    """
    for item in [item for item in fields["loaded"] if item["target"] in changed]:
        fields["loaded"].remove(item)
        shape = changed[item["target"]]
        fields["mismatched"].append({
            "source": item["source"], "target": item["target"], "source_shape": shape,
            "target_shape": shape, "hint": "the module has other values after loading"})
    loaded = [item["target"] for item in fields["loaded"]]
    names = loaded + [item["target"] for item in fields["missing"] + fields["mismatched"]]
    elements = sum(sizes.get(name, 0) for name in names)
    fields["coverage"]["keys"] = len(loaded) / len(names) if names else 0.0
    fields["coverage"]["elements"] = (
        sum(sizes[name] for name in loaded) / elements if elements else 0.0)
    if not loaded:
        fields["verdict"] = "nothing"
    elif fields["verdict"] != "nothing" and len(names) > len(loaded):
        fields["verdict"] = "partial"
    return MapReport(fields, path)


def _few(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _overruled(own: dict[str, Any], state: dict[str, Any], sources: dict[str, str]
               ) -> Optional[tuple[str, str]]:
    """Two names of one tensor for which the file has different values; `None` if there are none."""
    first: dict[tuple[Any, ...], str] = {}
    for name, tensor in own.items():
        other = first.setdefault(_fill.region(tensor), name)
        if sources[other] != sources[name] and not torch.equal(state[other], state[name]):
            return other, name
    return None


# `nn.RMSNorm` exists since PyTorch 2.4.
_RMS_NORMS: tuple[type, ...] = (nn.RMSNorm,) if hasattr(nn, "RMSNorm") else ()


@torch.no_grad()
def _initialise(module: nn.Module, names: set[str]) -> None:
    """Initialises the parameters in `names`, in the order of the modules."""
    for path, child in module.named_modules():
        own = {name for name, _ in child.named_parameters(recurse=False)
               if (f"{path}.{name}" if path else name) in names}
        is_norm = isinstance(
            child, (nn.modules.batchnorm._NormBase, nn.GroupNorm, nn.LayerNorm, *_RMS_NORMS))
        for name in sorted(own, reverse=True):
            parameter = getattr(child, name)
            if name == "bias":
                nn.init.zeros_(parameter)
            elif is_norm:
                nn.init.ones_(parameter)
            elif name == "weight" and isinstance(child, (nn.modules.conv._ConvNd, nn.Linear)):
                nn.init.kaiming_normal_(parameter, mode="fan_out", nonlinearity="relu")
