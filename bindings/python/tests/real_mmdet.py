"""What the real mmengine and mmdet make of a configuration, in a process of its own: other tests put
stand-ins in mmdet's place.

    python real_mmdet.py weights NAME FILE         seeded weights of a backbone, in FILE
    python real_mmdet.py build CONFIG FILE [PART]  a line of JSON about the detector that CONFIG makes, or its part
    python real_mmdet.py first CONFIG              the same of mmdetection 1's backbone and its `pretrained`
    python real_mmdet.py values CONFIG             the configuration's values as JSON
"""
import json
import sys
import types

import mmcv
import torch
from mmengine.config import Config


class Operators(types.ModuleType):
    """mmcv's compiled operators, none of which is called."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *_, **__: None


sys.modules["mmcv._ext"] = Operators("mmcv._ext")
# mmdet refuses later versions for the sake of those operators.
mmcv.__version__ = "2.1.0"


def backbone(name):
    from mmdet.models.backbones import Res2Net, ResNet
    torch.manual_seed(0)
    return {"res2net50": lambda: Res2Net(depth=50, scales=4, base_width=26),
            "res2net50_8s": lambda: Res2Net(depth=50, scales=8, base_width=26),
            "resnet18": lambda: ResNet(18)}[name]()


def weights(name, file):
    state = backbone(name).state_dict()
    if name == "res2net50_8s":
        state = {"state_dict": {f"backbone.{key}": value for key, value in state.items()}}
    torch.save(state, file)


def build(path, file, part=None):
    import mmdet.models  # noqa: F401, what the registry finds
    from mmdet.registry import MODELS
    from mmengine.registry import init_default_scope
    # As a runner does: mmengine's own classes look for their parts there.
    init_default_scope("mmdet")
    config = Config.fromfile(path)
    model = MODELS.build(config.model)
    model = getattr(model, part) if part else model
    model.backbone.init_weights()
    saved = torch.load(file)
    saved = {key.removeprefix("backbone."): value for key, value in saved.get("state_dict", saved).items()}
    state = model.backbone.state_dict()
    model.eval()
    with torch.no_grad():
        outputs = model.backbone(torch.zeros(1, 3, 64, 64))
        levels = len(model.neck(outputs))
    print(json.dumps({
        "weights": set(state) == set(saved) and all(torch.equal(state[key], saved[key]) for key in saved),
        "channels": [output.shape[1] for output in outputs], "levels": levels}))


def first(path):
    """What mmdetection 1 does with the authors' class: it loads `pretrained` non-strictly."""
    from mmengine.registry import Registry
    from mmengine.runner import load_checkpoint
    from timm.models.res2net import Bottle2neck
    from timm.models.resnet import ResNet
    backbones = Registry("backbone")

    # timm's network is the authors', in names and arithmetic.
    @backbones.register_module()
    class Res2Net(ResNet):
        def __init__(self, layers, baseWidth, scale, num_classes):
            super().__init__(
                Bottle2neck, layers, base_width=baseWidth, block_args=dict(scale=scale), num_classes=num_classes)

    config = Config.fromfile(path)
    backbone = backbones.build(config.model.backbone)
    load_checkpoint(backbone, config.model.pretrained, map_location="cpu", strict=False)
    saved, state = torch.load(config.model.pretrained), backbone.state_dict()
    backbone.eval()
    with torch.no_grad():
        outputs = backbone.forward_intermediates(torch.zeros(1, 3, 64, 64), intermediates_only=True)[1:]
    print(json.dumps({
        "weights": set(state) == set(saved) and all(torch.equal(state[key], saved[key]) for key in saved),
        "channels": [output.shape[1] for output in outputs], "in_channels": config.model.neck.in_channels}))


def values(path):
    print(json.dumps(Config.fromfile(path).to_dict()))


if __name__ == "__main__":
    {"weights": weights, "build": build, "first": first, "values": values}[sys.argv[1]](*sys.argv[2:])
