"""Runs a live module and looks at what its submodules put out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Optional

import torch
from torch import nn

from ._errors import ArgumentError

#: What a name of a node of pthconv's ends in if it stands for an activation function.
_ACTIVATIONS = ("relu", "relu6")
#: Submodules that hand on what they are given, in evaluation mode.
_IDLE = (nn.Identity, nn.Dropout, nn.Dropout2d)


def unwrapped(module: nn.Module) -> nn.Module:
    """The module without the wrappers of parallel training and `torch.compile`, which keep its weights and
    arithmetic.

    Raises:
        ArgumentError: The module is TorchScript, or a part of it is compiled: neither has hooks.
    """
    while True:
        kind = type(module).__name__
        inner = getattr(module, "_orig_mod", None) if kind == "OptimizedModule" else (
            getattr(module, "module", None)
            if kind in ("DataParallel", "DistributedDataParallel") else None)
        if not isinstance(inner, nn.Module):
            break
        module = inner
    for name, part in module.named_modules():
        what = name or "the module"
        if isinstance(part, torch.jit.ScriptModule):
            raise ArgumentError(
                f"{what} is TorchScript, whose parts cannot be watched: give the module that it was made of")
        if type(part).__name__ == "OptimizedModule" or (
                getattr(part, "_compiled_call_impl", None) is not None):
            raise ArgumentError(
                f"{what} is compiled, so its parts cannot be watched: give the module before torch.compile")
    return module


class Watch:
    """A module in evaluation mode, and what its submodules put out when it runs."""

    def __init__(self, module: nn.Module, input: torch.Tensor) -> None:
        self.module = module
        self.parts = {name: part for name, part in module.named_modules() if name}
        parameter = next(module.parameters(), None)
        if parameter is not None:
            input = input.to(parameter.device, parameter.dtype)
        self.input = input
        #: Mean, standard deviation, minimum and maximum of the output of each submodule's first call.
        self.statistics: dict[str, tuple[float, ...]] = {}
        #: The shapes of these.
        self.shapes: dict[str, list[int]] = {}
        #: The tensors that the module returns.
        self.returned = _tensors(self._run(self.parts, self._measure))

    def _measure(self, name: str, output: torch.Tensor) -> None:
        values = output.detach().double()
        self.statistics[name] = (
            values.mean().item(), values.std(unbiased=values.numel() > 1).item(), values.min().item(),
            values.max().item())
        self.shapes[name] = list(output.shape)

    def _run(self, names: Iterable[str], look: Callable[[str, torch.Tensor], None], *,
             with_graph: bool = False) -> Any:
        """Runs the module, and calls `look` with the output of each submodule's first call. Modes and
        `requires_grad` are restored."""
        seen: set[str] = set()

        def hook(name: str) -> Any:
            def first(module: nn.Module, inputs: Any, output: Any) -> None:
                if isinstance(output, torch.Tensor) and output.numel() and name not in seen:
                    seen.add(name)
                    look(name, output)
            return first

        modes = {part: part.training for part in self.module.modules()}
        frozen = [parameter for parameter in self.module.parameters()
                  if with_graph and parameter.is_floating_point() and not parameter.requires_grad]
        hooks = [self.parts[name].register_forward_hook(hook(name)) for name in names]
        try:
            self.module.eval()
            for parameter in frozen:
                parameter.requires_grad_(True)
            with torch.inference_mode(False), torch.set_grad_enabled(with_graph):
                return self.module((self.input[:1] if with_graph else self.input).clone())
        finally:
            for handle in hooks:
                handle.remove()
            for parameter in frozen:
                parameter.requires_grad_(False)
            for part, mode in modes.items():
                part.training = mode

    def outputs(self, names: Iterable[str]) -> dict[str, torch.Tensor]:
        """The outputs of these submodules."""
        found: dict[str, torch.Tensor] = {}

        def keep(name: str, output: torch.Tensor) -> None:
            found[name] = output.detach().clone()
        self._run(set(names), keep)
        return found

    def stage(self, stage: dict[str, Any], layers: list[dict[str, Any]]) -> Optional[str]:
        """The submodule that puts out a stage of pthconv's network: that of the stage's name, else the one
        with whose last node the stage ends; `None` if there is none."""
        if stage["name"] in self.statistics:
            return str(stage["name"])
        same = [number for number, layer in enumerate(layers) if _alike(layer, stage)]
        if len(same) != 1:
            return None
        number = same[0]
        name = str(layers[number]["name"])
        before = str(layers[number - 1]["name"]) if number else ""
        later = str(layers[number + 1]["name"]) if number + 1 < len(layers) else ""
        scope = name.rpartition(".")[0]
        if name in self.statistics:
            found = name
        elif scope in self.statistics and not later.startswith(f"{scope}."):
            found = scope
        elif before in self.statistics and self._acts(before) and _is_activation(name):
            found = before
        else:
            return None
        # What encloses it as its last part puts out the same, unless a hook changes that.
        while True:
            scope = found.rpartition(".")[0]
            if (scope not in self.statistics or type(self.parts[scope]) is not nn.Sequential
                    or later.startswith(f"{scope}.") or self.shapes[scope] != self.shapes[found]):
                return found
            found = scope

    def nodes(self, layers: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
        """The nodes of pthconv's network with which submodules are compared, by the submodules' names.

        A submodule is compared with the node of its name; if it has an activation function inside, with the
        node of that one.
        """
        found = {}
        for number, layer in enumerate(layers):
            name = layer["name"]
            if name not in self.statistics:
                continue
            if (self._acts(name) and number + 1 < len(layers)
                    and _is_activation(layers[number + 1]["name"])):
                layer = layers[number + 1]
            if all(isinstance(layer[kind], (int, float)) for kind in _STATISTICS):
                found[name] = layer
        return found

    def first_difference(self, nodes: dict[str, dict[str, Any]], tolerance: float) -> Optional[str]:
        """The first submodule with other statistics than its node; None if there is none."""
        for name, node in nodes.items():
            theirs = [node[kind] for kind in _STATISTICS]
            scale = max(abs(theirs[2]), abs(theirs[3]), 1e-12)
            # Written so that NaN differs.
            if not all(abs(a - b) <= tolerance * scale for a, b in zip(self.statistics[name], theirs)):
                return name
        return None

    def unseen(self, nodes: Iterable[str], stages: Optional[Iterable[str]]) -> list[str]:
        """The submodules with parameters or buffers that no comparison reached: they have no node in `nodes`,
        and no stage depends on them. Where nothing inside of a submodule was reached, only its own name is
        given.

        Args:
            stages: The submodules whose outputs were compared; `None` stands for what the module returns.
        """
        reached = self._parameters(stages)
        by_name = set(nodes)
        seen: list[str] = []
        unseen: list[str] = []
        for name, part in self.module.named_modules():
            own = list(part.parameters(recurse=False))
            buffers = part._buffers.keys() - part._non_persistent_buffers_set
            if own or buffers:
                is_seen = name in by_name or (
                    all(id(parameter) in reached for parameter in own) if own else name in self.statistics)
                (seen if is_seen else unseen).append(name)
        named: list[str] = []
        for name in unseen:
            while "." in name:
                scope = name.rpartition(".")[0]
                if any(other == scope or other.startswith(f"{scope}.") for other in seen):
                    break
                name = scope
            name = name or "the module's own parameters"
            if name not in named:
                named.append(name)
        return named

    def _parameters(self, stages: Optional[Iterable[str]]) -> set[int]:
        """The identities of the parameters that the outputs of these submodules depend on, by the graph for
        gradients."""
        if any(parameter.is_inference() for parameter in self.module.parameters()):
            return set()  # There is no graph for these.
        waiting: list[Any] = []

        def keep(name: str, output: torch.Tensor) -> None:
            waiting.append(output.grad_fn)
        returned = self._run(stages or (), keep, with_graph=True)
        if stages is None:
            waiting.extend(tensor.grad_fn for tensor in _tensors(returned))
        found: set[int] = set()
        known: set[Any] = set()
        while waiting:
            node = waiting.pop()
            if node is None or node in known:
                continue
            known.add(node)
            found.add(id(getattr(node, "variable", None)))
            waiting.extend(parent for parent, _ in node.next_functions)
        return found

    def _acts(self, name: str) -> bool:
        """Whether a submodule has an activation function inside, as timm's norms have."""
        part = self.parts[name]
        return any(not isinstance(inner, _IDLE) for inner in part.modules() if inner is not part)


_STATISTICS = ("mean", "std", "min", "max")


def _alike(layer: dict[str, Any], stage: dict[str, Any]) -> bool:
    return all(layer[kind] == stage[kind] for kind in ("shape", *_STATISTICS))


def _is_activation(name: str) -> bool:
    return name.rpartition(".")[2].partition("#")[0] in _ACTIVATIONS


def _tensors(returned: Any) -> list[torch.Tensor]:
    if isinstance(returned, torch.Tensor):
        return [returned]
    if isinstance(returned, dict):
        returned = list(returned.values())
    if not isinstance(returned, (list, tuple)):
        return []
    tensors = [tensor for tensor in returned if isinstance(tensor, torch.Tensor)]
    return tensors if len(tensors) == len(returned) else []
