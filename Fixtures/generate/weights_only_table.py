"""Prints what torch itself allows or defines, one a line.

  python Fixtures/generate/weights_only_table.py globals   every name that torch.load(weights_only=True) accepts
  python Fixtures/generate/weights_only_table.py classes   "module name" of every class of torch's own network modules
"""

import importlib
import pkgutil
import sys

import torch


def allowed_globals():
    """'module name' as a pickle spells it: the dot before the last part becomes a space."""
    for path in sorted(torch._weights_only_unpickler._get_allowed_globals()):
        module, _, name = path.rpartition(".")
        yield f"{module} {name}"


def network_classes():
    """Classes importable from the module that defines them, under torch.nn.modules, torch.ao.nn and torch.nn.parameter."""
    found = set()
    for root in ("torch.nn.modules", "torch.ao.nn", "torch.nn.parameter"):
        package = importlib.import_module(root)
        names = [root]
        if hasattr(package, "__path__"):
            names += [info.name for info in pkgutil.walk_packages(package.__path__, root + ".", onerror=lambda name: None)]
        for name in names:
            try:
                module = importlib.import_module(name)
            except Exception:  # noqa: BLE001, some need packages that are not installed
                continue
            for key, value in vars(module).items():
                if isinstance(value, type) and value.__module__ == name and value.__qualname__ == key:
                    found.add(f"{name} {key}")
    return sorted(found)


if __name__ == "__main__":
    wanted = sys.argv[1] if len(sys.argv) > 1 else "globals"
    print("\n".join(network_classes() if wanted == "classes" else allowed_globals()))
