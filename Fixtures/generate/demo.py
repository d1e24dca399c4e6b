"""Writes Fixtures/demo/: small Res2Nets as a person meets the large ones, and what loading them
completely gives.

    python Fixtures/generate/demo.py

needs torch, timm, mmdet and safetensors. A `.json` beside a checkpoint says:

    versions    of torch, timm and safetensors
    arguments   of the backbone
    tensors     the backbone's keys in the order of its state dict: [name, shape]
    missing     keys that PyTorch misses in the checkpoint (not the counters of batch norms, if it
                has no module versions)
    mismatched  keys that it has in another shape
    unexpected  keys of which the backbone has no use
    completed   the state dict after a non-strict load over the initialisation that follows
                `torch.manual_seed(0)`, written by safetensors: SHA-256 and size of the file, and of
                every missing or mismatched tensor its sum, sum of squares and first values

`res2net-v1b-two-stages.json` says how far mmdet's stage outputs are from timm's with its weights.
`-input.npy` is `torch.randn(1, 3, 64, 64)` after seeding with 0, `-outputs.npz` the stage outputs.
"""

import hashlib
import json
import tempfile
from collections import OrderedDict
from pathlib import Path

import numpy as np
import safetensors
import timm
import torch
from safetensors.torch import save_file
from timm.models.res2net import Bottle2neck
from torch import nn

import openmmlab

OUT = Path(__file__).resolve().parents[1] / "demo"
CLASSES = 10
SHARED = {"layers": [1, 1, 1, 1], "base_width": 26, "scales": 4, "base_channels": 6}
# timm's 7x7 stem always has 64 channels.
PLAIN = {**SHARED, "stem_channels": 64, "deep_stem": False, "avg_down": False}
V1B = {**SHARED, "stem_channels": 16, "deep_stem": True, "avg_down": True}


def model(arguments, num_classes=0):
    """timm's Res2Net at a tenth of the usual width."""
    stem = {}
    if arguments["deep_stem"]:
        stem = {"stem_type": "deep", "stem_width": arguments["stem_channels"] // 2}
    network = timm.models.resnet.ResNet(
        Bottle2neck, arguments["layers"],
        channels=tuple(arguments["base_channels"] << i for i in range(4)),
        base_width=arguments["base_width"], block_args={"scale": arguments["scales"]},
        avg_down=arguments["avg_down"], num_classes=num_classes, zero_init_last=False, **stem)
    assert network.bn1.num_features == arguments["stem_channels"]
    return network


def trained(network):
    """Gives the norms statistics as training leaves them, and the convolutions values of their own."""
    generator = torch.Generator().manual_seed(20)

    def uniform(tensor, low, high):
        tensor.data.copy_(torch.rand(tensor.shape, generator=generator) * (high - low) + low)

    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            uniform(module.weight, 0.5, 1.5)
            uniform(module.bias, -0.2, 0.2)
            uniform(module.running_mean, -0.3, 0.3)
            uniform(module.running_var, 0.4, 1.8)
            module.num_batches_tracked.fill_(1200)
        elif isinstance(module, (nn.Conv2d, nn.Linear)):
            bound = (3 / module.weight[0].numel()) ** 0.5
            uniform(module.weight, -bound, bound)
            if module.bias is not None:
                uniform(module.bias, -0.1, 0.1)
    return network


def initialised(network, seed=0):
    """The official code's loop over the modules, after seeding."""
    torch.manual_seed(seed)
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
        elif isinstance(module, nn.BatchNorm2d):
            nn.init.constant_(module.weight, 1)
            nn.init.constant_(module.bias, 0)
    return network


def summary(tensor):
    values = tensor.double().flatten()
    return {"sum": values.sum().item(), "squares": (values * values).sum().item(),
            "first": values[:4].tolist()}


def completed(checkpoint, arguments, prefix=""):
    """What a non-strict load gives, and what it says."""
    network = initialised(model(arguments))
    own = network.state_dict()
    found = {key.removeprefix(prefix): value for key, value in checkpoint.items()
             if key.startswith(prefix)}
    mismatched = [key for key in own if key in found and found[key].shape != own[key].shape]
    fitting = {key: found[key] for key in own if key in found and key not in mismatched}
    if hasattr(checkpoint, "_metadata") and not prefix:
        fitting = OrderedDict(fitting)
        fitting._metadata = checkpoint._metadata
    result = network.load_state_dict(fitting, strict=False)
    missing = [key for key in result.missing_keys if key not in mismatched]
    state = network.state_dict()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "completed.safetensors"
        save_file(state, path, metadata={"format": "pt"})
        data = path.read_bytes()
    return {
        "tensors": [[key, list(value.shape)] for key, value in own.items()],
        "missing": missing,
        "mismatched": mismatched,
        "unexpected": [key for key in checkpoint if key.removeprefix(prefix) not in own],
        "completed": {
            "sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data),
            "initialised": {key: summary(state[key]) for key in missing + mismatched},
        },
    }


def write(name, checkpoint, arguments, prefix=""):
    torch.save(checkpoint, OUT / f"{name}.pth")
    versions = {module.__name__: module.__version__.split("+")[0]
                for module in (torch, timm, safetensors)}
    truth = {"versions": versions, "arguments": arguments,
             **completed(checkpoint, arguments, prefix)}
    lines = ",\n".join(
        f"{json.dumps(key)}: {json.dumps(value)}" for key, value in truth.items())
    (OUT / f"{name}.json").write_text("{" + lines + "}\n")


def mutilated(state):
    """A trainer's file of which a stage got lost in part: keys gone, one in another shape."""
    result = {}
    for key, value in state.items():
        if key.startswith(("layer3.0.convs.1.", "layer3.0.bns.1.", "layer3.0.conv3.")):
            continue
        if key == "layer3.0.convs.2.weight":
            value = value[:, :-1].clone()
        result["module.backbone." + key] = value
    result["module.neck.lateral.weight"] = torch.ones(8, 192, 1, 1)
    return result


@torch.no_grad()
def write_outputs(name, state, arguments):
    """What the network computes in float32, and what from, for `pthconv verify`."""
    network = model(arguments)
    network.load_state_dict({key: value for key, value in state.items() if not key.startswith("fc.")})
    outputs = {}
    for stage in ("layer1", "layer2", "layer3", "layer4"):
        getattr(network, stage).register_forward_hook(
            lambda module, inputs, output, stage=stage: outputs.update({stage: output.numpy()}))
    torch.manual_seed(0)
    image = torch.randn(1, 3, 64, 64)
    network.eval()(image)
    np.save(OUT / f"{name}-input.npy", image.numpy())
    np.savez(OUT / f"{name}-outputs.npz", **outputs)


def two_stages():
    """A v1b whose stages have the official widths, so that other implementations' names fit it too;
    the wide stages are left out and the rest is in half precision, to keep it small."""
    arguments = {**V1B, "base_width": 8, "base_channels": 64}
    state = trained(model(arguments)).state_dict()
    return {key: value.half() if value.is_floating_point() else value
            for key, value in state.items() if not key.startswith(("layer3.", "layer4."))}


@torch.no_grad()
def differences(state):
    """How far mmdet's outputs are from timm's with the same weights, both in float64."""
    theirs = openmmlab.load_mmdet().Res2Net(
        depth=50, scales=4, base_width=8, stem_channels=16, num_stages=2, strides=(1, 2),
        dilations=(1, 1), out_indices=(0, 1))
    theirs.layer1, theirs.layer2 = nn.Sequential(theirs.layer1[0]), nn.Sequential(theirs.layer2[0])
    theirs.load_state_dict({
        key.replace("conv1.", "stem.", 1) if key.startswith("conv1.")
        else "stem.7." + key[4:] if key.startswith("bn1.") else key: value.float()
        for key, value in state.items()})
    ours = model({**V1B, "base_width": 8, "base_channels": 64})
    ours.load_state_dict({key: value.float() for key, value in state.items()}, strict=False)
    original = []
    for stage in (ours.layer1, ours.layer2):
        stage.register_forward_hook(lambda module, inputs, output: original.append(output))
    torch.manual_seed(0)
    image = torch.randn(1, 3, 96, 96).double()
    ours.double().eval()(image)
    theirs.double().eval()
    return {f"layer{index + 1}": {"relative_l2": ((a - b).norm() / b.norm()).item(),
                                  "max_abs_error": (a - b).abs().max().item()}
            for index, (a, b) in enumerate(zip(theirs(image), original, strict=True))}


def main():
    OUT.mkdir(exist_ok=True)
    torch.manual_seed(1)
    plain = trained(model(PLAIN, CLASSES)).state_dict()
    write("res2net-small", plain, PLAIN)
    headless = {key: value for key, value in plain.items() if not key.startswith("fc.")}
    write("res2net-small-mutilated", mutilated(headless), PLAIN, "module.backbone.")
    write("res2net-small-v1b", trained(model(V1B, CLASSES)).state_dict(), V1B)
    write_outputs("res2net-small", plain, PLAIN)
    torch.manual_seed(1)
    state = two_stages()
    torch.save(state, OUT / "res2net-v1b-two-stages.pth")
    truth = {"versions": {"torch": torch.__version__.split("+")[0], "timm": timm.__version__},
             "differences": differences(state)}
    (OUT / "res2net-v1b-two-stages.json").write_text(json.dumps(truth, indent=1) + "\n")


if __name__ == "__main__":
    main()
