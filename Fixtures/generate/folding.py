"""Parameters that PyTorch keeps in parts, and what each layer computes with: keymapping/folding.json.

    python generate/folding.py

Every case is one small layer: its state dict, and its weight (and bias) as the forward pass has it in eval mode.
"""
import json
import warnings
from pathlib import Path

import torch
from torch import nn
from torch.nn.utils import parametrizations, parametrize, prune, spectral_norm, weight_norm

OUT = Path(__file__).resolve().parent.parent / "keymapping" / "folding.json"


def values(tensor):
    return {"shape": list(tensor.shape), "values": tensor.detach().double().flatten().tolist()}


def conv(out=4, into=3, kernel=2, **options):
    return nn.Conv2d(into, out, kernel, **options)


def pruned():
    layer = conv()
    prune.random_unstructured(layer, "weight", 0.4)
    prune.random_unstructured(layer, "bias", 0.5)
    return layer


def trained_spectral(make):
    """Some steps of the power iteration, as training makes them."""
    layer = make(conv(bias=False))
    for _ in range(2):
        layer(torch.randn(1, 3, 4, 4))
    return layer


def layers():
    yield "prune", pruned()
    yield "weight_norm", weight_norm(conv(bias=False))
    yield "weight_norm_dim_1", weight_norm(conv(bias=False), dim=1)
    yield "weight_norm_whole", weight_norm(conv(bias=False), dim=None)
    yield "weight_norm_one_by_one", weight_norm(conv(kernel=1, bias=False))
    yield "parametrized_weight_norm", parametrizations.weight_norm(conv(bias=False))
    yield "spectral_norm", trained_spectral(spectral_norm)
    yield "parametrized_spectral_norm", trained_spectral(parametrizations.spectral_norm)


def main():
    warnings.filterwarnings("ignore", category=FutureWarning)
    torch.manual_seed(0)
    cases = {}
    for name, layer in layers():
        if name.startswith("weight_norm") or name == "parametrized_weight_norm":
            with torch.no_grad():
                for key, parameter in layer.named_parameters():
                    if key.endswith(("weight_g", "original0")):
                        parameter.mul_(1.5)
        layer.eval()
        with torch.no_grad():
            layer(torch.randn(1, 3, 4, 4))
            expected = {"weight": layer.weight}
            if layer.bias is not None:
                expected["bias"] = layer.bias
            cases[name] = {
                "state": {key: values(tensor) for key, tensor in layer.state_dict().items()},
                "expected": {key: values(tensor) for key, tensor in expected.items()},
            }
    OUT.write_text(json.dumps({"versions": {"torch": torch.__version__.split("+")[0]}, "cases": cases}) + "\n")


if __name__ == "__main__":
    main()
