"""Loads the backbone files of mmdet and mmpretrain without their compiled dependencies.

Their packages import mmcv's compiled operators and refuse mmcv 2.2; the backbones need neither.
So the packages are stood in for by empty ones, and only the files themselves are executed. The
deformable convolutions are mmcv's modules in shape and naming, on torchvision's operator.
"""
import importlib.util
import sys
import types
from pathlib import Path
from typing import Any

import torch
from mmengine.registry import MODELS, Registry
from torch import nn
from torchvision.ops import deform_conv2d


class DeformPack(nn.Module):
    """A 3x3 deformable convolution that predicts its own offsets (and masks)."""

    masks = 0

    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0, dilation=1,
                 groups=1, deform_groups=1, bias=False):
        super().__init__()
        assert not bias
        self.stride, self.padding, self.dilation = stride, padding, dilation
        self.groups, self.kernel_size, self.deform_groups = groups, kernel_size, deform_groups
        area = kernel_size * kernel_size
        self.weight = nn.Parameter(
            torch.zeros(out_channels, in_channels // groups, kernel_size, kernel_size))
        self.conv_offset = nn.Conv2d(
            in_channels, deform_groups * (2 + self.masks) * area, kernel_size, stride, padding,
            dilation)

    def forward(self, x):
        prediction = self.conv_offset(x)
        offsets = 2 * prediction.shape[1] // (2 + self.masks)
        mask = prediction[:, offsets:].sigmoid() if self.masks else None
        return deform_conv2d(x, prediction[:, :offsets], self.weight, None, self.stride,
                             self.padding, self.dilation, mask)


class ModulatedDeformPack(DeformPack):
    masks = 1


def _stand_in(name: str, **attributes) -> types.ModuleType:
    module = types.ModuleType(name)
    module.__path__ = []
    for key, value in attributes.items():
        setattr(module, key, value)
    sys.modules[name] = module
    return module


def _execute(name: str, file: Path) -> types.ModuleType:
    spec = importlib.util.spec_from_file_location(name, file)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _load(package: str, files: tuple[str, ...]) -> tuple[dict, str]:
    """Executes files of `<package>.models.backbones`; the modules by name, and the version."""
    root = Path(importlib.util.find_spec(package).submodule_search_locations[0])
    _stand_in(package)
    _stand_in(f"{package}.registry", MODELS=Registry(package))
    _stand_in(f"{package}.utils", ConfigType=Any, OptConfigType=Any, OptMultiConfig=Any)
    _stand_in(f"{package}.models")
    _stand_in(f"{package}.models.backbones")
    layers = _stand_in(f"{package}.models.layers")
    layer_file = root / "models/layers/res_layer.py"
    if layer_file.exists():
        layers.ResLayer = _execute(f"{package}.models.layers.res_layer", layer_file).ResLayer
    pack_inverted(package, root, layers)
    modules = {
        name: _execute(f"{package}.models.backbones.{name}", root / f"models/backbones/{name}.py")
        for name in files
    }
    return modules, _execute(f"{package}.version", root / "version.py").__version__


def pack_inverted(package: str, root: Path, layers: types.ModuleType) -> None:
    """What MobileNetV2's files import."""
    utils = _stand_in(f"{package}.models.utils")
    utils.make_divisible = _execute(
        f"{package}.models.utils.make_divisible", root / "models/utils/make_divisible.py"
    ).make_divisible
    if package == "mmdet":
        layers.SELayer = None
        _stand_in("mmdet.models.layers.se_layer", SELayer=None)
        layers.InvertedResidual = _execute(
            "mmdet.models.layers.inverted_residual", root / "models/layers/inverted_residual.py"
        ).InvertedResidual


def load_mmdet() -> types.SimpleNamespace:
    """mmdet's MobileNetV2, ResNet, ResNetV1d, ResNeXt and Res2Net, and its version."""
    MODELS.register_module("DCN", module=DeformPack)
    MODELS.register_module("DCNv2", module=ModulatedDeformPack)
    files, version = _load("mmdet", ("resnet", "resnext", "res2net", "mobilenet_v2"))
    return types.SimpleNamespace(
        MobileNetV2=files["mobilenet_v2"].MobileNetV2,
        ResNet=files["resnet"].ResNet, ResNetV1d=files["resnet"].ResNetV1d,
        ResNeXt=files["resnext"].ResNeXt, Res2Net=files["res2net"].Res2Net, version=version)


def load_mmpretrain() -> types.SimpleNamespace:
    """mmpretrain's MobileNetV2, ResNet, ResNetV1c, ResNetV1d, ResNeXt and Res2Net, and its version."""
    files, version = _load("mmpretrain", ("base_backbone", "resnet", "resnext", "res2net", "mobilenet_v2"))
    return types.SimpleNamespace(
        MobileNetV2=files["mobilenet_v2"].MobileNetV2,
        ResNet=files["resnet"].ResNet, ResNetV1c=files["resnet"].ResNetV1c,
        ResNetV1d=files["resnet"].ResNetV1d, ResNeXt=files["resnext"].ResNeXt,
        Res2Net=files["res2net"].Res2Net, version=version)
