"""`pthconv.prove`, which compares a live module with pthconv's own network with the file's weights."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Sequence
from typing import Any, Optional, Union

import torch
from torch import nn

from ._checkpoint import Checkpoint
from ._errors import ArgumentError, PthconvError
from ._reports import Page, Revision, VerifyReport, opened, verify
from ._save import save
from ._watch import Watch, unwrapped

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._checkpoint import Path


class ProveReport(Page):
    """The comparison of a live module with pthconv's own network with the file's weights.

    Beside `agrees`, `first_module` and `stages` the report has the fields of `verify`'s report, with the
    module's outputs as the reference.
    """

    _command = "verify"

    @property
    def agrees(self) -> bool:
        """Whether every stage is finite and within the tolerance, no submodule's output differs, and all
        parameters of the module were compared. The stages alone do not suffice: a later norm with weight 0
        hides a difference from them, and a classifier stands behind them."""
        return self["agrees"]

    @property
    def first_module(self) -> Optional[str]:
        """The first module, in the order of execution, whose output differs. Only modules that pthconv
        has under the same name are compared: convolutions, norms, poolings, linear layers. Another
        activation function shows at the next of these. None if no module differs."""
        return self["first_module"]

    @property
    def not_compared(self) -> list[str]:
        """The submodules with parameters that were not compared, such as a head that the file does not have:
        nothing is known of their values."""
        return self["not_compared"]

    def __repr__(self) -> str:
        differs = self.first_module or not all(stage["pass"] for stage in self["stages"])
        place = f", first at {self.first_module}" if self.first_module else ""
        rest = f", not compared: {', '.join(self.not_compared)}" if self.not_compared else ""
        found = "agrees" if self.agrees else "differs" if differs else "no difference found"
        return f"<pthconv.ProveReport of {self.path!r}: {found}{place}{rest}>"


def prove(module: nn.Module, source: Union[Path, Checkpoint], backbone: str, *,
          input: Optional[torch.Tensor] = None, seed: int = 0,
          size: tuple[int, int] = (224, 224), tolerance: float = 1e-4,
          flavor: Optional[str] = None, key: Optional[str] = None, prefix: Optional[str] = None,
          revise_keys: Sequence[Revision] = (), source_flavor: Optional[str] = None,
          **arguments: Any) -> ProveReport:
    """Runs a module and pthconv's own network with the file's weights on one input, and compares stages.

    The module is run in evaluation mode and without gradients; its mode is restored. The stages are the
    outputs of the submodules that correspond to those of pthconv's network, of its classifier too if the file
    has one, or, without such submodules, the tensors that the module returns.

    Args:
        module: The live backbone, with its weights loaded. `DataParallel`, `DistributedDataParallel` and
            the result of `torch.compile` are unwrapped.
        source: The checkpoint that the weights should be from.
        backbone: The checkpoint's network, as in `map`.
        input: `[batch, channels, height, width]`; `None` makes `torch.randn` with `seed` and `size`.
        tolerance: The largest relative L2 error of a stage.

    The other arguments are those of `map`.
    """
    module = unwrapped(module)
    if input is None:
        input = torch.randn(1, 3, *size, generator=torch.Generator().manual_seed(seed))
    checkpoint = opened(source, key)
    options: dict[str, Any] = {
        "flavor": flavor, "prefix": prefix, "revise_keys": revise_keys, "source_flavor": source_flavor}
    watch = Watch(module, input)
    with tempfile.TemporaryDirectory() as folder:
        given, small, reference = (
            os.path.join(folder, name) for name in ("input.npz", "small.npz", "outputs.npz"))
        save({"input": input.float()}, given)
        save({"input": input[:1, :, :_SMALL, :_SMALL].float().contiguous()}, small)

        def network(**more: Any) -> VerifyReport:
            return verify(checkpoint, backbone, input=small, engine="reference", layers=True, **options,
                          **{**arguments, **more})
        plan, arguments = _plan(network, watch.returned, arguments)
        places = _places(watch, plan)
        tensors = watch.outputs(places.values())
        stages = {name: tensors[place] for name, place in places.items()} or _in_order(watch, plan)
        save({name: tensor.float() for name, tensor in stages.items()}, reference)
        report = verify(checkpoint, backbone, reference=reference, input=given, tolerance=tolerance,
                        layers=True, **options, **arguments)
    fields = report.to_dict()
    fields["input"].update(file=None, seed=seed)
    nodes = watch.nodes(fields.pop("layers"))
    compared = [c for c in fields["comparisons"] if c["kind"] == "reference-output"]
    fields["stages"] = [stage for comparison in compared for stage in comparison["stages"]]
    first = watch.first_difference(nodes, 10 * tolerance)
    fields["first_module"] = first
    unseen = watch.unseen(nodes, places.values() if places else None)
    fields["not_compared"] = unseen
    passes = bool(fields["stages"]) and all(c["pass"] for c in compared)
    fields["agrees"] = passes and first is None and not unseen
    if first is not None:
        _lower(fields, "failed", f"{first} of the module puts out something else than that of the file's network")
    if unseen:
        _lower(fields, "unproven", "not compared, since the file's network has no counterpart that ran: "
               + ", ".join(unseen[:5]) + (f" and {len(unseen) - 5} more" if len(unseen) > 5 else ""))
    return ProveReport(fields, checkpoint.path)


#: The side of the picture with which the names of the network's nodes are found out.
_SMALL = 64
#: verify's verdicts from the best to the worst.
_VERDICTS = ("proven", "supported", "consistent", "unproven", "failed")


def _lower(fields: dict[str, Any], verdict: str, reason: str) -> None:
    """Gives a report a verdict, unless it has a worse one, and the reason."""
    fields["reasons"].append(reason)
    if _VERDICTS.index(fields["verdict"]) < _VERDICTS.index(verdict):
        fields["verdict"] = verdict
        fields["pass"] = False


def _plan(network: Callable[..., VerifyReport], returned: list[torch.Tensor], arguments: dict[str, Any]
          ) -> tuple[VerifyReport, dict[str, Any]]:
    """The file's network, with a classifier if the module and the file have one, and its arguments."""
    plan = network()
    classes = returned[0].shape[1] if len(returned) == 1 and returned[0].dim() == 2 else 0
    own = [stage["shape"][1] for stage in plan["stages"] if stage["name"] == "fc"]
    if "num_classes" in arguments or own == ([classes] if classes else []):
        return plan, arguments
    # Without a classifier first: another number of classes than the file's is another classifier.
    for number in ([0] if own else []) + ([classes] if classes and not own else []):
        try:
            other = network(num_classes=number)
        except PthconvError:
            continue
        if _lacking(other) <= _lacking(plan):
            return other, {**arguments, "num_classes": number}
    return plan, arguments


def _lacking(plan: VerifyReport) -> int:
    """The number of the network's keys that the file does not fill."""
    return int(plan["random_weights"]["keys"]) if plan["random_weights"] else 0


def _places(watch: Watch, plan: VerifyReport) -> dict[str, str]:
    """The module's submodules that put out the network's stages, by the stages' names."""
    found = {stage["name"]: watch.stage(stage, plan["layers"]) for stage in plan["stages"]}
    return {stage: place for stage, place in found.items() if place is not None}


def _in_order(watch: Watch, plan: VerifyReport) -> dict[str, torch.Tensor]:
    """What a module returns as the stages of the network, if none of its submodules has a stage's name."""
    names = [stage["name"] for stage in plan["stages"]]
    first = plan["layers"][0]["name"]
    inner = next((name for name in watch.statistics if name.endswith(f".{first}")), None)
    if inner:
        raise ArgumentError(
            f"the backbone is a part of the module: give its submodule {inner[:-len(first) - 1]} alone")
    if not watch.returned:
        raise ArgumentError("the module returns no tensors that could be compared")
    if len(watch.returned) != len(names):
        raise ArgumentError(
            f"the module returns {len(watch.returned)} tensors, {plan['backbone']} has {len(names)} stages, and "
            f"no submodule has the name of a stage in {plan['flavor']}: give the backbone alone, and its `flavor`")
    return dict(zip(names, watch.returned))
