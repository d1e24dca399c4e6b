"""Writes Fixtures/engines/*.json: what real implementations compute, in float64.

    python Fixtures/generate/engines.py

needs torch, torchvision, timm, mmengine, mmcv-lite, mmdet and mmpretrain (versions in each file).
No weights are stored: they come from the uniforms of PyTorch's generator, which this project draws
bit for bit alike (`recipe` below), scaled by powers of two, so that both sides hold the same
float32 numbers. networks.json and operations.json list:

    versions    of the implementations
    cases       name; backbone, as a configuration file would ask for it, and flavor, or operation
                and its settings; seed of the weights; input shape; outputs

An output is {name, shape, mean, std, min, max, dot, values}: std as torch.std gives it, dot the
scalar product with uniforms drawn after seeding with 7, values the elements i·n/256 (rounded down)
in C order for i below 256, all of them if there are not more; of networks of inverted residual blocks
there are 24 in place of 256.
"""
import json
import logging
import math
import sys
from pathlib import Path

import timm
import torch
import torchvision
from timm.models.res2net import Bottle2neck
from torch import nn

sys.path.insert(0, str(Path(__file__).parent))
from backbones import MMDET, MMPRETRAIN, VERSIONS, ask

OUTPUT = Path(__file__).parents[1] / "engines"
SAMPLES = 256


# ---- Weights and inputs, the same in Swift

def recipe(name, uniforms):
    """The value of a parameter or buffer, from float32 uniforms of its shape."""
    kind = name.rpartition(".")[2]
    if kind == "running_var":
        return uniforms + 0.5
    if kind in ("bias", "running_mean"):
        return (uniforms - 0.5) * 0.5
    if uniforms.dim() == 1:  # weight of a norm
        return uniforms * 0.5 + 0.5
    # Near the bound of kaiming's uniform distribution; offsets of a few pixels.
    bound = math.sqrt(6 / uniforms[0].numel())
    if "conv_offset" in name:
        bound /= 4
    return (uniforms - 0.5) * 2.0 ** (1 + math.floor(math.log2(bound)))


def fill(model, seed):
    torch.manual_seed(seed)
    # Their weights may have several axes.
    norms = {f"{path}.weight".lstrip(".") for path, module in model.named_modules()
             if isinstance(module, nn.LayerNorm)}
    for name, value in model.state_dict().items():
        if not name.endswith("num_batches_tracked"):
            uniforms = torch.rand(value.shape)
            value.copy_(uniforms * 0.5 + 0.5 if name in norms else recipe(name, uniforms))
    return model.double().eval()


def image(shape, seed):
    torch.manual_seed(seed + 1)
    return ((torch.rand(shape) - 0.5) * 4).double()


def summary(name, value, samples=SAMPLES):
    flat = value.contiguous().flatten()
    torch.manual_seed(7)
    uniforms = torch.rand(flat.numel()).double()
    count = flat.numel()
    chosen = range(count) if count <= samples else [i * count // samples for i in range(samples)]
    return {"name": name, "shape": list(value.shape), "mean": flat.mean().item(),
            "std": flat.std().item(), "min": flat.min().item(), "max": flat.max().item(),
            "dot": (flat * uniforms).sum().item(), "values": [flat[i].item() for i in chosen]}


# ---- Networks

@torch.no_grad()
def network(name, model, backbone, flavor, shape, seed, stages=(0, 1, 2, 3)):
    fill(model, seed)
    outputs = []

    def keep(stage):
        return lambda module, inputs, output: outputs.append(summary(stage, output))

    for stage in stages:
        getattr(model, f"layer{stage + 1}").register_forward_hook(keep(f"layer{stage + 1}"))
    if isinstance(getattr(model, "fc", None), nn.Linear):
        model.fc.register_forward_hook(keep("fc"))
    model(image(shape, seed))
    return {"name": name, "backbone": backbone, "flavor": flavor, "seed": seed, "input": shape,
            "outputs": outputs}


def timm_res2net(layers, channels, scales, base_width=26, classes=0, groups=1, **options):
    return timm.models.resnet.ResNet(
        Bottle2neck, layers, channels=tuple(channels << i for i in range(4)), cardinality=groups,
        base_width=base_width, block_args={"scale": scales}, num_classes=classes, **options)


def small_networks():
    deep = dict(stem_type="deep", stem_width=8, avg_down=True)
    asked = dict(deep_stem=True, avg_down=True, stem_channels=16)
    plain = dict(stem_channels=64)
    yield ("timm-v1-head", timm_res2net([1, 2, 1, 1], 8, 4, classes=10),
           ask("Res2Net", layers=[1, 2, 1, 1], base_channels=8, scales=4, num_classes=10, **plain),
           "official", [2, 3, 65, 47])
    yield ("timm-v1b", timm_res2net([2, 2, 1, 1], 8, 4, **deep),
           ask("Res2Net", layers=[2, 2, 1, 1], base_channels=8, scales=4, **asked), "official",
           [1, 3, 64, 64])
    yield ("timm-v1b-odd", timm_res2net([1, 1, 1, 1], 8, 6, **deep),
           ask("Res2Net", layers=[1, 1, 1, 1], base_channels=8, scales=6, **asked), "official",
           [1, 3, 75, 97])
    yield ("timm-res2next", timm_res2net([1, 1, 1, 1], 64, 4, base_width=4, groups=8),
           ask("Res2Net", layers=[1, 1, 1, 1], scales=4, base_width=4, groups=8), "timm",
           [1, 3, 49, 33])
    yield ("timm-8s", timm_res2net([1, 1, 1, 1], 24, 8, base_width=14),
           ask("Res2Net", layers=[1, 1, 1, 1], base_channels=24, scales=8, base_width=14, **plain),
           "official", [1, 3, 32, 32])
    yield ("timm-one-scale", timm_res2net([1, 1, 2, 1], 8, 1),
           ask("Res2Net", layers=[1, 1, 2, 1], base_channels=8, scale=1, **plain), "official",
           [1, 3, 40, 40])
    yield ("timm-stride8", timm.create_model("resnet18", in_chans=4, num_classes=5, output_stride=8),
           ask("ResNet", depth=18, in_channels=4, num_classes=5, strides=[1, 2, 1, 1],
               dilations=[1, 1, 2, 4]), "timm", [1, 4, 41, 50])
    yield ("timm-resnet-gn", timm.create_model("resnet50_gn", layers=[1, 1, 1, 1], num_classes=0),
           ask("resnet50_gn", layers=[1, 1, 1, 1]), "timm", [2, 3, 33, 34])
    for name, block, layers, options, more in (
        ("basic-head", "BasicBlock", [1, 1, 1, 1], {}, dict(block="basic")),
        ("dilated", "Bottleneck", [1, 1, 2, 2],
         dict(replace_stride_with_dilation=[False, True, True]),
         dict(strides=[1, 2, 1, 1], dilations=[1, 1, 2, 4])),
        ("resnext", "Bottleneck", [1, 1, 1, 1], dict(groups=32, width_per_group=4),
         dict(groups=32, base_width=4)),
    ):
        model = torchvision.models.ResNet(
            getattr(torchvision.models.resnet, block), layers, num_classes=6, **options)
        yield (f"torchvision-{name}", model, ask("ResNet", layers=layers, num_classes=6, **more),
               "torchvision", [1, 3, 47, 64])
    group_norm = dict(type="GN", num_groups=4)
    narrow = dict(base_channels=8, stem_channels=16)
    dilated = dict(strides=(1, 2, 2, 1), dilations=(1, 1, 1, 2))
    late = (False, True, True, True)
    for name, kind, arguments, shape in (
        ("res2net", "Res2Net", dict(depth=50, scales=4, **narrow), [1, 3, 64, 64]),
        ("res2net-caffe", "Res2Net", dict(depth=50, style="caffe", **narrow), [1, 3, 65, 71]),
        ("res2net-gn", "Res2Net",
         dict(depth=50, base_width=32, norm_cfg=group_norm, **narrow), [2, 3, 32, 32]),
        ("res2net-dilated", "Res2Net", dict(depth=50, in_channels=1, **dilated, **narrow),
         [1, 1, 45, 60]),
        ("res2net-dcn", "Res2Net",
         dict(depth=50, dcn=dict(type="DCN", deform_groups=1), stage_with_dcn=late, **narrow),
         [1, 3, 48, 64]),
        ("resnet-caffe", "ResNet", dict(depth=50, style="caffe", **narrow), [1, 3, 63, 50]),
        ("resnet-gn", "ResNet", dict(depth=18, norm_cfg=group_norm, **narrow), [1, 3, 50, 40]),
        ("resnet-stages", "ResNet",
         dict(depth=34, num_stages=3, strides=(1, 2, 2), dilations=(1, 1, 1), out_indices=(0, 2),
              **narrow), [1, 3, 64, 64]),
        ("resnet-dcnv2", "ResNet",
         dict(depth=50, dcn=dict(type="DCNv2", deform_groups=2), stage_with_dcn=late, **narrow),
         [1, 3, 64, 49]),
        ("resnet-dcn-fallback", "ResNet",
         dict(depth=50, style="caffe",
              dcn=dict(type="DCN", deform_groups=1, fallback_on_stride=True),
              stage_with_dcn=(False, False, True, True), **narrow), [1, 3, 64, 64]),
        ("resnet-v1d-odd", "ResNetV1d", dict(depth=50, **narrow), [1, 3, 67, 75]),
        ("resnext-dcn", "ResNeXt",
         dict(depth=50, groups=8, base_width=4, dcn=dict(type="DCNv2", deform_groups=1),
              stage_with_dcn=late, base_channels=64), [1, 3, 36, 36]),
    ):
        backbone = ask(kind, **arguments)
        copied = {k: dict(v) if isinstance(v, dict) else v for k, v in arguments.items()}
        yield (f"mmdet-{name}", getattr(MMDET, kind)(**copied), backbone, "mmdet", shape)
    arguments = dict(depth=50, scales=8, base_width=14, deep_stem=False, avg_down=False,
                     out_indices=(0, 1, 2, 3), base_channels=8)
    yield ("mmpretrain-v1", MMPRETRAIN.Res2Net(**arguments), ask("Res2Net", **arguments),
           "mmpretrain", [1, 3, 50, 60])


def full_networks():
    for name, shape in (
        ("res2net50_26w_4s", [1, 3, 225, 193]), ("res2net50_26w_6s", [1, 3, 224, 224]),
        ("res2net50_48w_2s", [1, 3, 64, 64]), ("res2net50_14w_8s", [2, 3, 64, 48]),
        ("res2net101_26w_4s", [1, 3, 64, 64]), ("res2net50d", [1, 3, 97, 75]),
        ("res2next50", [1, 3, 64, 64]),
    ):
        yield f"full-{name}", timm.create_model(name, num_classes=0), ask(name), "timm", shape
    for name, shape in (("resnet18", [2, 3, 64, 64]), ("resnet50", [1, 3, 32, 32])):
        yield (f"full-{name}", torchvision.models.get_model(name), ask(name, num_classes=1000),
               "torchvision", shape)
    yield ("full-mmdet-res2net50", MMDET.Res2Net(depth=50), ask("Res2Net", depth=50), "mmdet",
           [1, 3, 96, 64])


@torch.no_grad()
def inverted(name, model, stages, asked, flavor, shape, seed):
    fill(model, seed)
    outputs = []
    for stage, module in stages:
        module.register_forward_hook(
            lambda module, inputs, output, stage=stage: outputs.append(summary(stage, output, 24)))
    model(image(shape, seed))
    return {"name": name, "backbone": asked, "flavor": flavor, "seed": seed, "input": shape,
            "outputs": outputs}


def inverted_networks():
    """MobileNetV2 and EfficientNet-Lite; odd sizes show how convolutions with a stride are padded."""
    seed = 3000
    numbers = (0, 1, 2, 4, 6)
    for name, classes, shape in (
        ("mobilenetv2_035", 6, [2, 3, 65, 47]), ("mobilenetv2_110d", 0, [1, 3, 64, 64]),
        ("tf_efficientnet_lite0", 5, [1, 3, 75, 97]), ("tf_efficientnet_lite0", 0, [1, 3, 64, 96]),
        ("efficientnet_lite0", 0, [1, 3, 75, 97]), ("tf_efficientnet_lite3", 0, [1, 3, 49, 33]),
    ):
        model = timm.create_model(name, num_classes=classes)
        stages = [(f"layer{n + 1}", model.blocks[n]) for n in numbers] + [("layer8", model.bn2)]
        stages += [("fc", model.classifier)] if classes else []
        more = dict(num_classes=classes) if classes else {}
        yield inverted(f"timm-{name}-{seed - 3000}", model, stages, ask(name, **more), "timm", shape,
                       seed)
        seed += 1
    last = (0, 2, 5, 12, 16)
    model = torchvision.models.mobilenet_v2(width_mult=0.25, num_classes=7)
    stages = [(f"layer{n + 1}", model.features[b + 1]) for n, b in zip(numbers, last)]
    stages += [("layer8", model.features[18]), ("fc", model.classifier)]
    yield inverted(
        "torchvision-mobilenet-v2", model, stages,
        ask("MobileNetV2", channels=[8, 8, 8, 16, 24, 40, 80], stem_channels=8, num_classes=7),
        "torchvision", [1, 3, 63, 50], seed)
    for library, package in (("mmdet", MMDET), ("mmpretrain", MMPRETRAIN)):
        seed += 1
        model = package.MobileNetV2(widen_factor=0.5, out_indices=(1, 2, 4, 7))
        stages = [(f"layer{n}", getattr(model, f"layer{n}")) for n in (2, 3, 5)]
        stages += [("layer8", model.conv2)]
        yield inverted(
            f"{library}-mobilenet-v2", model, stages,
            ask("mobilenetv2_050", out_indices=[1, 2, 4, 7]), library, [1, 3, 50, 64], seed)


# ---- Single operations, with settings that no network has

def operations():
    cases = [
        ("conv2d", dict(inputs=4, outputs=6, kernel=[3, 5], stride=[2, 1], padding=[2, 1],
                        dilation=[1, 2], groups=2, bias=True), [2, 4, 13, 17]),
        ("conv2d", dict(inputs=5, outputs=5, kernel=[3, 3], stride=[1, 3], padding=[4, 0],
                        dilation=[3, 1], groups=5, bias=False), [1, 5, 9, 10]),
        ("conv2d", dict(inputs=7, outputs=3, kernel=[1, 1], stride=[3, 2], padding=[1, 0],
                        dilation=[1, 1], groups=1, bias=True), [3, 7, 8, 6]),
        ("deform", dict(inputs=8, outputs=6, kernel=[3, 3], stride=[2, 2], padding=[1, 1],
                        dilation=[1, 1], groups=2, deform_groups=4, masked=False), [2, 8, 11, 9]),
        ("deform", dict(inputs=6, outputs=4, kernel=[3, 2], stride=[1, 2], padding=[0, 2],
                        dilation=[2, 1], groups=1, deform_groups=3, masked=True), [1, 6, 12, 10]),
        ("group_norm", dict(groups=3, channels=12), [2, 12, 5, 7]),
        ("batch_norm", dict(channels=9), [2, 9, 4, 6]),
        ("linear", dict(inputs=11, outputs=7, bias=False), [3, 11, 4, 5]),
    ]
    for ceil in (False, True):
        for include in (False, True):
            cases.append(("avg_pool", dict(kernel=[3, 2], stride=[2, 2], padding=[1, 1],
                                           ceil=ceil, include=include), [2, 3, 12, 9]))
            cases.append(("avg_pool", dict(kernel=[2, 3], stride=[3, 4], padding=[0, 1],
                                           ceil=ceil, include=include), [1, 2, 10, 12]))
        cases.append(("max_pool", dict(kernel=[3, 2], stride=[2, 3], padding=[1, 0], ceil=ceil),
                      [2, 3, 12, 13]))
    # Widths that are no multiple of a vector's 16 lanes, and some that are.
    cases += [
        ("layer_norm", dict(lengths=[7]), [2, 3, 5, 7]),
        ("layer_norm", dict(lengths=[5, 7]), [2, 19, 5, 7]),
        ("layer_norm", dict(lengths=[3, 5, 7]), [2, 3, 5, 7]),
        ("pooled_layer_norm", dict(lengths=[33]), [3, 33, 2, 3]),
        ("channel_norm", dict(channels=37), [2, 37, 4, 3]),
        ("gelu", dict(tanh=False), [2, 18, 3, 5]),
        ("gelu", dict(tanh=True), [2, 18, 3, 5]),
        ("squeeze_excitation", dict(inputs=24, outputs=6), [2, 24, 5, 4]),
        ("multiply_channel", dict(), [2, 19, 5, 3]),
        ("multiply_parts", dict(), [2, 4, 5, 3]),
        ("relu6", dict(), [2, 19, 5, 3]),
        ("same_conv2d", dict(inputs=4, outputs=6, kernel=[3, 5], stride=[2, 3], groups=2, bias=True),
         [2, 4, 13, 17]),
        ("same_conv2d", dict(inputs=5, outputs=5, kernel=[5, 5], stride=[2, 2], groups=5, bias=False),
         [1, 5, 9, 10]),
        ("same_conv2d", dict(inputs=3, outputs=4, kernel=[1, 2], stride=[3, 1], groups=1, bias=False),
         [1, 3, 7, 5]),
    ]
    for index, (kind, settings, shape) in enumerate(cases):
        yield operation(f"{kind}-{index}", kind, settings, shape, 100 + index)


class Deform(nn.Module):
    """mmcv's module with any window."""

    def __init__(self, inputs, outputs, kernel, stride, padding, dilation, groups, deform_groups,
                 masked):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(outputs, inputs // groups, *kernel))
        area = kernel[0] * kernel[1]
        self.offsets, self.masked = 2 * deform_groups * area, masked
        self.conv_offset = nn.Conv2d(inputs, deform_groups * area * (3 if masked else 2), kernel,
                                     stride, padding, dilation)
        self.window = (stride, padding, dilation)

    def forward(self, x):
        prediction = self.conv_offset(x)
        mask = prediction[:, self.offsets:].sigmoid() if self.masked else None
        return torchvision.ops.deform_conv2d(
            x, prediction[:, :self.offsets], self.weight, None, *self.window, mask)


class PooledLinear(nn.Module):
    def __init__(self, inputs, outputs, bias):
        super().__init__()
        self.fc = nn.Linear(inputs, outputs, bias)

    def forward(self, x):
        return self.fc(x.mean((2, 3)))


class Pooled(nn.Module):
    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def forward(self, x):
        return self.layer(x.mean((2, 3)))


class MultiplyChannel(nn.Module):
    def forward(self, x):
        return x * x[:, 1:2]


class MultiplyParts(nn.Module):
    def forward(self, x):
        return torch.cat([x[:, :2] * x[:, 2:], x[:, 2:] * x[:, 2:]], 1)


@torch.no_grad()
def operation(name, kind, settings, shape, seed):
    pool = {k: settings[k] for k in ("kernel", "stride", "padding") if k in settings}
    layer = {
        "conv2d": lambda: nn.Conv2d(
            settings["inputs"], settings["outputs"], settings["kernel"], settings["stride"],
            settings["padding"], settings["dilation"], settings["groups"], settings["bias"]),
        "deform": lambda: Deform(**settings),
        "group_norm": lambda: nn.GroupNorm(settings["groups"], settings["channels"]),
        "batch_norm": lambda: nn.BatchNorm2d(settings["channels"]),
        "linear": lambda: PooledLinear(**settings),
        "avg_pool": lambda: nn.AvgPool2d(
            *pool.values(), ceil_mode=settings["ceil"], count_include_pad=settings["include"]),
        "max_pool": lambda: nn.MaxPool2d(*pool.values(), ceil_mode=settings["ceil"]),
        "layer_norm": lambda: nn.LayerNorm(settings["lengths"]),
        "pooled_layer_norm": lambda: Pooled(nn.LayerNorm(settings["lengths"])),
        "channel_norm": lambda: timm.layers.LayerNorm2d(settings["channels"]),
        "gelu": lambda: nn.GELU("tanh" if settings["tanh"] else "none"),
        "squeeze_excitation": lambda: torchvision.ops.SqueezeExcitation(
            settings["inputs"], settings["outputs"]),
        "multiply_channel": MultiplyChannel,
        "multiply_parts": MultiplyParts,
        "relu6": nn.ReLU6,
        "same_conv2d": lambda: timm.layers.Conv2dSame(
            settings["inputs"], settings["outputs"], settings["kernel"], settings["stride"],
            groups=settings["groups"], bias=settings["bias"]),
    }[kind]()
    fill(layer, seed)
    return {"name": name, "operation": kind, "settings": settings, "seed": seed, "input": shape,
            "outputs": [summary("out", layer(image(shape, seed)))]}


# ---- Files

def write(name, cases):
    lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
    versions = json.dumps(VERSIONS)
    (OUTPUT / f"{name}.json").write_text(f'{{"versions":{versions},\n"cases":[\n{lines}\n]}}\n')


def networks():
    for models, first in ((small_networks(), 1000), (full_networks(), 2000)):
        for index, (name, model, backbone, flavor, shape) in enumerate(models):
            stages = (0, 2) if name == "mmdet-resnet-stages" else (0, 1, 2, 3)
            yield network(name, model, backbone, flavor, shape, first + index, stages)
    yield from inverted_networks()


if __name__ == "__main__":
    logging.disable(logging.INFO)
    OUTPUT.mkdir(exist_ok=True)
    write("networks", networks())
    write("operations", operations())
