"""Writes Fixtures/initializers/: what PyTorch's CPU generator and initialisers give.

Run with an interpreter that has torch, torchvision, timm, mmengine, mmcv-lite and mmdet, on a
processor with AVX2:

    python Fixtures/generate/initializers.py
"""

import importlib.metadata
import json
import math
import pathlib
import sys

import numpy as np
import torch
from torch import nn

OUT = pathlib.Path(__file__).resolve().parent.parent / "initializers"
DTYPES = {"float32": torch.float32, "float64": torch.float64}
WORDS = {torch.float32: np.uint32, torch.float64: np.uint64, torch.int64: np.uint64}


def words(tensor):
    """The elements' bit patterns."""
    return tensor.detach().contiguous().numpy().reshape(-1).view(WORDS[tensor.dtype])


def checksum(tensor):
    """Sum over i of word[i] * (2 i + 1), modulo 2**64, as hexadecimal digits."""
    bits = words(tensor).astype(np.uint64)
    weights = np.arange(bits.size, dtype=np.uint64) * np.uint64(2) + np.uint64(1)
    with np.errstate(over="ignore"):
        return f"{int((bits * weights).sum(dtype=np.uint64)):016x}"


def sample(tensor):
    """Elements at up to 12 places, with their places; all of a small tensor."""
    flat = tensor.detach().reshape(-1)
    count = flat.numel()
    places = range(count) if count <= 33 else sorted({int(i * (count - 1) / 11) for i in range(12)})
    values = flat.tolist()
    return {"at": list(places), "values": [values[i] for i in places]}


def record(tensor):
    return {"checksum": checksum(tensor), **sample(tensor)}


def draw(step):
    """Runs one step of a sequence on the default generator."""
    kind, size = step["kind"], step["size"]
    if kind == "randint":
        return torch.randint(step["from"], step["to"], (size,))
    tensor = torch.empty(size, dtype=DTYPES[step["dtype"]])
    if kind == "normal":
        return tensor.normal_(step["mean"], step["std"])
    return tensor.uniform_(step["from"], step["to"])


def normal(size, dtype="float32", mean=0.0, std=1.0):
    return {"kind": "normal", "dtype": dtype, "size": size, "mean": mean, "std": std}


def uniform(size, dtype="float32", start=0.0, end=1.0):
    return {"kind": "uniform", "dtype": dtype, "size": size, "from": start, "to": end}


def integers(size, start, end):
    return {"kind": "randint", "dtype": "int64", "size": size, "from": start, "to": end}


def sequences():
    """Seeds and, for each, the calls that share one generator."""
    for size in (0, 1, 2, 15, 16, 17, 31, 32, 33, 100, 4095, 4097, 1_000_000):
        yield 7, [normal(size), uniform(3)]
        yield 7, [normal(size, "float64"), uniform(3)]
        yield 8, [uniform(size), uniform(size, "float64"), normal(5)]
    for seed in (0, 1, -1, -5, 42, 5489, 2**32 + 3, 2**63, 2**64 - 1):
        yield seed, [normal(20), uniform(4), integers(6, 0, 10)]
    # The cached second value: kept across calls, types, uniforms and long fills.
    yield 3, [normal(1), normal(1), normal(3), normal(2, "float64"), uniform(1), normal(1)]
    yield 3, [normal(3), normal(40), normal(1, mean=2.0, std=0.5), normal(4, "float64", -1.0, 3.0)]
    yield 4, [normal(5, mean=0.3, std=0.0), normal(1000, mean=1.5, std=0.02), normal(16, std=0.0)]
    yield 4, [normal(1000, "float64", -7.25, 1e-3), normal(18, "float64", 3.0, 2.5)]
    # Bounds that are no powers of two: multiplication and addition are fused.
    yield 5, [uniform(1000, start=-0.0361, end=0.0361), uniform(1000, "float64", -0.0361, 0.0361)]
    yield 5, [uniform(50, start=2.0, end=2.0), uniform(1000, start=1.0, end=1.0000002)]
    # 32 bits below 2**28 members, 64 from there on.
    yield 6, [integers(20, -3, 4), integers(20, 0, 2**28 - 1), integers(20, 0, 2**28)]
    yield 6, [integers(20, -(2**63), 2**63 - 1), integers(20, 0, 2**40), normal(1)]


def generator_fixture():
    cases = []
    for seed, steps in sequences():
        torch.manual_seed(seed)
        initial = torch.initial_seed()
        results = [{**step, **record(draw(step))} for step in steps]
        state = torch.get_rng_state()
        # The next 32 bits tell that exactly as many words were drawn.
        following = int(torch.randint(0, 2**27, (1,)))
        torch.set_rng_state(state)
        cases.append(
            {"seed": str(seed), "initial_seed": str(initial), "steps": results, "next": following}
        )
    return cases


SHAPES = [[64, 3, 7, 7], [8, 4, 1, 1], [26, 26, 3, 3], [10, 2048], [3, 2]]
INITIALIZERS = [
    ("kaiming_normal_", {}),
    ("kaiming_normal_", {"mode": "fan_out", "nonlinearity": "relu"}),
    ("kaiming_normal_", {"a": 0.2, "mode": "fan_in", "nonlinearity": "leaky_relu"}),
    ("kaiming_normal_", {"mode": "fan_out", "nonlinearity": "linear"}),
    ("kaiming_uniform_", {"a": math.sqrt(5)}),
    ("kaiming_uniform_", {"mode": "fan_out", "nonlinearity": "tanh"}),
    ("kaiming_uniform_", {"nonlinearity": "selu"}),
    ("kaiming_uniform_", {"nonlinearity": "sigmoid"}),
    ("xavier_normal_", {}),
    ("xavier_uniform_", {"gain": 1.7}),
    ("normal_", {"mean": 0.5, "std": 0.01}),
    ("trunc_normal_", {"std": 0.02}),
    ("trunc_normal_", {"mean": 0.1, "std": 1.0, "a": -0.5, "b": 1.0}),
    ("uniform_", {"a": -0.3, "b": 0.7}),
    ("constant_", {"val": 0.3}),
]


def initializer_fixture():
    cases = []
    for name, arguments in INITIALIZERS:
        for shape in SHAPES:
            torch.manual_seed(11)
            tensor = getattr(nn.init, name)(torch.empty(shape), **arguments)
            following = int(torch.randint(0, 2**27, (1,)))
            cases.append(
                {
                    "name": name,
                    "arguments": arguments,
                    "shape": shape,
                    "next": following,
                    **record(tensor),
                }
            )
    return cases


def bias_fixture():
    from mmengine.model import bias_init_with_prob

    return [{"probability": p, "bias": bias_init_with_prob(p)} for p in (0.01, 0.1, 0.5, 0.99)]


def loop(model, zero_init_residual=False):
    """The loop that Res2Net's authors and torchvision run in the constructor."""
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
        elif isinstance(module, (nn.BatchNorm2d, nn.GroupNorm)):
            nn.init.constant_(module.weight, 1)
            nn.init.constant_(module.bias, 0)
    if zero_init_residual:
        for module in model.modules():
            name = {"Bottleneck": "bn3", "BasicBlock": "bn2"}.get(type(module).__name__)
            if name:
                nn.init.constant_(getattr(module, name).weight, 0)


def run_init_weights(model):
    model.init_weights()


def initialize_deformable(self):
    """What mmcv's DCNv2 does in init_weights; the stand-in for it only has its parameters."""
    inputs = self.weight.shape[1] * self.groups
    bound = 1 / math.sqrt(inputs * self.kernel_size * self.kernel_size)
    nn.init.uniform_(self.weight, -bound, bound)
    nn.init.zeros_(self.conv_offset.weight)
    nn.init.zeros_(self.conv_offset.bias)


def models():
    """Backbone, flavor and arguments; the model; and what initialises it."""
    import timm
    import torchvision

    sys.path.insert(0, str(pathlib.Path(__file__).parent))
    import openmmlab

    mmdet = openmmlab.load_mmdet()
    openmmlab.ModulatedDeformPack.init_weights = initialize_deformable
    ResNet, Res2Net = mmdet.ResNet, mmdet.Res2Net
    deformable = {"type": "DCNv2", "deform_groups": 1}
    last_stage = (False, False, False, True)

    def published(name, **arguments):
        return timm.create_model(name, num_classes=0, **arguments)

    yield "Res2Net", "official", {"depth": 50, "scales": 6}, published("res2net50_26w_6s"), loop
    yield (
        *("Res2Net", "official", {"depth": 50, "deep_stem": True, "avg_down": True}),
        *(published("res2net50d"), loop),
    )
    yield (
        *("Res2Net", "timm", {"depth": 50, "base_width": 14, "scales": 8}),
        *(published("res2net50_14w_8s"), run_init_weights),
    )
    yield "Res2Net", "mmdet", {"depth": 50}, Res2Net(depth=50), run_init_weights
    yield "ResNet", "mmdet", {"depth": 50}, ResNet(50), run_init_weights
    yield (
        *("ResNet", "mmdet", {"depth": 18, "zero_init_residual": False}),
        *(ResNet(18, zero_init_residual=False), run_init_weights),
    )
    group = {"type": "GN", "num_groups": 32, "requires_grad": True}
    yield "ResNet", "mmdet", {"depth": 50, "norm_cfg": group}, ResNet(50, norm_cfg=group), run_init_weights
    yield (
        *("ResNet", "mmdet", {"depth": 50, "dcn": deformable, "stage_with_dcn": list(last_stage)}),
        ResNet(50, dcn=dict(deformable), stage_with_dcn=last_stage),
        run_init_weights,
    )
    yield "ResNet", "torchvision", {"depth": 18}, headless(torchvision.models.resnet18()), loop
    yield (
        *("ResNet", "torchvision", {"depth": 50, "zero_init_residual": True}),
        headless(torchvision.models.resnet50()),
        lambda model: loop(model, zero_init_residual=True),
    )

    def with_head(model):
        model.init_weights()
        model.fc.reset_parameters()

    yield (
        *("ResNet", "timm", {"depth": 18, "num_classes": 10}),
        *(timm.create_model("resnet18", num_classes=10), with_head),
    )


def headless(model):
    model.fc = nn.Identity()
    return model


def model_fixture():
    cases = []
    for backbone, flavor, arguments, model, init in models():
        torch.manual_seed(2024)
        init(model)
        parameters = list(model.named_parameters())
        convolution = dict(parameters)["layer1.0.conv1.weight"]
        cases.append(
            {
                "backbone": backbone,
                "flavor": flavor,
                "arguments": arguments,
                "sum": float(sum(p.detach().double().sum() for _, p in parameters)),
                "layer1.0.conv1.weight": record(convolution),
                "checksums": [checksum(parameter) for _, parameter in parameters],
                "next": int(torch.randint(0, 2**27, (1,))),
            }
        )
    return cases


def versions():
    names = ("torch", "torchvision", "timm", "mmengine", "mmcv-lite", "mmdet")
    found = {name: importlib.metadata.version(name) for name in names}
    return {**found, "cpu_capability": torch.backends.cpu.get_cpu_capability()}


def write(name, cases):
    OUT.mkdir(exist_ok=True)
    lines = ",\n".join("  " + json.dumps(case, separators=(",", ":")) for case in cases)
    head = json.dumps(versions())
    (OUT / name).write_text(f'{{"versions": {head},\n"cases": [\n{lines}\n]}}\n')


if __name__ == "__main__":
    write("generator.json", generator_fixture())
    write("initializers.json", initializer_fixture())
    write("bias_prob.json", bias_fixture())
    write("models.json", model_fixture())
