"""Writes Fixtures/keymapping/counters.json: which counters PyTorch misses in a file without them.

    python Fixtures/generate/keymapping.py
"""

import json
import pathlib

import torch
import torchvision

OUT = pathlib.Path(__file__).resolve().parent.parent / "keymapping"


def counters():
    """The missing keys of a ResNet-18, by the version in the state dict's metadata."""
    model = torchvision.models.resnet18()
    kept = {k: v for k, v in model.state_dict().items() if not k.endswith("num_batches_tracked")}
    metadata = model.state_dict()._metadata
    versions = {
        "none": None,
        "1": {path: {"version": 1} for path in metadata},
        "2": {path: dict(entry) for path, entry in metadata.items()},
    }
    for name, found in versions.items():
        state = type(model.state_dict())(kept)
        if found is not None:
            state._metadata = found
        missing = model.load_state_dict(state, strict=False).missing_keys
        yield name, missing


if __name__ == "__main__":
    OUT.mkdir(exist_ok=True)
    content = {"torch": torch.__version__.split("+")[0], "missing": dict(counters())}
    (OUT / "counters.json").write_text(json.dumps(content) + "\n")
