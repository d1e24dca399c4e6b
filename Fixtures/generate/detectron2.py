"""Writes Fixtures/backbones/detectron2/*.json: the state dicts of detectron2's ResNets.

    git clone https://github.com/facebookresearch/detectron2
    python Fixtures/generate/detectron2.py detectron2

needs torch and torchvision. detectron2 is in no package index and its compiled operators are not
needed here: its own files are executed, with stand-ins for fvcore, for the registry and for the
two deformable operators.
"""
import importlib.util
import json
import sys
import types
from pathlib import Path

import torch
from torch import nn

SOURCE = Path(sys.argv[1]) / "detectron2"
OUTPUT = Path(__file__).parents[1] / "backbones" / "detectron2"


def stand_in(name, **attributes):
    module = types.ModuleType(name)
    module.__path__ = []
    vars(module).update(attributes)
    sys.modules[name] = module
    return module


def execute(name):
    file = SOURCE.joinpath(*name.split(".")[1:]).with_suffix(".py")
    spec = importlib.util.spec_from_file_location(name, file)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


class Deformable(nn.Module):
    """The parameters of detectron2's DeformConv and ModulatedDeformConv."""

    def __init__(self, in_channels, out_channels, kernel_size, groups=1, norm=None, **_):
        super().__init__()
        self.weight = nn.Parameter(
            torch.empty(out_channels, in_channels // groups, kernel_size, kernel_size))
        self.bias = None
        self.norm = norm


class Configuration(dict):
    __getattr__ = dict.__getitem__


def load():
    """detectron2.modeling.backbone.resnet."""
    weight_init = types.SimpleNamespace(c2_msra_fill=lambda module: None)
    stand_in("fvcore")
    stand_in("fvcore.nn", weight_init=weight_init)
    sys.modules["fvcore.nn.weight_init"] = weight_init
    stand_in("fvcore.nn.distributed", differentiable_all_reduce=None)
    stand_in("detectron2")
    env = stand_in("detectron2.utils.env", TORCH_VERSION=(2, 0))
    stand_in("detectron2.utils", env=env, comm=None)
    layers = stand_in("detectron2.layers", DeformConv=Deformable, ModulatedDeformConv=Deformable)
    layers.Conv2d = execute("detectron2.layers.wrappers").Conv2d
    layers.get_norm = execute("detectron2.layers.batch_norm").get_norm
    layers.CNNBlockBase = execute("detectron2.layers.blocks").CNNBlockBase
    layers.ShapeSpec = execute("detectron2.layers.shape_spec").ShapeSpec
    stand_in("detectron2.modeling")
    stand_in("detectron2.modeling.backbone")
    stand_in("detectron2.modeling.backbone.backbone", Backbone=nn.Module)
    registry = types.SimpleNamespace(register=lambda: lambda function: function)
    stand_in("detectron2.modeling.backbone.build", BACKBONE_REGISTRY=registry)
    return execute("detectron2.modeling.backbone.resnet")


def main():
    resnet = load()
    defaults = dict(
        NORM="FrozenBN", STEM_OUT_CHANNELS=64, RES2_OUT_CHANNELS=256, NUM_GROUPS=1,
        WIDTH_PER_GROUP=64, STRIDE_IN_1X1=True, RES5_DILATION=1,
        OUT_FEATURES=["res2", "res3", "res4", "res5"], DEFORM_ON_PER_STAGE=[False] * 4,
        DEFORM_MODULATED=False, DEFORM_NUM_GROUPS=1)
    deformable = dict(DEFORM_ON_PER_STAGE=[False, True, True, True], DEFORM_MODULATED=True)
    cases = {
        "resnet50": ("dict(type='ResNet', depth=50)", dict(DEPTH=50)),
        "resnet18_bn": ("dict(type='ResNet', depth=18, norm_cfg='BN')",
                        dict(DEPTH=18, NORM="BN", RES2_OUT_CHANNELS=64)),
        "resnext101_32x8d": ("dict(type='ResNet', depth=101, groups=32, base_width=8)",
                             dict(DEPTH=101, NUM_GROUPS=32, WIDTH_PER_GROUP=8)),
        "resnet50_gn_dcnv2": ("dict(type='ResNet', depth=50, norm_cfg='GN', dcn='DCNv2', "
                              "stage_with_dcn=(False, True, True, True))",
                              dict(DEPTH=50, NORM="GN", **deformable)),
    }
    OUTPUT.mkdir(exist_ok=True)
    for name, (request, options) in cases.items():
        configuration = Configuration(MODEL=Configuration(
            RESNETS=Configuration(defaults | options), BACKBONE=Configuration(FREEZE_AT=0)))
        model = resnet.build_resnet_backbone(configuration, Configuration(channels=3))
        keys = [[key, list(value.shape)] for key, value in model.state_dict().items()]
        lines = ",\n".join(json.dumps(key) for key in keys)
        (OUTPUT / f"{name}.json").write_text(
            f'{{"backbone": {json.dumps(request)},\n"torch": "{torch.__version__.split("+")[0]}",\n'
            f'"keys": [\n{lines}\n]}}\n')


if __name__ == "__main__":
    main()
