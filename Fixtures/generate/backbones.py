"""Writes Fixtures/backbones/*.json: what real implementations of the backbones own and compute.

    python Fixtures/generate/backbones.py

needs torch, torchvision, timm, mmengine, mmcv-lite, mmdet and mmpretrain (the versions used are in each file).
A file describes one model:

    backbone    how this project is asked for it, as a configuration file would
    flavor      the implementation
    modules     a list of [block, modules], in order: "conv1 c 64,3,7,7" is a convolution's
                weight (C: with bias), "bn1 b 64" the five tensors of a batch norm, "gn1 g 64" the
                two of a group norm, "fc l 1000,512" those of a linear layer
    parameters  elements of all parameters
    zeroed      the norm of every block whose weight is 0 after initialisation, or null
    frozen      names of the parameters that do not require a gradient
    trace       (some models) every operation of a forward pass in order: operation, module,
                operands, hyper-parameters, shape of the result without the batch. An operand is the
                index of an operation, -1 for the input, with [start:end] for a part of the channels
"""
import json
import logging
import operator
import re
import sys
from pathlib import Path

import timm
import torch
import torchvision
from torch import fx, nn

sys.path.insert(0, str(Path(__file__).parent))
import openmmlab

OUTPUT = Path(__file__).parents[1] / "backbones"
MMDET = openmmlab.load_mmdet()
MMPRETRAIN = openmmlab.load_mmpretrain()
VERSIONS = {
    "torch": torch.__version__.split("+")[0],
    "torchvision": torchvision.__version__.split("+")[0],
    "timm": timm.__version__,
    "mmdet": MMDET.version,
    "mmpretrain": MMPRETRAIN.version,
}
DEFORM = (openmmlab.DeformPack,)


# ---- The state dict, a line a module

def state_lines(model: nn.Module) -> list[list]:
    """The state dict's keys and shapes in order, grouped by block."""
    state = [(key, list(value.shape)) for key, value in model.state_dict().items()]
    groups: list[list] = []
    expanded = []
    for name, module in model.named_modules():
        kind, shape, keys = describe(module)
        if kind is None:
            continue
        match = re.match(r"(layer\d+\.\d+)\.(.+)", name)
        group, own = match.groups() if match else ("", name)
        if not groups or groups[-1][0] != group:
            groups.append([group, []])
        groups[-1][1].append(f"{own} {kind} {','.join(map(str, shape))}")
        expanded += [(f"{name}.{key}", list(part)) for key, part in keys]
    assert expanded == state, "the compact listing does not stand for the state dict"
    return groups


def describe(module: nn.Module):
    if isinstance(module, (nn.Conv2d, *DEFORM)):
        weight = module.weight.shape
        bias = getattr(module, "bias", None)
        keys = [("weight", weight)] + ([("bias", weight[:1])] if bias is not None else [])
        return "c" if bias is None else "C", weight, keys
    if isinstance(module, nn.modules.batchnorm._BatchNorm):
        size = [module.num_features]
        names = ("weight", "bias", "running_mean", "running_var")
        return "b", size, [(n, size) for n in names] + [("num_batches_tracked", [])]
    if isinstance(module, nn.GroupNorm):
        size = [module.num_channels]
        return "g", size, [("weight", size), ("bias", size)]
    if isinstance(module, nn.Linear):
        return "l", module.weight.shape, [
            ("weight", module.weight.shape), ("bias", module.bias.shape)]
    return None, None, None


def zeroed(model):
    """The norm that starts at 0 in every block, or None."""
    if hasattr(model, "init_cfg"):
        model.init_weights()
    norms = [n for n, m in model.named_modules() if describe(m)[0] in ("b", "g") and not m.weight.any()]
    blocks = {n for n, _ in model.named_modules() if re.fullmatch(r"layer\d+\.\d+", n)}
    names = {n.rpartition(".")[2] for n in norms}
    assert not norms or {n.rpartition(".")[0] for n in norms} == blocks and len(names) == 1
    return names.pop() if names else None


# ---- The operations of a forward pass

class Tracer(fx.Tracer):
    def is_leaf_module(self, module, name):
        return isinstance(module, (nn.GroupNorm, *DEFORM)) or super().is_leaf_module(module, name)


def both(value):
    pair = (value, value) if isinstance(value, int) else tuple(value)
    assert pair[0] == pair[1]
    return pair[0]


class Recorder(fx.Interpreter):
    """Runs the traced model, and writes down what is computed. Values travel with their operand."""

    def __init__(self, model):
        self.steps = []
        super().__init__(fx.GraphModule(model, Tracer().trace(model)))

    def emit(self, operation, name, operands, settings, result):
        self.steps.append((operation, name, operands, settings, tuple(result.shape[1:])))
        return Known(result, str(len(self.steps) - 1))

    def placeholder(self, target, args, kwargs):
        return Known(super().placeholder(target, args, kwargs), "-1")

    def call_module(self, target, args, kwargs):
        module = self.fetch_attr(target)
        x = args[0]
        if isinstance(module, (nn.Identity, nn.Dropout, nn.Flatten)):
            return Known(module(x.value), x.operand)
        result = module(x.value)
        if isinstance(module, nn.AvgPool2d) and both(module.kernel_size) == both(module.stride) == 1:
            return Known(result, x.operand)
        kind, settings = setting(module)
        return self.emit(kind, target, [x.operand], settings, result)

    def call_function(self, target, args, kwargs):
        if target is torch.split:
            x, width, axis = args[0], args[1], (args[2] if len(args) > 2 else kwargs.get("dim"))
            assert axis == 1
            return [
                Known(part, f"{x.operand}[{i * width}:{i * width + part.shape[1]}]")
                for i, part in enumerate(x.value.split(width, 1))]
        if target is operator.getitem:
            return args[0][args[1]]
        if target is torch.cat:
            parts, axis = args[0], args[1]
            assert axis == 1
            result = torch.cat([p.value for p in parts], 1)
            operands = [o for p in parts for o in self.flattened(p.operand)]
            return self.emit("cat", None, operands, "", result)
        if target in (operator.add, operator.iadd):
            return self.emit("add", None, [args[0].operand, args[1].operand], "",
                             args[0].value + args[1].value)
        if target is torch.flatten:
            return Known(torch.flatten(args[0].value, args[1]), args[0].operand)
        raise NotImplementedError(target)

    def flattened(self, operand):
        """mmdet concatenates one part at a time: what it concatenated before is unfolded."""
        if operand.isdigit() and self.steps[int(operand)][0] == "cat":
            return self.steps[int(operand)][2]
        return [operand]

    def lines(self, outputs):
        """The steps as text, without concatenations that were unfolded, and the outputs' indices."""
        used = {o.partition("[")[0] for step in self.steps for o in step[2]} | set(outputs)
        kept = [i for i, step in enumerate(self.steps) if step[0] != "cat" or str(i) in used]
        place = {str(old): str(new) for new, old in enumerate(kept)} | {"-1": "-1"}

        def renumbered(operand):
            index, bracket, channels = operand.partition("[")
            return place[index] + bracket + channels

        lines = []
        for operation, name, operands, settings, shape in (self.steps[i] for i in kept):
            words = [operation, name or "-", "+".join(map(renumbered, operands)), settings,
                     ",".join(map(str, shape))]
            lines.append(" ".join(filter(None, words)))
        return lines, [int(place[o]) for o in outputs]

    def call_method(self, target, args, kwargs):
        if target == "contiguous":
            return args[0]
        raise NotImplementedError(target)

    def output(self, target, args, kwargs):
        return args[0]


class Known:
    def __init__(self, value, operand):
        self.value, self.operand = value, operand


def setting(module):
    if isinstance(module, (nn.Conv2d, *DEFORM)):
        sizes = [both(v) for v in (
            module.kernel_size, module.stride, module.padding, module.dilation)]
        text = "k{} s{} p{} d{}".format(*sizes) + f" g{module.groups}"
        if isinstance(module, DEFORM):
            return "deform", f"{text} m{module.masks} o{module.deform_groups}"
        return "conv", text
    if isinstance(module, nn.modules.batchnorm._BatchNorm):
        return "bn", f"e{module.eps}"
    if isinstance(module, nn.GroupNorm):
        return "gn", f"n{module.num_groups} e{module.eps}"
    if isinstance(module, (nn.MaxPool2d, nn.AvgPool2d)):
        sizes = [both(v) for v in (module.kernel_size, module.stride, module.padding)]
        text = "k{} s{} p{}".format(*sizes) + f" c{int(module.ceil_mode)}"
        if isinstance(module, nn.AvgPool2d):
            return "avgpool", f"{text} i{int(module.count_include_pad)}"
        return "maxpool", text
    if isinstance(module, nn.ReLU):
        return "relu", ""
    if isinstance(module, nn.AdaptiveAvgPool2d):
        return "mean", ""
    if isinstance(module, nn.Linear):
        return "linear", ""
    raise NotImplementedError(type(module))


@torch.no_grad()
def trace(model, channels):
    # An odd size tells floor from ceil.
    model.eval()  # mmdet's returns nothing
    recorder = Recorder(model)
    outputs = recorder.run(torch.zeros(1, channels, 75, 97), enable_io_processing=False)
    outputs = outputs if isinstance(outputs, (tuple, list)) else [outputs]
    nodes, outputs = recorder.lines([o.operand for o in outputs])
    return {"input": [channels, 75, 97], "nodes": nodes, "outputs": outputs}


# ---- The models

def literal(value):
    return f"dict({', '.join(f'{k}={literal(v)}' for k, v in value.items())})" if isinstance(
        value, dict) else repr(value)


def ask(backbone, **arguments):
    return f"dict(type='{backbone}', {', '.join(f'{k}={literal(v)}' for k, v in arguments.items())})"


def write(name, model, backbone, flavor, traced=False):
    record = {
        "name": name,
        "versions": {k: VERSIONS[k] for k in ("torch", flavor)},
        "backbone": backbone,
        "flavor": flavor,
        "parameters": sum(p.numel() for p in model.parameters()),
        "frozen": [n for n, p in model.named_parameters() if not p.requires_grad],
        "zeroed": zeroed(model),
        "modules": state_lines(model),
    }
    if traced:
        first = next(m for m in model.modules() if isinstance(m, nn.Conv2d))
        record["trace"] = trace(model, first.in_channels)
    text = json.dumps(record, separators=(",", ":"))
    (OUTPUT / f"{name}.json").write_text(text.replace('"],"', '"],\n"') + "\n")


def timm_models():
    for name in ("res2net50_26w_4s", "res2net50_26w_6s", "res2net50_26w_8s", "res2net50_48w_2s",
                 "res2net50_14w_8s", "res2net101_26w_4s", "res2net50d", "res2net101d", "res2next50",
                 "resnet18", "resnet26", "resnet34", "resnet50", "resnet101", "resnet18d",
                 "resnet50d", "resnet50c", "resnet50s", "resnet101d", "resnet50_gn",
                 "resnext50_32x4d", "resnext50d_32x4d", "wide_resnet50_2", "resnet200"):
        traced = name in ("res2net50_26w_4s", "res2net50_48w_2s", "res2net50d", "res2next50",
                          "resnet18d", "resnet50d", "resnet50_gn")
        model = timm.create_model(name, num_classes=0)
        write(f"timm_{name}", model, ask(name), "timm", traced)
    model = timm.create_model("resnet34", in_chans=4, num_classes=10, output_stride=8)
    write("timm_resnet34_stride8", model,
          ask("ResNet", depth=34, in_channels=4, num_classes=10, strides=[1, 2, 1, 1],
              dilations=[1, 1, 2, 4]), "timm", True)
    model = timm.create_model("res2net50_26w_4s", num_classes=7, output_stride=16)
    write("timm_res2net50_stride16", model,
          ask("Res2Net", layers=[3, 4, 6, 3], num_classes=7, strides=[1, 2, 2, 1],
              dilations=[1, 1, 1, 2]), "timm", True)
    # Without a shortcut convolution, the first block is not a first one; one scale is one split.
    model = timm.create_model("res2net50_26w_4s", num_classes=0, stem_type="deep", stem_width=128,
                              layers=[2, 1, 1, 1], block_args=dict(scale=3))
    write("timm_res2net_wide_stem", model,
          ask("Res2Net", layers=[2, 1, 1, 1], scale=3, deep_stem=True, stem_channels=256), "timm",
          True)
    model = timm.create_model("res2net50_26w_4s", num_classes=0, layers=[1, 1, 2, 1],
                              block_args=dict(scale=1))
    write("timm_res2net_one_scale", model, ask("Res2Net", layers=[1, 1, 2, 1], scale=1), "timm",
          True)


def torchvision_models():
    for name in ("resnet18", "resnet34", "resnet50", "resnet101", "resnet152", "resnext50_32x4d",
                 "resnext101_32x8d", "resnext101_64x4d", "wide_resnet50_2", "wide_resnet101_2"):
        model = torchvision.models.get_model(name)
        write(f"torchvision_{name}", model, ask(name, num_classes=1000), "torchvision",
              name in ("resnet18", "resnet50", "resnext50_32x4d"))
    model = torchvision.models.resnet50(replace_stride_with_dilation=[False, True, True])
    write("torchvision_resnet50_dilated", model,
          ask("ResNet", depth=50, num_classes=1000, strides=[1, 2, 1, 1], dilations=[1, 1, 2, 4]),
          "torchvision", True)


def mmdet_models():
    group_norm = dict(type="GN", num_groups=32)
    stages = dict(num_stages=3, strides=(1, 2, 2), dilations=(1, 1, 1), out_indices=(0, 2))
    cases = [
        ("res2net50", "Res2Net", dict(depth=50), True),
        ("res2net101", "Res2Net", dict(depth=101), False),
        ("res2net152", "Res2Net", dict(depth=152, scales=2, base_width=48), False),
        ("res2net50_6s", "Res2Net", dict(depth=50, scales=6), False),
        ("res2net50_8s_14w", "Res2Net", dict(depth=50, scales=8, base_width=14), False),
        ("res2net50_gn", "Res2Net", dict(depth=50, base_width=32, norm_cfg=group_norm), True),
        ("res2net50_caffe", "Res2Net", dict(depth=50, style="caffe", frozen_stages=2), True),
        ("res2net50_stages", "Res2Net", dict(depth=50, base_channels=96, **stages), True),
        ("res2net50_dilated", "Res2Net",
         dict(depth=50, strides=(1, 2, 2, 1), dilations=(1, 1, 1, 2), in_channels=1), True),
        ("res2net50_dcn", "Res2Net",
         dict(depth=50, dcn=dict(type="DCN", deform_groups=1),
              stage_with_dcn=(False, True, True, True)), True),
        ("res2net101_dcnv2", "Res2Net",
         dict(depth=101, dcn=dict(type="DCNv2", deform_groups=2),
              stage_with_dcn=(False, False, True, True)), False),
        ("res2net50_dcn_fallback", "Res2Net",
         dict(depth=50, dcn=dict(type="DCN", deform_groups=1, fallback_on_stride=True),
              stage_with_dcn=(False, False, False, True)), False),
        ("resnet18", "ResNet", dict(depth=18, frozen_stages=0), True),
        ("resnet34_dilated", "ResNet",
         dict(depth=34, strides=(1, 2, 2, 1), dilations=(1, 1, 1, 2)), True),
        ("resnet50_frozen", "ResNet",
         dict(depth=50, frozen_stages=1, norm_cfg=dict(type="BN", requires_grad=False)), False),
        ("resnet50_caffe", "ResNet", dict(depth=50, style="caffe"), True),
        ("resnet101", "ResNet", dict(depth=101), False),
        ("resnet152", "ResNet", dict(depth=152), False),
        ("resnet50_gn", "ResNet", dict(depth=50, norm_cfg=group_norm), False),
        ("resnet50_dilated", "ResNet",
         dict(depth=50, strides=(1, 2, 2, 1), dilations=(1, 1, 1, 2)), True),
        ("resnet50_stem", "ResNet",
         dict(depth=50, deep_stem=True, stem_channels=32, base_channels=16), False),
        ("resnet50_dcnv2", "ResNet",
         dict(depth=50, dcn=dict(type="DCNv2", deform_groups=1),
              stage_with_dcn=(False, True, True, True)), True),
        ("resnet50_dcn_fallback", "ResNet",
         dict(depth=50, style="caffe", dcn=dict(type="DCN", deform_groups=1, fallback_on_stride=True),
              stage_with_dcn=(False, False, True, True)), True),
        ("resnetv1d50", "ResNetV1d", dict(depth=50), True),
        ("resnetv1d101", "ResNetV1d", dict(depth=101), False),
        ("resnext50", "ResNeXt", dict(depth=50, groups=32, base_width=4), True),
        ("resnext101_64x4d_dcn", "ResNeXt",
         dict(depth=101, groups=64, base_width=4, dcn=dict(type="DCN", deform_groups=1),
              stage_with_dcn=(False, True, True, True)), False),
        ("resnext50_narrow", "ResNeXt", dict(depth=50, groups=8, base_width=8, base_channels=32),
         False),
    ]
    for name, kind, arguments, traced in cases:
        asked = ask(kind, **arguments)
        # The models take options out of the dictionaries that they are given.
        copied = {k: dict(v) if isinstance(v, dict) else v for k, v in arguments.items()}
        write(f"mmdet_{name}", getattr(MMDET, kind)(**copied), asked, "mmdet", traced)


def mmpretrain_models():
    group_norm = dict(type="GN", num_groups=32)
    cases = [
        ("res2net50", "Res2Net", dict(depth=50), True),
        ("res2net50_v1_8s_14w", "Res2Net",
         dict(depth=50, scales=8, base_width=14, deep_stem=False, avg_down=False), True),
        ("res2net101_caffe", "Res2Net", dict(depth=101, style="caffe"), True),
        ("resnet18_avg_down", "ResNet", dict(depth=18, avg_down=True), False),
        ("resnet50", "ResNet", dict(depth=50, frozen_stages=1, base_channels=32), True),
        ("resnetv1c50_gn", "ResNetV1c", dict(depth=50, norm_cfg=group_norm, stem_channels=128), False),
        ("resnetv1d50", "ResNetV1d", dict(depth=50), True),
        ("resnetv1d152", "ResNetV1d", dict(depth=152), False),
        ("resnext50", "ResNeXt", dict(depth=50, groups=32, width_per_group=8), False),
    ]
    for name, kind, arguments, traced in cases:
        arguments["out_indices"] = (0, 1, 2, 3)
        write(f"mmpretrain_{name}", getattr(MMPRETRAIN, kind)(**arguments), ask(kind, **arguments),
              "mmpretrain", traced)


def inverted_models():
    for name, arguments in (("mobilenetv2_100", dict(num_classes=1000)), ("mobilenetv2_035", {}),
                            ("mobilenetv2_120d", {}), ("tf_efficientnet_lite0", {}),
                            ("efficientnet_lite2", dict(num_classes=9)),
                            ("tf_efficientnet_lite4", {})):
        model = timm.create_model(name, **{"num_classes": 0, **arguments})
        write(f"timm_{name}", model, ask(name, **arguments), "timm")
    write("torchvision_mobilenet_v2", torchvision.models.mobilenet_v2(),
          ask("mobilenet_v2", num_classes=1000), "torchvision")
    for flavor, package in (("mmdet", MMDET), ("mmpretrain", MMPRETRAIN)):
        write(f"{flavor}_mobilenet_v2", package.MobileNetV2(widen_factor=1.4),
              ask("mobilenetv2_140"), flavor)


if __name__ == "__main__":
    logging.disable(logging.INFO)  # mmengine reports every weight that it initialises
    OUTPUT.mkdir(exist_ok=True)
    for old in OUTPUT.glob("*.json"):
        old.unlink()
    timm_models()
    torchvision_models()
    mmdet_models()
    mmpretrain_models()
    inverted_models()
