"""Calibrated networks, small enough to make in seconds: mmdet's own classes with few channels, and timm's."""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import torch
from torch import nn

import calibrated

_mmdet = None


def mmdet():
    global _mmdet
    if _mmdet is None:
        import openmmlab
        _mmdet = openmmlab.load_mmdet()
    return _mmdet


def narrow(kind, depth=50, channels=16, **options):
    """mmdet's ResNet, ResNetV1d or Res2Net with 16 channels where the usual one has 64."""
    options.setdefault("norm_eval", False)
    if kind == "Res2Net":
        options.setdefault("base_width", 8)
        options.setdefault("scales", 4)
    model = getattr(mmdet(), kind)(depth=depth, base_channels=channels, stem_channels=channels, **options)
    model.eval()
    return model


def calibrate(model, pixels, size, seed=0, **options):
    calibrated.draw_weights(model, seed)
    return calibrated.calibrate(model, pixels, size, seed=seed, **options)


def pools_always(model):
    """mmdet's Res2Net with the official stage pooling: also where the stride is 1."""
    for block in list(model.layer1)[:1]:
        block.pool = nn.AvgPool2d(3, stride=1, padding=1)
        forward = type(block).forward

        def pooled(x, block=block):
            # mmdet's block pools the last split only where its stride is not 1.
            stride, block.conv2_stride = block.conv2_stride, 2
            try:
                return forward(block, x)
            finally:
                block.conv2_stride = stride

        block.forward = pooled
    return model


@torch.no_grad()
def replay(model, x, batch=8):
    """What every batch norm sees in training mode, batch by batch: mean and variance of each channel of each image."""
    seen, handles = {}, []
    for name, module in model.named_modules():
        if isinstance(module, nn.BatchNorm2d):
            def hook(_, inputs, name=name):
                value = inputs[0].double()
                seen.setdefault(name, []).append((value.mean((2, 3)), value.var((2, 3), unbiased=False)))
            handles.append(module.register_forward_pre_hook(hook))
    state = {key: value.clone() for key, value in model.state_dict().items()}
    model.train()
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = 0.1
    count = (len(x) + batch - 1) // batch
    for index in range(count):
        model(x[index * len(x) // count:(index + 1) * len(x) // count])
    model.load_state_dict(state)
    model.eval()
    for handle in handles:
        handle.remove()
    return {name: tuple(torch.cat(parts) for parts in zip(*found)) for name, found in seen.items()}


def figures(model, x):
    """Shift and spread of every batch norm (without what the contrast of the images adds to the first one)."""
    result = {}
    modules = dict(model.named_modules())
    for name, (means, variances) in replay(model, x).items():
        norm = modules[name]
        mean, recorded = norm.running_mean.double(), norm.running_var.double() + norm.eps
        seen = means.mean(0)
        variance = variances.mean(0) + means.var(0, unbiased=False) + norm.eps
        result[name] = (
            float(((seen - mean).abs() / recorded.sqrt()).quantile(0.5)),
            float((variance / recorded).log().abs().quantile(0.5)))
    return result
