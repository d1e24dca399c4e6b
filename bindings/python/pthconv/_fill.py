"""Copies the values of a checkpoint into a module, and checks that they arrived."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any, Optional

import torch
from torch import nn


def region(tensor: torch.Tensor) -> tuple[Any, ...]:
    """A key that two names of one tensor share: its address, shape, strides, dtype and device."""
    start = _address(tensor)
    if start is None:
        return id(tensor), tuple(tensor.shape)
    return start, tuple(tensor.shape), tensor.stride(), tensor.dtype, tensor.device


def _address(tensor: torch.Tensor) -> Optional[int]:
    """The address of the first element; `None` if there is none. Not that of the storage alone: tensors may
    share memory by storages of their own, as those that `torch.from_numpy` makes of parts of one array."""
    try:
        storage = tensor.untyped_storage()
        if storage.nbytes() and storage.data_ptr():
            return int(storage.data_ptr() + tensor.storage_offset() * tensor.element_size())
    except (RuntimeError, NotImplementedError):
        pass  # A tensor without a storage, such as a sparse one.
    return None


def tensors(module: nn.Module) -> dict[str, Any]:
    """The tensors in the module's `state_dict`: the module's own, not copies."""
    return parts(module)[0]


def parts(module: nn.Module) -> tuple[dict[str, Any], list[str]]:
    """The tensors in the module's `state_dict` (the module's own, not copies), and the names of other
    values in it, such as the result of `get_extra_state`."""
    values = module.state_dict(keep_vars=True)
    own = {name: value for name, value in values.items() if isinstance(value, torch.Tensor)}
    return own, [name for name, value in values.items() if value is not None and name not in own]


class Filling:
    """One load into a module, which can be undone.

    `load_state_dict` copies the values exactly, unless a module overrides loading methods or has hooks, or
    tensors overlap in memory. Only then the values are compared afterwards. A copy of the state dict is kept
    then, and if a tensor refuses to be copied into. Both take as long as loading.
    """

    def __init__(self, module: nn.Module, own: dict[str, Any], state: dict[str, Any]) -> None:
        self.module = module
        self._doubtful = _doubtful(module, own)
        may_fail = self._doubtful or _swaps() or any(
            not _takes(own[name], given) for name, given in state.items())
        with torch.no_grad():
            self._before: Optional[dict[str, Any]] = (
                {name: _kept(value) for name, value in module.state_dict().items()} if may_fail else None)

    def run(self, state: dict[str, Any]) -> list[str]:
        """Loads `state`, and returns the names that the module's own methods did not take.

        An error of `load_state_dict` is raised again, after the module was restored.
        """
        try:
            # An overridden load_state_dict may return None.
            rest: Any = self.module.load_state_dict(state, strict=False)
        except Exception:
            self.undo()
            raise
        if rest is None:
            return []
        return [name for name in rest.missing_keys if name in state] + list(rest.unexpected_keys)

    def undo(self) -> None:
        """Restores the module's values, if a copy was kept."""
        if self._before is None:
            return
        own, others = parts(self.module)
        with torch.no_grad():
            for name, tensor in own.items():
                try:
                    tensor.copy_(self._before[name])
                except RuntimeError:
                    pass  # Expanded or made for inference: `load_state_dict` could not change it either.
        if others:
            try:
                self.module.load_state_dict(self._before, strict=False)
            except Exception:
                pass  # At least the tensors are restored.

    def changed(self, state: dict[str, Any]) -> list[str]:
        """The names in `state` whose values in the module differ from `state` after loading."""
        if not self._doubtful:
            return []
        own = tensors(self.module)
        return [name for name in state
                if name in self._doubtful and not (name in own and _is(own[name], state[name]))]

    def touched(self, state: dict[str, Any]) -> list[str]:
        """The names not in `state` whose values in the module were changed by loading."""
        before = self._before
        if before is None:
            return []
        return [name for name, tensor in tensors(self.module).items()
                if name not in state and name in before and not _is(tensor, before[name])]


def _kept(value: Any) -> Any:
    return value.clone() if isinstance(value, torch.Tensor) else copy.deepcopy(value)


def _swaps() -> bool:
    """Whether `load_state_dict` replaces parameters in place of copying into them, which fails for some."""
    future = getattr(torch, "__future__", None)
    return bool(future and getattr(future, "get_swap_module_params_on_conversion", bool)())


def _takes(own: torch.Tensor, given: torch.Tensor) -> bool:
    """Whether `given` can be copied into `own`, tried with no elements: a parameter that was made in
    inference mode, for example, refuses."""
    try:
        with torch.no_grad():
            _empty(own).copy_(_empty(given))
    except (RuntimeError, NotImplementedError):
        return False
    return True


def _empty(tensor: torch.Tensor) -> torch.Tensor:
    return (tensor.detach() if tensor.dim() else tensor.detach().reshape(1))[:0]


def _is(own: torch.Tensor, given: torch.Tensor) -> bool:
    """Whether a tensor has the values that it would have after copying `given` into it."""
    with torch.no_grad():
        own = own.detach()
        try:
            expected = torch.empty_like(own).copy_(given.reshape(own.shape))
            if torch.equal(own, expected):
                return True
            same = (own == expected) | ((own != own) & (expected != expected))
            return bool(same.all())
        except (RuntimeError, NotImplementedError):
            return False


def _doubtful(module: nn.Module, own: dict[str, Any]) -> set[str]:
    """The names of tensors that may differ from the values given to `load_state_dict`."""
    if (type(module).load_state_dict is not nn.Module.load_state_dict
            or "load_state_dict" in vars(module)):
        return set(own)
    doubtful = set(_overlapping(own))
    for path, child in module.named_modules(remove_duplicate=False):
        if not _loads_plainly(child):
            prefix = f"{path}." if path else ""
            doubtful.update(name for name in own if name.startswith(prefix))
    doubtful.update(name for name, tensor in own.items()
                    if type(tensor) not in (torch.Tensor, nn.Parameter))
    return doubtful


def _loads_plainly(module: nn.Module) -> bool:
    method = type(module)._load_from_state_dict
    return (method.__module__.startswith("torch.nn.modules.")
            and "_load_from_state_dict" not in vars(module)
            and not module._load_state_dict_pre_hooks
            and not module._load_state_dict_post_hooks)


def _overlapping(own: dict[str, Any]) -> Iterator[str]:
    """The names of different tensors whose ranges of memory overlap, and of expanded tensors."""
    ranges: list[tuple[str, int, int, str]] = []
    for name, tensor in own.items():
        start = _address(tensor)
        if start is None or not tensor.numel():
            continue
        if 0 in tensor.stride() and tensor.numel() > 1:
            yield name
        last = sum((size - 1) * stride for size, stride in zip(tensor.shape, tensor.stride()))
        ranges.append((str(tensor.device), start, start + (last + 1) * tensor.element_size(), name))
    # Runs of ranges of which each begins before the end of the ones before it.
    run: list[str] = []
    place, end = "", 0
    for device, start, stop, name in sorted(ranges):
        if device != place or start >= end:
            yield from _different(run, own)
            run, place, end = [], device, 0
        run.append(name)
        end = max(end, stop)
    yield from _different(run, own)


def _different(names: list[str], own: dict[str, Any]) -> list[str]:
    """The names, unless all are names of one tensor."""
    return names if len({region(own[name]) for name in names}) > 1 else []
