"""`pthconv.prove`, which compares a live module with pthconv's own network with the file's weights."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from typing import Any, Optional, Union

import torch
from torch import nn

from ._checkpoint import Checkpoint
from ._errors import ArgumentError
from ._reports import Page, Revision, opened, verify
from ._save import save

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
        """Whether every stage is finite and within the tolerance, and no submodule's output differs. The
        stages alone do not suffice: a later norm with weight 0 hides a difference from them."""
        return self["agrees"]

    @property
    def first_module(self) -> Optional[str]:
        """The first module, in the order of execution, whose output differs. Only modules that pthconv
        has under the same name are compared: convolutions, norms, poolings, linear layers. Another
        activation function shows at the next of these. None if no module differs."""
        return self["first_module"]

    def __repr__(self) -> str:
        place = f", first at {self.first_module}" if self.first_module else ""
        return (f"<pthconv.ProveReport of {self.path!r}: "
                f"{'agrees' if self.agrees else 'differs'}{place}>")


def prove(module: nn.Module, source: Union[Path, Checkpoint], backbone: str, *,
          input: Optional[torch.Tensor] = None, seed: int = 0,
          size: tuple[int, int] = (224, 224), tolerance: float = 1e-4,
          flavor: Optional[str] = None, key: Optional[str] = None, prefix: Optional[str] = None,
          revise_keys: Sequence[Revision] = (), source_flavor: Optional[str] = None,
          **arguments: Any) -> ProveReport:
    """Runs a module and pthconv's own network with the file's weights on one input, and compares stages.

    The module is run in evaluation mode and without gradients; its mode is restored. The stages are the
    outputs of the submodules `layer1`, `layer2`… or, without these, the tensors that the module returns.

    Args:
        module: The live backbone, with its weights loaded.
        source: The checkpoint that the weights should be from.
        backbone: The checkpoint's network, as in `map`.
        input: `[batch, channels, height, width]`; `None` makes `torch.randn` with `seed` and `size`.
        tolerance: The largest relative L2 error of a stage.

    The other arguments are those of `map`.
    """
    checkpoint = opened(source, key)
    if input is None:
        input = torch.randn(1, 3, *size, generator=torch.Generator().manual_seed(seed))
    watch = _Watch(module)
    stages = watch.run(input)
    with tempfile.TemporaryDirectory() as folder:
        given, reference = (os.path.join(folder, name) for name in ("input.npz", "outputs.npz"))
        save({"input": input.float()}, given)
        save({name: tensor.float() for name, tensor in stages.items()}, reference)
        report = verify(
            checkpoint, backbone, reference=reference, input=given, tolerance=tolerance,
            layers=True, flavor=flavor, prefix=prefix, revise_keys=revise_keys,
            source_flavor=source_flavor, **arguments)
    fields = report.to_dict()
    fields["input"].update(file=None, seed=seed)
    layers = fields.pop("layers")
    compared = [c for c in fields["comparisons"] if c["kind"] == "reference-output"]
    fields["stages"] = [stage for comparison in compared for stage in comparison["stages"]]
    fields["first_module"] = watch.first_difference(layers, 10 * tolerance)
    fields["agrees"] = bool(fields["stages"]) and all(c["pass"] for c in compared) and (
        fields["first_module"] is None)
    return ProveReport(fields, checkpoint.path)


class _Watch:
    """Runs a module and records statistics of the output of each submodule."""

    def __init__(self, module: nn.Module) -> None:
        self.module = module
        #: Mean, standard deviation, minimum and maximum of the output of each module's first call.
        self.statistics: dict[str, tuple[float, ...]] = {}
        self.stages: dict[str, torch.Tensor] = {}

    def run(self, input: torch.Tensor) -> dict[str, torch.Tensor]:
        parameter = next(self.module.parameters(), None)
        if parameter is not None:
            input = input.to(parameter.device, parameter.dtype)
        modes = {part: part.training for part in self.module.modules()}
        hooks = [part.register_forward_hook(self._hook(name))
                 for name, part in self.module.named_modules() if name]
        try:
            self.module.eval()
            with torch.no_grad():
                returned = self.module(input)
        finally:
            for hook in hooks:
                hook.remove()
            for part, mode in modes.items():
                part.training = mode
        return self.stages or self._returned(returned)

    def _hook(self, name: str) -> Any:
        def look(module: nn.Module, inputs: Any, output: Any) -> None:
            if not isinstance(output, torch.Tensor) or name in self.statistics:
                return
            values = output.detach().double()
            self.statistics[name] = (
                values.mean().item(), values.std(unbiased=False).item(), values.min().item(),
                values.max().item())
            if name.startswith("layer") and name[5:].isdigit():
                self.stages[name] = output.detach().clone()
        return look

    @staticmethod
    def _returned(returned: Any) -> dict[str, torch.Tensor]:
        if isinstance(returned, torch.Tensor):
            returned = [returned]
        if isinstance(returned, dict):
            returned = list(returned.values())
        if not isinstance(returned, (list, tuple)) or not returned or not all(
                isinstance(tensor, torch.Tensor) for tensor in returned):
            raise ArgumentError("the module returns no tensors that could be compared")
        return {str(number): tensor for number, tensor in enumerate(returned)}

    def first_difference(self, layers: list[dict[str, Any]], tolerance: float) -> Optional[str]:
        """The first node that is a module of the same name with other statistics; None if there is none."""
        for layer in layers:
            mine = self.statistics.get(layer["name"])
            theirs = [layer[kind] for kind in ("mean", "std", "min", "max")]
            if mine is None or not all(isinstance(value, (int, float)) for value in theirs):
                continue
            scale = max(abs(theirs[2]), abs(theirs[3]), 1e-12)
            if any(abs(a - b) > tolerance * scale for a, b in zip(mine, theirs)):
                return str(layer["name"])
        return None
